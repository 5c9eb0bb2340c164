package model

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/client"
)

// hostOps returns the kinds of steps of those who claim rooms.
func hostOps() []*op {
	act := func(do func(t *tab)) func(*world, step) {
		return func(w *world, s step) { t := w.tab(s); t.do(func() { do(t) }) }
	}
	return []*op{
		{"claim", onTab, 10, act(func(t *tab) { t.setRole((*client.Client).Claim) })},
		{"give-up", onTab, 2, act(func(t *tab) { t.setRole((*client.Client).GiveUp) })},
	}
}

// setRole has the client claim the room, or give that up. It may not be in the room.
func (t *tab) setRole(ask func(*client.Client, context.Context) error) {
	t.onClient(func(c *client.Client) error {
		if err := ask(c, context.Background()); !errors.Is(err, client.ErrNotIn) {
			return err
		}
		return nil
	})
}

// signsInAsHost reports whether the sign-in of a member, if it has one, says that it is a host.
func signsInAsHost(id string) bool { return shared.Hue(id)%8 == 0 }

// hostOf returns the id of whoever hosts the life of the room with that epoch by a claim, or
// "". world.mu is held.
func (i *roomInfo) hostOf(epoch string) string {
	if epoch != i.hosted {
		return ""
	}
	return i.host
}

// isHost reports whether the session may enter a locked room.
func (s *seat) isHost() (is bool) {
	epoch := s.server.hub.View(s.at.room, 0).Epoch
	s.server.w.locked(func() {
		is = s.signedIn && signsInAsHost(s.at.id) || s.server.w.room[s.at.room].says.hostOf(epoch) == s.at.id
	})
	return is
}

// setRole passes a claim, or the end of one, to the session, and checks what comes of it:
// somebody who is in the room becomes a host if nobody is or has been one, and never by
// anything else.
func (s *seat) setRole(frame []byte, e shared.UpdateRole) {
	before := s.server.hub.View(s.at.room, noLimit)
	s.session.Receive(frame)
	after := s.server.hub.View(s.at.room, noLimit)
	w := s.server.w
	w.mu.Lock()
	defer w.mu.Unlock()
	says := &w.room[s.at.room].says
	was, is := hosts(before)[s.at.id], hosts(after)[s.at.id]
	free := len(hosts(before)) == 0 && says.hostOf(after.Epoch) == ""
	stays := s.joined && !s.ended && !s.server.dead && before.Epoch == after.Epoch
	switch claims := e.Role == shared.RoleHost; {
	case claims && is && !was:
		if says.hostOf(after.Epoch) != "" || s.signedIn {
			w.failLocked(fmt.Errorf("%s claims %s, which %s hosts", s.at.id, s.at.room, says.host))
		}
		says.host, says.hosted = s.at.id, after.Epoch
	case claims && !is && free && stays && !s.signedIn:
		w.failLocked(fmt.Errorf("%s claims %s, which nobody hosts, and does not get it", s.at.id, s.at.room))
	case !claims && was && !s.signedIn && stays:
		if is {
			w.failLocked(fmt.Errorf("%s gives up %s, and hosts it still", s.at.id, s.at.room))
		}
		says.host = ""
	}
}

// hosts returns the ids of those whom a room shows as hosts.
func hosts(v hub.View) map[string]bool {
	ids := map[string]bool{}
	for _, u := range v.Users {
		if u.Role == shared.RoleHost {
			ids[u.ID] = true
		}
	}
	return ids
}

// checkHosts checks that a room shows as hosts those who have signed in as such and the one
// who has claimed it, and nobody else. world.mu is held.
func (w *world) checkHosts(room string, v hub.View) error {
	must := map[string]bool{w.room[room].says.hostOf(v.Epoch): true}
	for _, m := range w.members {
		must[m.id] = must[m.id] || m.signIn != nil && m.signIn.Role == shared.RoleHost
	}
	for _, u := range v.Users {
		if is := u.Role == shared.RoleHost; is != must[u.ID] {
			return fmt.Errorf("%s shows %+v: a host: %v, want %v", room, u, is, must[u.ID])
		}
	}
	return nil
}

// claimAtOnce has everybody claim the room at the same moment, on whatever node, and waits for
// the nodes to agree.
func (m *mesh) claimAtOnce() {
	for _, t := range m.w.tabs {
		t.do(func() { t.setRole((*client.Client).Claim) })
	}
	m.w.sleep(2 * time.Second)
}

// checkClaims checks at rest that at most one member hosts a room by a claim.
func (m *mesh) checkClaims(room string, v hub.View) (err error) {
	m.w.locked(func() {
		claimed := hosts(v)
		for _, who := range m.w.members {
			if who.signIn != nil && who.signIn.Role == shared.RoleHost {
				delete(claimed, who.id)
			}
		}
		if len(claimed) > 1 {
			err = fmt.Errorf("%s has several hosts by a claim: %v", room, claimed)
		}
	})
	return err
}
