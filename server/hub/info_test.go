package hub

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

func mustSet(t *testing.T, h *Hub, room string, info shared.RoomInfo) {
	t.Helper()
	if err := h.SetRoomInfo(room, info); err != nil {
		t.Fatal(err)
	}
}

// info returns what the room says of itself to the peer.
func (p *peer) info() shared.RoomInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.roster.Info()
}

// What a room says of itself reaches those who are there by a diff, and later ones by
// their snapshot, watchers as well. It is in NFC, and in the hash.
func TestARoomSaysSomethingOfItself(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		ada.take()
		mustSet(t, h, "lobby", shared.RoomInfo{Title: " Cafe\u0301 ", Topic: "today"})
		mustSet(t, h, "lobby", shared.RoomInfo{Title: "Caf\u00e9", Topic: "today"}) // is the same
		said := shared.RoomInfo{Title: "Caf\u00e9", Topic: "today"}
		bo, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		w, _ := watch(t, h, "lobby", theRoster)
		synctest.Wait()
		want(t, "Ada hears", ada.take()[0], shared.Event(shared.RoomInfoChanged{Rev: 2, RoomInfo: said}))
		for who, p := range map[string]*peer{"Ada": ada, "Bo": bo, "the watcher": w} {
			want(t, who, p.info(), said)
		}
		want(t, "a view", h.View("lobby", 0).Info, said)
		mustSet(t, h, "lobby", shared.RoomInfo{})
		time.Sleep(shared.PingEvery)
		synctest.Wait() // a heartbeat proves the hash, or the peer fails
		want(t, "Bo hears", bo.names(), []string{"existing_users", "room_info", "watchers", "heartbeat"})
		want(t, "Bo is told", bo.info(), shared.RoomInfo{})
	})
}

// deaf is a peer that discards everything.
type deaf struct{}

func (deaf) Write([][]byte) error           { return nil }
func (deaf) Close(shared.CloseCode, string) {}

// A snapshot in several messages has what the room says of itself in the last.
func TestInfoOfALargeRoom(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		said := shared.RoomInfo{Title: "Everybody", Locked: false}
		for range 2000 {
			s, err := h.Connect("lobby", deaf{})
			if err != nil {
				t.Fatal(err)
			}
			s.Receive(shared.Encode(shared.GotANewUser{Name: strings.Repeat("n", shared.MaxNameRunes)}))
		}
		mustSet(t, h, "lobby", said)
		w, _ := watch(t, h, "lobby", theRoster)
		synctest.Wait()
		frames := 0
		for _, e := range w.take() {
			if s, ok := e.(shared.ExistingUsers); ok {
				frames++
				if s.More != (s.Info == shared.RoomInfo{}) {
					t.Errorf("frame %d has %+v, and more: %v", frames, s.Info, s.More)
				}
			}
		}
		want(t, "there are several frames", frames > 1, true)
		want(t, "the watcher", w.info(), said)
	})
}

func TestWhatARoomCantSay(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		want(t, "a room that is not in use", h.SetRoomInfo("lobby", shared.RoomInfo{}), error(ErrNotInUse))
		ada, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		ada.take()
		for code, bad := range map[shared.Code]struct {
			room string
			info shared.RoomInfo
		}{
			shared.CodeBadRoom:  {"no room", shared.RoomInfo{}},
			shared.CodeBadTitle: {"lobby", shared.RoomInfo{Title: "\u202e", Topic: "t"}},
			shared.CodeBadTopic: {"lobby", shared.RoomInfo{Title: "t", Topic: strings.Repeat("x", 141)}},
		} {
			var why shared.Error
			if err := h.SetRoomInfo(bad.room, bad.info); !errors.As(err, &why) || why.Code != code || why.Message == "" {
				t.Errorf("%+v: %v, want %s", bad, err, code)
			}
		}
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string(nil))
		s.Receive(shared.Encode(shared.Leave{}))
		want(t, "when all have left", h.SetRoomInfo("lobby", shared.RoomInfo{}), error(ErrNotInUse))
	})
}

// A locked room lets nobody new in, and everybody who is in it, also by another session
// and in the grace period. Watchers may watch. When all have left it is forgotten.
func TestALockedRoom(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		_, first := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		mustSet(t, h, "lobby", shared.RoomInfo{Locked: true})
		second, again := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		w, watcher := watch(t, h, "lobby", theRoster)
		bo, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		watcher.Receive(shared.Encode(shared.GotANewUser{Name: "Cy"}))
		synctest.Wait()
		for who, p := range map[string]*peer{"Bo": bo, "Cy": w} {
			heard := p.take()
			why, _ := heard[len(heard)-1].(shared.Error)
			code, closed := p.closedWith()
			want(t, who+" hears", []any{why.Code, code, closed}, []any{shared.CodeLocked, shared.CloseLocked, true})
		}
		want(t, "it shows", second.users(), []string{"Ada"})
		first.End(shared.ReasonClosed)
		again.End(shared.ReasonClosed)
		time.Sleep(shared.DefaultGrace / 2)
		back, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		want(t, "who comes back sees", back.users(), []string{"Ada"})
		mustSet(t, h, "lobby", shared.RoomInfo{})
		cy, leaving := enter(t, h, "lobby", shared.GotANewUser{Name: "Cy"})
		synctest.Wait()
		want(t, "who comes to the unlocked room sees", cy.users(), []string{"Ada", "Cy"})
		mustSet(t, h, "lobby", shared.RoomInfo{Locked: true})
		leaving.Receive(shared.Encode(shared.Leave{}))
		s.Receive(shared.Encode(shared.Leave{}))
		dee, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Dee"})
		synctest.Wait()
		want(t, "the next room", dee.info(), shared.RoomInfo{})
	})
}

