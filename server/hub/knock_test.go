package hub

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// lockedRoom returns a room that Ada has locked, who is its host, with Bo in it.
func lockedRoom(t *testing.T, h *Hub) (ada, bo *peer, host, guest *Session) {
	t.Helper()
	ada, host = signedIn(t, h, "lobby", shared.RoleHost, "red")
	bo, guest = enterBy(t, h, "lobby", "Bo")
	want(t, "locking", ask(ada, host, shared.UpdateRoom{Locked: new(true)}), shared.Code(""))
	bo.take()
	return ada, bo, host, guest
}

func knockOf(name string) shared.Knock { return shared.Knock{Name: name, Key: keyOf(name)} }

// knock has somebody watch the room and knock.
func knockAt(t *testing.T, h *Hub, name string) (*peer, *Session) {
	t.Helper()
	p, s := watch(t, h, "lobby", theRoster)
	p.take()
	s.Receive(shared.Encode(knockOf(name)))
	synctest.Wait()
	return p, s
}

// waiting returns the names of those who knock, as a peer was told last, or "untold".
func waiting(p *peer) (names []string) {
	synctest.Wait()
	names = []string{"untold"}
	for _, e := range p.take() {
		if e, ok := e.(shared.Knocks); ok {
			names = nil
			for _, k := range e.Knocks {
				names = append(names, k.Name)
			}
		}
	}
	return names
}

// answers returns how the knocks of a peer were answered.
func answers(p *peer) (all []shared.KnockAnswered) {
	synctest.Wait()
	for _, e := range p.take() {
		if e, ok := e.(shared.KnockAnswered); ok {
			all = append(all, e)
		}
	}
	return all
}

var (
	letIn  = []shared.KnockAnswered{{LetIn: true}}
	notNow = []shared.KnockAnswered{{AgainMS: shared.KnockAgain.Milliseconds()}}
)

// Who knocks is shown to hosts alone, and comes in by their word: once, and only as whom it
// was let in.
func TestKnocking(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, bo, host, guest := lockedRoom(t, h)
		cy, other := knockAt(t, h, "Cy")
		dee, _ := knockAt(t, h, "Dee")
		want(t, "the host sees", waiting(ada), []string{"Cy", "Dee"})
		want(t, "the others see", waiting(bo), []string{"untold"})
		want(t, "who knocks sees", waiting(dee), []string{"untold"})
		want(t, "a guest's answer", ask(bo, guest, shared.AnswerKnock{ID: idOf("Cy"), LetIn: true}), shared.CodeNotHost)
		want(t, "the answer for a stranger", ask(ada, host, shared.AnswerKnock{ID: idOf("Eve"), LetIn: true}), shared.CodeNotHere)
		dee.take()
		host.Receive(shared.Encode(shared.AnswerKnock{ID: idOf("Cy"), LetIn: true}, shared.AnswerKnock{ID: idOf("Dee")}))
		want(t, "Cy is told", answers(cy), letIn)
		want(t, "Dee is told", answers(dee), notNow)
		want(t, "the host sees", waiting(ada), []string(nil))
		said := announcements(bo)
		want(t, "everybody sees", []any{len(said), said[0].By, said[0].Act, said[0].Text}, []any{1, "Ada", shared.ActLetIn, "Cy"})

		other.Receive(shared.Encode(shared.GotANewUser{Name: "Cy", Key: keyOf("Cy")}))
		synctest.Wait()
		want(t, "in the room are", bo.users(), []string{"Ada", "Bo", "Cy"})
		other.Receive(shared.Encode(shared.Leave{}))
		late, _ := enterBy(t, h, "lobby", "Cy")
		why, _ := late.bye()
		want(t, "coming again", why.Code, shared.CodeLocked)
	})
}

