package hub

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// pair is two hubs that replicate one room to each other without loss. The test decides
// when messages are delivered.
type pair struct {
	t     *testing.T
	hubs  [2]*Hub
	names [2]string

	mu   sync.Mutex
	said [2][]Change // what each has told and the other has not heard
}

const shown = "standup"

func runPair(t *testing.T, test func(*pair)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pair{t: t, names: [2]string{"north", "south"}}
		loaded := make(chan struct{})
		close(loaded)
		for i := range p.hubs {
			p.hubs[i] = New(Config{Mesh: &Mesh{
				Node:   p.names[i],
				Opened: func(string) <-chan struct{} { return loaded },
				Closed: func(string) {},
				Tell: func(_ string, c Change) {
					p.mu.Lock()
					defer p.mu.Unlock()
					p.said[i] = append(p.said[i], c)
				},
			}})
		}
		test(p)
		for _, h := range p.hubs {
			h.Close()
		}
	})
}

// exchange delivers what was told until neither has anything to say.
func (p *pair) exchange() {
	synctest.Wait()
	for said := true; said; {
		said = false
		for i := range p.hubs {
			said = p.deliver(i) || said
		}
	}
	synctest.Wait()
}

// deliver delivers what one node has told, and reports whether there was any.
func (p *pair) deliver(from int) bool {
	p.mu.Lock()
	told := p.said[from]
	p.said[from] = nil
	p.mu.Unlock()
	p.hubs[1-from].Remote(shown, p.names[from], told)
	return len(told) > 0
}

func (p *pair) enter(node int, name, key string) (*peer, *Session) {
	p.t.Helper()
	return enter(p.t, p.hubs[node], shown, shared.GotANewUser{Name: name, Key: key})
}

func TestARoomIsTheUnion(t *testing.T) {
	runPair(t, func(p *pair) {
		ada, _ := p.enter(0, "Ada", "")
		bo, boSession := p.enter(1, "Bo", "")
		p.exchange()
		want(t, "Ada sees", ada.users(), []string{"Ada", "Bo"})
		want(t, "Bo sees", bo.users(), []string{"Ada", "Bo"})
		want(t, "the rosters are one", ada.hash(), bo.hash())
		boSession.Receive(shared.Encode(shared.Leave{}))
		p.exchange()
		want(t, "Ada sees", ada.users(), []string{"Ada"})
		last := ada.take()
		want(t, "Ada hears", last[len(last)-1], shared.Event(shared.DisconnectUser{Rev: 3, ID: bo.you, Reason: shared.ReasonLeft}))
	})
}

// One person on two nodes is one member, from the first session to the last,
// and a departure is the last one's.
func TestAPersonOnTwoNodesIsOneMember(t *testing.T) {
	runPair(t, func(p *pair) {
		watcher, _ := p.enter(1, "Watcher", "")
		_, first := p.enter(0, "Ada", adasKey)
		p.exchange()
		_, second := p.enter(1, "another name", adasKey)
		p.exchange()
		watcher.take()
		first.End(shared.ReasonClosed)
		time.Sleep(2 * shared.DefaultGrace)
		p.exchange()
		want(t, "the watcher hears", watcher.names(), []string{"user_updated"}) // one device less
		want(t, "the watcher sees", watcher.users(), []string{"Ada", "Watcher"})
		second.End(shared.ReasonTimeout)
		time.Sleep(shared.DefaultGrace - 1)
		p.exchange()
		want(t, "the watcher hears within the grace", watcher.names(), []string(nil))
		time.Sleep(time.Nanosecond)
		p.exchange()
		want(t, "the watcher hears", watcher.names(), []string{"disconnect_user"})
	})
}

// Whatever two nodes do to one member at the same time, both show the same in
// the end; and it does not come undone when one of them has nobody left.
func TestNodesAgreeOnAMember(t *testing.T) {
	runPair(t, func(p *pair) {
		north, atNorth := p.enter(0, "Ada", adasKey)
		time.Sleep(time.Second)
		south, atSouth := p.enter(1, "Eve", adasKey) // before either has heard
		p.exchange()
		want(t, "who was first has named her: north", north.users(), []string{"Ada"})
		want(t, "who was first has named her: south", south.users(), []string{"Ada"})
		for _, s := range []*Session{atNorth, atSouth} {
			name := map[*Session]string{atNorth: "Augusta", atSouth: "Byron"}[s]
			s.Receive(shared.Encode(shared.UpdateUser{Name: &name}))
		}
		p.exchange()
		want(t, "they agree", north.hash(), south.hash())
		name := "Countess"
		atSouth.Receive(shared.Encode(shared.UpdateUser{Name: &name}))
		p.exchange()
		atSouth.End(shared.ReasonClosed)
		time.Sleep(2 * shared.DefaultGrace)
		p.exchange()
		want(t, "the latest name stays", north.users(), []string{"Countess"})
	})
}

