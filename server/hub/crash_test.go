package hub

import (
	"bytes"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"rollcall/shared"
)

// bomb is a peer that panics.
type bomb struct {
	*peer
	armed bool
}

func (b *bomb) Write(parts [][]byte) error {
	if b.armed {
		panic("planted")
	}
	return b.peer.Write(parts)
}

// A bug that one session runs into ends that session, with its stack in the
// log, and nothing else.
func TestACrashCostsOneSession(t *testing.T) {
	var log bytes.Buffer
	run(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, h *Hub) {
		watcher, ws := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		b := &bomb{peer: newPeer(t)}
		s, err := h.Connect("lobby", b)
		want(t, "error", err, nil)
		s.Receive(shared.Encode(ada()))
		synctest.Wait()
		watcher.take()

		b.armed = true
		ws.Receive(update("Watcher"))
		synctest.Wait()
		if _, closed := b.closedWith(); !closed {
			t.Error("the session in whose code the bug is goes on")
		}
		want(t, "sessions", h.Stats().Sessions, 1)
		want(t, "the others hear", watcher.names(), []string{"user_updated"})
		if !strings.Contains(log.String(), "planted") || !strings.Contains(log.String(), "crash_test.go") {
			t.Errorf("no stack in the log: %s", &log)
		}
	})
}

// A panic while the reason for closing is written does not leave the connection open.
func TestACrashInAFarewellClosesTheConnection(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		b := &bomb{peer: newPeer(t), armed: true}
		s, err := h.Connect("lobby", b)
		want(t, "error", err, nil)
		s.Fail(shared.Errorf(shared.CodeJoinTimeout, "planted"))
		synctest.Wait()
		code, closed := b.closedWith()
		want(t, "closed", []any{closed, code}, []any{true, shared.CloseJoinTimeout})
	})
}

// crashes are bugs that are planted in a room, and how each is triggered. s is the session
// of Bo.
var crashes = []struct {
	what  string
	plant func(r *room)
	hit   func(h *Hub, s *Session)
}{
	{"a change that the roster refuses", func(r *room) { r.roster = shared.NewRoster("lobby", "none") },
		func(_ *Hub, s *Session) { s.Receive(update("Bob")) }},
	{"a change between pages and roster", breakPages,
		func(_ *Hub, s *Session) { s.Receive(update("Bob")) }},
	{"an arrival", breakPages,
		func(h *Hub, _ *Session) { _, _ = connect(h, shared.GotANewUser{Name: "Eve"}) }},
	{"leaving", func(r *room) { oneOf(r).sessions = nil; oneOf(r).entry = nil },
		func(h *Hub, s *Session) { s.Receive(shared.Encode(shared.Leave{})) }},
	{"the end of a connection", func(r *room) { oneOf(r).sessions = nil },
		func(_ *Hub, s *Session) { s.End(shared.ReasonClosed) }},
	{"the end of a grace", func(r *room) { oneOf(r).entry = nil },
		func(_ *Hub, s *Session) { s.End(shared.ReasonClosed); time.Sleep(shared.DefaultGrace) }},
	{"what was put off", func(r *room) {}, func(_ *Hub, s *Session) {
		for range shared.UpdateBurst {
			s.Receive(update("Bob"))
			s.Receive(update("Bo"))
		}
		s.room.mu.Lock()
		oneOf(s.room).entry = nil
		s.room.mu.Unlock()
		s.Receive(update("Bobby"))
		time.Sleep(2 * shared.UpdateEvery)
	}},
	{"a heartbeat", func(r *room) { r.heartbeats = nil }, func(_ *Hub, _ *Session) { time.Sleep(shared.PingEvery) }},
	{"a snapshot", breakPages,
		func(h *Hub, _ *Session) { _, _ = connect(h, shared.GotANewUser{Name: "Eve"}) }},
	{"a delivery", func(r *room) { r.sessions[0].cursor = 1 << 40 },
		func(_ *Hub, s *Session) { s.Receive(update("Bob")) }},
	{"what another node says", func(r *room) { oneOf(r).replica = nil }, func(h *Hub, s *Session) {
		u, _ := s.room.roster.Get(oneOf(s.room).id)
		h.Remote("lobby", "south", []Change{{Kind: ChangeBegin}, {Kind: ChangeHere, Record: Record{User: u, Stamp: 9}}})
	}},
}

func oneOf(r *room) *member {
	for _, m := range r.members {
		if u, _ := r.roster.Get(m.id); u.Name == "Bo" {
			return m
		}
	}
	panic("Bo is not here")
}

// breakPages makes the pages that the room's roster is encoded in point at nothing.
func breakPages(r *room) {
	list := reflect.ValueOf(&r.pages).Elem().FieldByName("list")
	clear(*(*[]unsafe.Pointer)(list.Addr().UnsafePointer()))
}