// An observer learns what rooms say of themselves, from the snapshot or as it changes.
func TestFactsOfRoomInfo(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		_, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		mustSet(t, h, "lobby", shared.RoomInfo{Title: "before"})
		var said []string
		o := h.Observe("info", func(facts []Fact) {
			for _, f := range facts {
				if f.Kind == FactRoomInfo {
					said = append(said, f.Room+" "+f.Kind.String()+" "+f.Info.Title)
				}
			}
		})
		synctest.Wait()
		mustSet(t, h, "lobby", shared.RoomInfo{Title: "after"})
		synctest.Wait()
		want(t, "the observer was told", said, []string{"lobby room info before", "lobby room info after"})
		s.Receive(shared.Encode(shared.Leave{}))
		o.Close()
	})
}

// Of two nodes that set it at once, both show what the same one has set, whichever hears
// of it first; and the next change wins over both.
func TestNodesAgreeOnWhatARoomSays(t *testing.T) {
	for _, first := range []int{0, 1} {
		runPair(t, func(p *pair) {
			ada, _ := p.enter(0, "Ada", "")
			bo, _ := p.enter(1, "Bo", "")
			p.exchange()
			mustSet(t, p.hubs[0], shown, shared.RoomInfo{Title: "of the north"})
			mustSet(t, p.hubs[1], shown, shared.RoomInfo{Title: "of the south"})
			p.deliver(first)
			p.exchange()
			want(t, "both say", []string{ada.info().Title, bo.info().Title}, []string{"of the north", "of the north"})
			mustSet(t, p.hubs[1], shown, shared.RoomInfo{Topic: "later", Locked: true})
			p.exchange()
			want(t, "both say", []string{ada.info().Topic, bo.info().Topic}, []string{"later", "later"})
			want(t, "the rosters are one", ada.hash(), bo.hash())
			cy, _ := p.enter(0, "Cy", "")
			synctest.Wait()
			want(t, "Cy hears", cy.names(), []string{"error"})
		})
	}
}

// Each node proves what it knows of a room, learns it with the part of another, and keeps
// it when that one has nobody there any more, which the digests still agree on.
func TestWhatARoomSaysOutlivesANode(t *testing.T) {
	runPair(t, func(p *pair) {
		_, s := p.enter(0, "Ada", "")
		p.exchange()
		mustSet(t, p.hubs[0], shown, shared.RoomInfo{Title: "kept"})
		p.exchange() // nobody is on the other node: it drops what it hears
		bo, _ := p.enter(1, "Bo", "")
		p.exchange()
		p.hubs[1].Remote(shown, p.names[0], p.part(0))
		p.exchange()
		want(t, "Bo sees", bo.info().Title, "kept")
		want(t, "north proves its part", p.hubs[1].Remote(shown, p.names[0], p.part(0)), true)
		want(t, "south proves its part", p.hubs[0].Remote(shown, p.names[1], p.part(1)), true)
		s.Receive(shared.Encode(shared.Leave{}))
		p.exchange()
		want(t, "north, where nobody is, proves that", p.hubs[1].Remote(shown, p.names[0], p.part(0)), true)
		want(t, "Bo sees", bo.info().Title, "kept")
		p.hubs[1].Remote(shown, p.names[0], []Change{{Kind: ChangeBegin}, {Kind: ChangeEnd}}) // north is lost
		want(t, "Bo sees", bo.info().Title, "kept")
	})
}

// part returns a whole part of a node, as in a sync.
func (p *pair) part(node int) []Change {
	all := []Change{{Kind: ChangeBegin}}
	p.hubs[node].Own(shown, func(own Part) {
		own.Changes(func(c Change) { all = append(all, c) })
		all = append(all, Change{Kind: ChangeEnd, Digest: own.Digest})
	})
	return all
}

// A node that nobody of its own is on can set what a room on another node says.
func TestSetFromANodeWithNobody(t *testing.T) {
	runPair(t, func(p *pair) {
		ada, _ := p.enter(0, "Ada", "")
		p.exchange()
		want(t, "before it has heard of Ada", p.hubs[1].SetRoomInfo(shown, shared.RoomInfo{Title: "x"}), error(ErrNotInUse))
		p.hubs[1].Remote(shown, p.names[0], p.part(0))
		mustSet(t, p.hubs[1], shown, shared.RoomInfo{Title: "from afar"})
		p.exchange()
		want(t, "Ada sees", ada.info().Title, "from afar")
	})
}