// A room told anew shows who is missing from it only at its end, and nobody
// else has been seen to go.
func TestToldAnewNobodyFlickers(t *testing.T) {
	runPair(t, func(p *pair) {
		ada, _ := p.enter(0, "Ada", "")
		p.enter(1, "Bo", "")
		cy, _ := p.enter(1, "Cy", "")
		p.exchange()
		ada.take()
		var again []Change
		var digest Digest
		p.hubs[1].Own(shown, func(own Part) {
			digest = own.Digest
			own.Each(func(rec Record) { again = append(again, Change{Kind: ChangeHere, Record: rec}) })
		})
		again = append([]Change{{Kind: ChangeBegin}}, append(again, Change{Kind: ChangeEnd, Digest: digest})...)
		want(t, "it is proven", p.hubs[0].Remote(shown, "south", again), true)
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string(nil))

		without := []Change{{Kind: ChangeBegin}}
		for _, c := range again[1 : len(again)-1] {
			if c.Record.User.ID != cy.you {
				without = append(without, c)
			}
		}
		want(t, "another digest is no proof", p.hubs[0].Remote(shown, "south", append(without, again[len(again)-1])), false)
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string{"disconnect_user"})
		want(t, "Ada sees", ada.users(), []string{"Ada", "Bo"})
	})
}

// Who moved to another node while this one could hear nobody is not shown gone, in
// whatever order that is heard; who is nowhere is, when the grace is over.
func TestWhoMovedUnheardIsNotShownGone(t *testing.T) {
	ada := Record{Stamp: 1, User: shared.User{
		ID: shared.MemberID(adasKey), Name: "Ada", Status: shared.StatusIdle, JoinedAt: 1,
	}}
	gone := []Change{{Kind: ChangeGone, ID: ada.User.ID, Reason: shared.ReasonTimeout, Late: true}}
	for what, back := range map[string]func(p *pair){
		"on a node":  func(p *pair) { p.hubs[0].Remote(shown, "west", []Change{{Kind: ChangeHere, Record: ada}}) },
		"here":       func(p *pair) { p.enter(0, "Ada", adasKey) },
		"on neither": nil,
	} {
		runPair(t, func(p *pair) {
			witness, session := p.enter(0, "Witness", "")
			h := p.hubs[0]
			h.Remote(shown, "south", []Change{{Kind: ChangeHere, Record: ada}})
			synctest.Wait()
			witness.take()
			h.Remote(shown, "south", gone)
			time.Sleep(shared.DefaultGrace - time.Second)
			if back != nil {
				back(p)
			}
			time.Sleep(2 * time.Second)
			var heard []string
			members := 2
			if back == nil {
				heard, members = []string{"disconnect_user"}, 1
			}
			synctest.Wait()
			want(t, what+": the witness hears", witness.names(), heard)
			want(t, what+": members", h.View(shown, 0).Count, members)
			session.Receive(shared.Encode(shared.Leave{}))
		})
	}
}

// Leaving in one tab ends the others, wherever they are.
func TestLeavingEndsTheSessionsOfAllNodes(t *testing.T) {
	runPair(t, func(p *pair) {
		_, here := p.enter(0, "Ada", adasKey)
		there, _ := p.enter(1, "Ada", adasKey)
		p.exchange()
		here.Receive(shared.Encode(shared.Leave{}))
		p.exchange()
		code, closed := there.closedWith()
		want(t, "the other tab is closed", closed, true)
		want(t, "with", code, shared.CloseLeft)
		want(t, "the rooms are gone", p.hubs[0].View(shown, 9).Epoch+p.hubs[1].View(shown, 9).Epoch, "")
	})
}

// Leaving ends what began before it, also where it is heard later, and nothing since.
func TestLeavingIsHeardLater(t *testing.T) {
	runPair(t, func(p *pair) {
		_, here := p.enter(0, "Ada", adasKey)
		_, before := p.enter(1, "Ada", adasKey)
		p.exchange()
		here.Receive(shared.Encode(shared.Leave{}))
		time.Sleep(time.Second)
		_, since := p.enter(1, "Ada", adasKey)
		p.exchange()
		want(t, "the tab before", before.Outcome().Code, shared.CodeLeft)
		want(t, "the tab since", since.Outcome(), Outcome{})
		want(t, "who is there", p.hubs[1].View(shown, 0).Count, 1)
	})
}

// A room that only other nodes have somebody in is none of this node's.
func TestARoomIsKeptForItsOwnPeopleOnly(t *testing.T) {
	runPair(t, func(p *pair) {
		p.enter(0, "Ada", "")
		_, bo := p.enter(1, "Bo", "")
		p.exchange()
		bo.Receive(shared.Encode(shared.Leave{}))
		p.exchange()
		want(t, "at south", p.hubs[1].View(shown, 9).Count, 0)
		want(t, "at north", p.hubs[0].View(shown, 9).Count, 1)
		p.hubs[1].Remote(shown, "north", []Change{{Kind: ChangeHere, Record: Record{User: shared.User{ID: "x", Name: "X", Status: shared.StatusActive}}}})
		want(t, "at south, told of it", p.hubs[1].View(shown, 9).Count, 0)
	})
}