// What lets one in lets in nobody else, on no other connection, and nobody who is banned.
func TestLetInAsSomebodyElse(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, _, host, _ := lockedRoom(t, h)
		allow := func(name string) (*peer, *Session) {
			p, s := knockAt(t, h, name)
			host.Receive(shared.Encode(shared.AnswerKnock{ID: idOf(name), LetIn: true}))
			want(t, name+" is told", answers(p), letIn)
			time.Sleep(shared.UpdateEvery)
			return p, s
		}
		refusedAs := func(p *peer, s *Session, name string, code shared.Code) {
			t.Helper()
			s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: keyOf(name)}))
			synctest.Wait()
			why, _ := p.bye()
			want(t, "joining as "+name, why.Code, code)
		}
		p, s := allow("Cy")
		enterBy(t, h, "lobby", "Cy")
		refusedAs(p, s, "Eve", shared.CodeLocked)
		p, s = allow("Cy")
		s.Receive(shared.Encode(knockOf("Eve")))
		want(t, "the host sees", waiting(ada), []string{"Eve"})
		refusedAs(p, s, "Eve", shared.CodeLocked)
		want(t, "the host sees", waiting(ada), []string(nil))
		p, s = allow("Cy")
		mustBan(t, h, Ban{Room: "lobby", ID: idOf("Cy"), Until: in(time.Hour)})
		refusedAs(p, s, "Cy", shared.CodeBanned)
		p, _ = knockAt(t, h, "Cy")
		why, _ := p.bye()
		want(t, "knocking while banned", why.Code, shared.CodeBanned)
		want(t, "there are still", ada.users(), []string{"Ada", "Bo"})
	})
}

// A knock ends with its connection, when it is taken back, and when the room is unlocked, and
// goes on where the same person knocks again.
func TestHowKnocksEnd(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, _, host, _ := lockedRoom(t, h)
		_, s := knockAt(t, h, "Cy")
		s.End(shared.ReasonClosed)
		want(t, "after its connection", waiting(ada), []string(nil))
		cy, s := knockAt(t, h, "Cy")
		s.Receive(shared.Encode(shared.Knock{}))
		want(t, "taken back", waiting(ada), []string(nil))
		s.Receive(shared.Encode(knockOf("Cy")))
		want(t, "and again", waiting(ada), []string{"Cy"})
		s.Receive(shared.Encode(knockOf("Cy")))
		want(t, "and the same again", waiting(ada), []string{"untold"})
		s.Receive(shared.Encode(shared.Knock{Name: "Cyrus", Key: keyOf("Cy")}))
		want(t, "under another name", waiting(ada), []string{"Cyrus"})
		second, _ := knockAt(t, h, "Cy")
		want(t, "in a second window", waiting(ada), []string{"Cy"})
		want(t, "the first is told", answers(cy), []shared.KnockAnswered{{}})
		dee, _ := watch(t, h, "lobby", theCount)
		dee.take()
		synctest.Wait()
		host.Receive(shared.Encode(shared.UpdateRoom{Locked: new(false)}))
		want(t, "as it opens, the second is told", answers(second), letIn)
		want(t, "the host sees", waiting(ada), []string(nil))
		want(t, "who does not knock is told", answers(dee), []shared.KnockAnswered(nil))
		eve, _ := knockAt(t, h, "Eve")
		want(t, "who knocks at an open room is told", answers(eve), letIn)
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Cy", Key: keyOf("Cy")}))
		want(t, "a member who knocks", ask(cy, s, knockOf("Cy")), shared.CodeAlreadyJoined)
		p := newPeer(t)
		s, _ = h.Connect("lobby", p)
		want(t, "who does not watch", ask(p, s, knockOf("Fay")), shared.CodeNotJoined)
		fay, s := watch(t, h, "lobby", theRoster)
		want(t, "a name against the rules", ask(fay, s, shared.Knock{Name: "\u202e", Key: keyOf("Fay")}), shared.CodeBadName)
		want(t, "without a key", ask(fay, s, shared.Knock{Name: "Fay"}), shared.CodeBadKey)
	})
}

// Hosts are told who knocks when they come and when they become hosts, and not once they are
// hosts no more.
func TestWhoIsToldOfKnocks(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, bo, host, _ := lockedRoom(t, h)
		knockAt(t, h, "Cy")
		bo.take()
		host.Receive(shared.Encode(shared.UpdateRole{ID: idOf("Bo"), Role: shared.RoleHost}))
		want(t, "a new host sees", waiting(bo), []string{"Cy"})
		tab, s := enterBy(t, h, "lobby", "Bo")
		want(t, "its second window sees", waiting(tab), []string{"Cy"})
		tab.stall(true)
		host.Receive(shared.Encode(shared.UpdateRoom{Topic: new("being written")}))
		time.Sleep(2 * slowWrite)
		knockAt(t, h, "Dee")
		want(t, "the host sees", waiting(bo), []string{"Cy", "Dee"})
		s.Receive(shared.Encode(shared.UpdateRole{ID: idOf("Bo")}))
		tab.stall(false)
		want(t, "whoever was a host, and is owed it, sees", waiting(tab), []string{"untold"})
		knockAt(t, h, "Eve")
		want(t, "whoever was a host sees", waiting(bo), []string{"untold"})
		want(t, "the other host sees", waiting(ada), []string{"Cy", "Dee", "Eve"})
	})
}