func connect(h *Hub, join shared.GotANewUser) (*Session, error) {
	s, err := h.Connect("lobby", newCounter())
	if err == nil {
		s.Receive(shared.Encode(join))
	}
	return s, err
}

// A bug in the middle of a change ends the room, wherever it is: everybody is told
// so, in words after which clients come back, and they come back to a room of
// another epoch that is in order. Other nodes hear that nobody is here.
func TestACrashInAChangeEndsTheRoom(t *testing.T) {
	for _, c := range crashes {
		t.Run(c.what, func(t *testing.T) {
			var log bytes.Buffer
			var told []Change
			north := &Mesh{Node: "north", Opened: func(string) <-chan struct{} { return nil }, Closed: func(string) {},
				Tell: func(_ string, c Change) { told = append(told, c) }}
			run(t, Config{Mesh: north, JoinWithin: time.Hour, Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, h *Hub) {
				watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
				_, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
				waiting := newPeer(t)
				if _, err := h.Connect("lobby", waiting); err != nil {
					t.Fatal(err)
				}
				other, _ := enter(t, h, "other", shared.GotANewUser{Name: "Cy"})
				synctest.Wait()
				before := watcher.roster.Epoch()
				watcher.take()
				s.room.mu.Lock()
				c.plant(s.room)
				s.room.mu.Unlock()
				c.hit(h, s)
				synctest.Wait()

				for who, p := range map[string]*peer{"the watcher": watcher, "who waits": waiting} {
					code, closed := p.closedWith()
					want(t, who+"'s connection", []any{closed, code}, []any{true, shared.CloseInternal})
					heard := p.take()
					if len(heard) == 0 || heard[len(heard)-1] != shared.Event(errCrashed) {
						t.Errorf("%s heard %v", who, heard)
					}
				}
				if n := strings.Count(log.String(), "msg=crashed"); n != 1 {
					t.Errorf("crashed %d times: %s", n, &log)
				}
				want(t, "rooms, members, sessions", held(h), []int{1, 1, 1})
				gone := map[string]bool{}
				for _, c := range told {
					if c.Kind == ChangeGone {
						gone[c.ID] = true
					}
				}
				want(t, "other nodes hear of the end of", gone[watcher.you], true)

				again, as := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher",
					Resume: &shared.Resume{Epoch: before, Rev: watcher.roster.Rev()}})
				enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
				as.Receive(update("Watcher"))
				time.Sleep(time.Minute) // whatever the room that was still does
				synctest.Wait()
				want(t, "who is back sees", again.users(), []string{"Bo", "Watcher"})
				if again.roster.Epoch() == before {
					t.Error("the new room has the old epoch")
				}
				want(t, "the other room", other.users(), []string{"Cy"})
				want(t, "rooms, members, sessions", held(h), []int{2, 3, 3})
			})
		})
	}
}

// A session that is ended while the room crashes is closed, although the room does not
// know it any more: its client would stay connected to nothing.
func TestACrashClosesWhoeverIsBeingEnded(t *testing.T) {
	for what, end := range map[string]func(p *peer, s *Session){
		"dismissed": func(_ *peer, s *Session) { s.Fail(shared.Errorf(shared.CodeTooSlow, "planted")) },
		"stuck": func(p *peer, s *Session) {
			p.stall(true)
			s.Receive(update("Bob"))
			time.Sleep(shared.StuckWriteAfter + time.Second)
		},
		"left": func(_ *peer, s *Session) { s.Receive(shared.Encode(shared.Leave{})) },
	} {
		t.Run(what, func(t *testing.T) {
			armed := false
			north := &Mesh{Node: "north", Opened: func(string) <-chan struct{} { return nil }, Closed: func(string) {},
				Tell: func(_ string, c Change) {
					if armed && c.Kind == ChangeHere && c.Record.Sessions < 2 || c.Kind == ChangeGone && armed {
						armed = false
						panic("planted")
					}
				}}
			run(t, Config{Mesh: north}, func(t *testing.T, h *Hub) {
				first, _ := enter(t, h, "lobby", ada())
				second, s := enter(t, h, "lobby", ada())
				synctest.Wait()
				s.room.mu.Lock()
				armed = true
				s.room.mu.Unlock()
				end(second, s)
				synctest.Wait()
				s.room.mu.Lock()
				want(t, "armed", armed, false)
				s.room.mu.Unlock()
				for name, p := range map[string]*peer{"the session that ends": second, "the other": first} {
					if _, closed := p.closedWith(); !closed {
						t.Errorf("%s is still connected", name)
					}
				}
			})
		})
	}
}
