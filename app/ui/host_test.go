//go:build js

package ui

import (
	"testing"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// ownAs returns the own member in a role.
func ownAs(r *testPage, role shared.Role) shared.User {
	u, _ := r.page.roster.Get(r.page.you)
	u.Role = role
	return u
}

// offered returns the text of the button of hosts, or "" while it is hidden.
func offered() string {
	b := byID("host")
	if b.Get("hidden").Bool() {
		return ""
	}
	return b.Get("textContent").String()
}

// A room without a host is offered to a member; a host has tools on the cards of guests only,
// and loses them with the role.
func TestAHostHasTools(t *testing.T) {
	html := document().Get("documentElement")
	html.Get("dataset").Set("hosts", i18n.Hosts(i18n.English))
	t.Cleanup(func() { html.Call("removeAttribute", "data-hosts") })
	host := member(2)
	host.Role = shared.RoleHost
	r := joinedPage(t, member(1), host)
	if offered() != "" {
		t.Error("a room is offered that somebody hosts")
	}
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u2", Reason: shared.ReasonLeft})
	r.eventually("offered", func() bool { return offered() == "Host this room" })
	byID("host").Call("click")
	if claim := r.receive(); claim != (shared.UpdateRole{ID: r.page.you, Role: shared.RoleHost}) {
		t.Errorf("the claim is %+v", claim)
	}
	r.send(shared.UserUpdated{Rev: r.next(), User: ownAs(r, shared.RoleHost)}, shared.Announcement{By: "Ann", At: 1, Act: shared.ActClaimed})
	r.eventually("hosted", func() bool { return offered() == "Room" && announced() == "\u2068Ann\u2069 hosts this room now." })
	r.send(shared.Announcement{By: "Ann", At: 2, Act: "sung"})
	query(`[data-member="u1"] > button`).Call("click")
	r.eventually("tools", func() bool { return byID("ban").Truthy() && byID("remove").Truthy() && byID("make-host").Truthy() })
	other := member(1)
	other.Role = shared.RoleHost
	r.send(shared.UserUpdated{Rev: r.next(), User: other})
	r.eventually("no tools for hosts", func() bool { return !byID("ban").Truthy() })
	r.send(shared.UserUpdated{Rev: r.next(), User: member(1)})
	r.eventually("tools", func() bool { return byID("ban").Truthy() })
	r.send(shared.UserUpdated{Rev: r.next(), User: ownAs(r, shared.RoleMember)})
	r.eventually("no tools for guests", func() bool { return !byID("ban").Truthy() })
	r.send(shared.Errorf(shared.CodeHosted, "no"))
	r.eventually("refused", func() bool { return announced() == "Somebody hosts this room already." })
}