// However many knock, and however often: few wait, and a host who does not read is owed one
// list. Who was refused waits a minute.
func TestKnockingFlood(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, bo, host, _ := lockedRoom(t, h)
		room := host.room
		ada.stall(true)
		mustSet(t, h, "lobby", shared.RoomInfo{Locked: true, Topic: "being written"})
		time.Sleep(2 * slowWrite) // others are served in the meantime
		var names []string
		var first *Session
		for i := range 3 * shared.MaxKnocks {
			name := fmt.Sprint("Cy-", i)
			p, s := watch(t, h, "lobby", theRoster)
			code := ask(p, s, knockOf(name))
			if i >= shared.MaxKnocks {
				want(t, name, code, shared.CodeTooOften)
				continue
			}
			first, names = cmp.Or(first, s), append(names, name)
			want(t, name, code, shared.Code(""))
		}
		p := first.peer.(*peer)
		for range shared.UpdateBurst - 1 {
			want(t, "in turn", ask(p, first, shared.Knock{}), shared.Code(""))
			want(t, "in turn", ask(p, first, knockOf("Cy-0")), shared.Code(""))
		}
		want(t, "too often", ask(p, first, knockOf("Cy-0")), shared.CodeTooOften)
		names = append(names[1:], names[0])
		room.mu.Lock()
		want(t, "kept for the host", len(host.direct), 0)
		room.mu.Unlock()
		messages := ada.messages
		ada.stall(false)
		want(t, "the host sees", waiting(ada), names)
		want(t, "in messages", ada.messages-messages <= 2, true)
		want(t, "the others see", waiting(bo), []string{"untold"})

		host.Receive(shared.Encode(shared.AnswerKnock{ID: idOf(names[0])}))
		time.Sleep(shared.KnockAgain - time.Second)
		p, _ = knockAt(t, h, names[0])
		want(t, "just before a minute", slices.ContainsFunc(answers(p), func(e shared.KnockAnswered) bool { return !e.LetIn && e.AgainMS > 0 && e.AgainMS <= 1001 }), true)
		time.Sleep(time.Second)
		p, _ = knockAt(t, h, names[0])
		want(t, "after it", answers(p), []shared.KnockAnswered(nil))
		for _, s := range slices.Clone(room.sessions) {
			if s.role == roleWatcher {
				s.End(shared.ReasonClosed)
			}
		}
		synctest.Wait()
		room.mu.Lock()
		want(t, "is kept of knocks", []int{len(room.knocks.waiting), room.knocks.kept}, []int{0, 0})
		room.mu.Unlock()
	})
}

// A room remembers the latest whom hosts have refused, and each only for its time.
func TestFewAreRefused(t *testing.T) {
	var k knocks
	now := time.Now()
	for i := range shared.MaxRefused + 1 {
		k.refuse(fmt.Sprint(i), now)
		k.refuse(fmt.Sprint(i), now)
	}
	want(t, "are refused", len(k.refused), shared.MaxRefused)
	want(t, "the first waits", k.refusedFor("0", now), time.Duration(0))
	want(t, "the second waits", k.refusedFor("1", now), shared.KnockAgain)
	k.refuse("last", now.Add(shared.KnockAgain))
	want(t, "a minute later are refused", len(k.refused), 1)
}

// lockedRoom is lockedRoom with Ada on one node and Bo on the other.
func (p *pair) lockedRoom() (ada, bo *peer, host, guest *Session) {
	p.t.Helper()
	ada, host = enterBy(p.t, p.hubs[0], shown, "Ada")
	bo, guest = enterBy(p.t, p.hubs[1], shown, "Bo")
	p.exchange()
	host.Receive(shared.Encode(claim("Ada"), shared.UpdateRoom{Locked: new(true)}))
	p.exchange()
	return ada, bo, host, guest
}

