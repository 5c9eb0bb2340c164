package hub

import (
	"testing"
	"testing/synctest"

	"rollcall/shared"
)

// signedIn has a peer join as Ada with a role and an info.
func signedIn(t *testing.T, h *Hub, room string, as shared.Role, team string) (*peer, *Session) {
	t.Helper()
	info, err := shared.NewInfo(map[string]string{"team": team})
	if err != nil {
		t.Fatal(err)
	}
	p := newPeer(t)
	s, err := h.ConnectAs(room, p, &Identity{ID: shared.MemberID(adasKey), Role: as, Info: info})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada"}))
	return p, s
}

// Role and info are shown from the arrival on. The latest sign-in holds for all sessions of
// the member, and makes a diff only if it says something else.
func TestRoleAndInfo(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		ada, _ := signedIn(t, h, "lobby", shared.RoleHost, "red")
		check := func(what string, diffs int, as shared.Role, team string) {
			t.Helper()
			synctest.Wait()
			u, _ := watcher.roster.Get(ada.you)
			want(t, what, []any{len(updates(watcher)), u.Role, u.Info.Get("team")}, []any{diffs, as, team})
		}
		synctest.Wait()
		check("at first", 0, shared.RoleHost, "red")
		signedIn(t, h, "lobby", shared.RoleHost, "red")
		check("the same again, on a second device", 1, shared.RoleHost, "red")
		_, second := signedIn(t, h, "lobby", shared.RoleMember, "blue")
		check("another one", 1, shared.RoleMember, "blue")
		second.End(shared.ReasonClosed)
		check("which has ended", 0, shared.RoleMember, "blue")
		signedIn(t, h, "lobby", shared.RoleHost, "blue")
		check("a host again", 1, shared.RoleHost, "blue")
	})
}

// Role and info are known on every node; a later sign-in on one of them counts on all.
func TestRoleAndInfoOnTwoNodes(t *testing.T) {
	runPair(t, func(p *pair) {
		watcher, _ := p.enter(1, "watcher", "")
		ada, _ := signedIn(t, p.hubs[0], shown, shared.RoleHost, "red")
		p.exchange()
		u, _ := watcher.roster.Get(ada.you)
		want(t, "at first", []any{u.Role, u.Info.Get("team")}, []any{shared.RoleHost, "red"})
		signedIn(t, p.hubs[1], shown, shared.RoleMember, "blue")
		p.exchange()
		for _, who := range []*peer{watcher, ada} {
			u, _ = who.roster.Get(ada.you)
			want(t, "after another", []any{u.Role, u.Info.Get("team")}, []any{shared.RoleMember, "blue"})
		}
		want(t, "the rosters are one", watcher.hash(), ada.hash())
	})
}

// No client can give itself a role, an info or a time, in whatever event.
func TestNobodyMakesThemselvesAHost(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		p := newPeer(t)
		s, err := h.Connect("lobby", p)
		if err != nil {
			t.Fatal(err)
		}
		s.Receive([]byte(`{"event":"got_a_new_user","data":{"name":"Ada","role":"host","info":{"team":"red"},"status_since":5}}`))
		s.Receive([]byte(`{"event":"update_user","data":{"note":"hi","role":"host","info":{"team":"red"},"status_since":5,"user":{"role":"host"}}}`))
		synctest.Wait()
		u, _ := p.roster.Get(p.you)
		want(t, "shown is", []any{u.Note, u.Role, u.Info, u.StatusSince}, []any{"hi", shared.RoleMember, shared.Info{}, int64(0)})
	})
}

// What changes with each sign-in is shown no more often than other changes.
func TestSignInsDoNotFlood(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		for i := range 3 * shared.UpdateBurst {
			_, s := signedIn(t, h, "lobby", shared.RoleMember, string(rune('a'+i)))
			s.End(shared.ReasonClosed)
		}
		synctest.Wait()
		if n := len(updates(watcher)); n > shared.UpdateBurst+1 {
			t.Errorf("%d sign-ins at once make %d diffs", 3*shared.UpdateBurst, n)
		}
	})
}
