package hub

import (
	"fmt"
	"testing"
	"testing/synctest"

	"rollcall/shared"
)

// Connections that never join take no place from members, and only briefly from others
// that want to join.
func TestWhoDoesNotJoinTakesNoPlace(t *testing.T) {
	const most = 100
	run(t, Config{MaxRoomSessions: most}, func(t *testing.T, h *Hub) {
		idle := make([]*peer, 3*most)
		for i := range idle {
			idle[i] = newPeer(t)
			if _, err := h.Connect("lobby", idle[i]); err != nil {
				t.Fatalf("connection %d: %v", i, err)
			}
		}
		synctest.Wait()
		want(t, "connections", h.Stats().Sessions, most)
		refused := 0
		for _, p := range idle {
			if _, closed := p.closedWith(); closed {
				refused++
				want(t, "who is sent away hears", p.take()[0].(shared.Error).Code, shared.CodeRoomFull)
			}
		}
		want(t, "sent away", refused, 2*most)
		for i := range most {
			p, _ := enter(t, h, "lobby", shared.GotANewUser{Name: fmt.Sprint(i)})
			synctest.Wait()
			want(t, "a newcomer hears", p.names(), []string{"existing_users"})
		}
		want(t, "members", h.View("lobby", 0).Count, most)
		p, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "one more"})
		synctest.Wait()
		want(t, "one more hears", p.take()[0].(shared.Error).Code, shared.CodeRoomFull)
	})
}

// Sessions that are pending when the room fills up are refused when they join.
func TestTheRoomFillsUpBeforeTheDoor(t *testing.T) {
	run(t, Config{MaxRoomSessions: 1}, func(t *testing.T, h *Hub) {
		var sessions []*Session
		var peers []*peer
		for range 2 {
			p := newPeer(t)
			s, err := h.Connect("lobby", p)
			want(t, "error", err, nil)
			sessions, peers = append(sessions, s), append(peers, p)
		}
		for _, s := range sessions { // two tabs of the same person: one member
			s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: adasKey}))
		}
		synctest.Wait()
		want(t, "the first hears", peers[0].names(), []string{"existing_users"})
		want(t, "the second hears", peers[1].take()[0].(shared.Error).Code, shared.CodeRoomFull)
	})
}