// knockOn has somebody watch the room on a node and knock, which the other node hears.
func (p *pair) knockOn(node int, name string) (*peer, *Session) {
	p.t.Helper()
	q, s := watch(p.t, p.hubs[node], shown, theRoster)
	q.take()
	s.Receive(shared.Encode(knockOf(name)))
	p.exchange()
	return q, s
}

// Hosts hear and answer those who knock on any node, and whoever opens the room on any node lets
// all in.
func TestKnockingAtTwoNodes(t *testing.T) {
	runPair(t, func(p *pair) {
		ada, bo, host, _ := p.lockedRoom()
		cy, _ := p.knockOn(1, "Cy")
		dee, s := p.knockOn(1, "Dee")
		eve, _ := p.knockOn(0, "Eve")
		want(t, "the host sees", waiting(ada), []string{"Eve", "Cy", "Dee"})
		want(t, "a guest sees", waiting(bo), []string{"untold"})
		host.Receive(shared.Encode(shared.AnswerKnock{ID: idOf("Cy")}, shared.AnswerKnock{ID: idOf("Dee"), LetIn: true}))
		want(t, "the host sees at once", waiting(ada), []string{"Eve"})
		want(t, "a second answer", ask(ada, host, shared.AnswerKnock{ID: idOf("Dee")}), shared.CodeNotHere)
		p.exchange()
		want(t, "Cy is told", answers(cy), notNow)
		want(t, "Dee is told", answers(dee), letIn)
		want(t, "of acts the guest sees", len(announcements(bo)), 1)
		want(t, "the host sees afterwards", waiting(ada), []string{"Eve"})
		for node := range p.hubs { // another connection of whom the host refused
			cy, _ = p.knockOn(node, "Cy")
			want(t, "on both nodes Cy may knock again in", answers(cy)[0].AgainMS, shared.KnockAgain.Milliseconds()+1)
		}
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Dee", Key: keyOf("Dee")}))
		p.exchange()
		want(t, "Ada sees", ada.users(), []string{"Ada", "Bo", "Dee"})
		fay, _ := p.knockOn(1, "Fay")
		host.Receive(shared.Encode(shared.UpdateRoom{Locked: new(false)}))
		p.exchange()
		want(t, "Eve is told", answers(eve), letIn)
		want(t, "Fay is told", answers(fay), letIn)
		want(t, "the host sees in the end", waiting(ada), []string(nil))
	})
}

// A node tells of those who knock with its part of the room, each is shown once, no more than
// may knock, and those of a node that is gone knock no more.
func TestWhoKnocksOnAnotherNodeIsPartOfIt(t *testing.T) {
	runPair(t, func(p *pair) {
		ada, _, _, guest := p.lockedRoom()
		for i := range shared.MaxKnocks {
			p.knockOn(1, fmt.Sprint("away-", i))
		}
		p.knockOn(0, "away-3")
		p.knockOn(0, "here")
		all := waiting(ada)
		want(t, "the host sees", []any{len(all), all[:3]}, []any{shared.MaxKnocks, []string{"away-3", "here", "away-0"}})

		var part []Change
		p.hubs[1].Own(shown, func(own Part) { own.Changes(func(c Change) { part = append(part, c) }) })
		last := part[len(part)-1]
		want(t, "the last of a part", []any{last.Kind, len(last.Knocks)}, []any{ChangeKnocks, shared.MaxKnocks})
		guest.Receive(shared.Encode(shared.Leave{}))
		p.exchange()
		p.hubs[0].Remote(shown, p.names[1], []Change{{Kind: ChangeBegin}, last, {Kind: ChangeEnd}})
		want(t, "the host sees nothing new in a sync", waiting(ada), []string{"untold"})
		p.hubs[0].Remote(shown, p.names[1], []Change{{Kind: ChangeBegin}, {Kind: ChangeEnd, Reason: shared.ReasonTimeout}})
		want(t, "the host sees without that node", waiting(ada), []string{"away-3", "here"})
		room := p.hubs[0].inUse(shown)
		room.mu.Lock()
		want(t, "parts that are kept", len(room.replica.parts), 0)
		room.mu.Unlock()
	})
}