// Nobody is let in before the other nodes have told of the room.
func TestNobodyIsLetInBeforeTheRoomIsLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loaded := make(chan struct{})
		h := New(Config{Mesh: &Mesh{
			Node:   "north",
			Opened: func(string) <-chan struct{} { return loaded },
			Closed: func(string) {},
			Tell:   func(string, Change) {},
		}})
		ada := newPeer(t)
		session, err := h.Connect(shown, ada)
		if err != nil {
			t.Fatal(err)
		}
		go session.Receive(shared.Encode(shared.GotANewUser{Name: "Ada"}))
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string(nil))
		bo := shared.User{ID: "bo", Name: "Bo", Status: shared.StatusActive, JoinedAt: 1}
		h.Remote(shown, "south", []Change{{Kind: ChangeHere, Record: Record{User: bo, Stamp: 1}}})
		close(loaded)
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string{"existing_users"})
		want(t, "Ada sees", ada.users(), []string{"Ada", "Bo"})
		h.Close()
	})
}

// Those who wait for the other nodes are let in together: none of them first sees a
// room without the others, who would then seem to arrive.
func TestThoseWhoWaitedAreLetInTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLookout()
		var peers []*peer
		var all []string
		for i := range 50 {
			p := newPeer(t)
			session, err := l.Connect(shown, p)
			want(t, "error", err, nil)
			go session.Receive(shared.Encode(shared.GotANewUser{Name: fmt.Sprintf("P%02d", i)}))
			peers, all = append(peers, p), append(all, fmt.Sprintf("P%02d", i))
		}
		synctest.Wait()
		l.tell()
		synctest.Wait()
		all = append(all, "Bo")
		slices.Sort(all)
		for _, p := range peers {
			want(t, "heard", p.names(), []string{"existing_users"})
			want(t, "seen", p.users(), all)
		}
		l.Close()
	})
}

// Who gives up while waiting keeps nobody from being let in, and who does not wait is
// answered meanwhile.
func TestWaitingHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLookout()
		connect := func() (*peer, *Session) {
			p := newPeer(t)
			s, err := l.Connect(shown, p)
			want(t, "error", err, nil)
			return p, s
		}
		join := shared.Encode(shared.GotANewUser{Name: "Ada"})
		ada, session := connect()
		go session.Receive(join)
		for range 20 {
			_, s := connect()
			go s.Receive(join)
			synctest.Wait()
			s.End(shared.ReasonClosed)
		}
		hasty, s := connect()
		s.Receive(update("Hasty"))
		synctest.Wait()
		want(t, "who is hasty hears", hasty.names(), []string{"error"})
		close(l.loaded)
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string{"existing_users"})
		l.Close()
	})
}

// What is put off on one node is put off on all; what another node says
// meanwhile is shown, and then what was put off, which was said after all that
// its node knew.
func TestWhatIsPutOffIsToldOnceShown(t *testing.T) {
	runPair(t, func(p *pair) {
		watcher, _ := p.enter(1, "Watcher", "")
		ada, atNorth := p.enter(0, "Ada", adasKey)
		_, atSouth := p.enter(1, "Ada", adasKey)
		p.exchange()
		time.Sleep(shared.UpdateEvery) // after the second device was shown
		rename := func(s *Session, name string) { s.Receive(shared.Encode(shared.UpdateUser{Name: &name})) }
		for range shared.UpdateBurst / 2 {
			rename(atNorth, "A")
			rename(atNorth, "B")
		}
		rename(atNorth, "Eve")
		p.exchange()
		want(t, "the watcher sees", watcher.users(), []string{"B", "Watcher"})
		note := "hi"
		atSouth.Receive(shared.Encode(shared.UpdateUser{Note: &note}))
		rename(atSouth, "Ida")
		p.exchange()
		want(t, "the watcher sees", watcher.users(), []string{"Ida", "Watcher"})
		time.Sleep(shared.UpdateEvery)
		p.exchange()
		want(t, "the watcher sees", watcher.users(), []string{"Eve", "Watcher"})
		want(t, "Ada and the watcher see", ada.hash(), watcher.hash())
		own, _ := ada.roster.Get(ada.you)
		want(t, "the note is", own.Note, note)
	})
}

// Those who wait to be let in while the hub is closed start nothing afterwards: Close
// says that nothing of the hub runs any more.
func TestNobodyIsLetInToAClosedHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loaded := make(chan struct{})
		h := New(Config{Mesh: &Mesh{
			Opened: func(string) <-chan struct{} { return loaded },
			Closed: func(string) {}, Tell: func(string, Change) {},
		}})
		p := newPeer(t)
		s, err := h.Connect("lobby", p)
		want(t, "error", err, nil)
		go s.Receive(shared.Encode(ada()))
		synctest.Wait()
		h.Close()
		close(loaded)
		synctest.Wait()
		if s.room.fanout.slowTimer != nil {
			t.Error("somebody was employed to write in a room that has ended")
		}
	})
}
