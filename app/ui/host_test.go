//go:build js

package ui

import (
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

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

// tellHosts puts the texts of hosts into the document, as the server does.
func tellHosts(t *testing.T) {
	html := document().Get("documentElement")
	html.Get("dataset").Set("hosts", i18n.Hosts(i18n.English))
	t.Cleanup(func() { html.Call("removeAttribute", "data-hosts") })
}

// A room without a host is offered to a member; a host has tools on the cards of guests only,
// and loses them with the role.
func TestAHostHasTools(t *testing.T) {
	tellHosts(t)
	host := member(2)
	host.Role = shared.RoleHost
	r := joinedPage(t, member(1), host)
	if offered() != "" {
		t.Error("a room is offered that somebody hosts")
	}
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u2", Reason: shared.ReasonLeft}, shared.Watchers{Hosted: true})
	r.eventually("gone", func() bool { return !query(`[data-member="u2"]`).Truthy() })
	if offered() != "" {
		t.Error("a room is offered whose host is away")
	}
	r.send(shared.Watchers{})
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

// A host's form has what the room says, keeps what is typed whatever others change, refuses a
// text where it was typed, and sends only what was changed in it.
func TestAHostSaysWhatTheRoomIs(t *testing.T) {
	tellHosts(t)
	r := joinedPage(t, member(1))
	r.send(shared.RoomInfoChanged{Rev: r.next(), RoomInfo: shared.RoomInfo{Title: "Stand-up", Topic: "Monday"}}, shared.UserUpdated{Rev: r.next(), User: ownAs(r, shared.RoleHost)})
	r.eventually("a host", func() bool { return offered() == "Room" })
	byID("host").Call("click")
	value := func(name string) string { return byID(name + "-field").Get("value").String() }
	r.eventually("the form is filled", func() bool {
		return byID("topic-field").Truthy() && value("title") == "Stand-up" && value("topic") == "Monday"
	})
	submit := func(title, topic string) {
		for field, text := range map[string]string{"title": title, "topic": topic} {
			byID(field+"-field").Set("value", text)
			byID(field+"-field").Call("dispatchEvent", app.Window().Get("Event").New("input"))
		}
		query("#about-form [type=submit]").Call("click")
	}
	problems := func(title, topic string) {
		t.Helper()
		r.eventually("refused: "+title+topic, func() bool {
			return byID("title-error").Get("textContent").String() == title && byID("topic-error").Get("textContent").String() == topic
		})
	}
	const unseen = "It has characters that can't be shown. Take them out."
	submit(strings.Repeat("x", 65), "Monday")
	problems("At most 64 characters.", "")
	submit("\u202e", "\u202e")
	problems(unseen, unseen)
	if focusedID() != "title-field" {
		t.Errorf("the focus is in %q", focusedID())
	}
	submit("Stand-up", strings.Repeat("x", 141))
	problems("", "At most 140 characters.")
	byID("title-field").Call("dispatchEvent", app.Window().Get("Event").New("input"))
	problems("", "")
	r.send(shared.RoomInfoChanged{Rev: r.next(), RoomInfo: shared.RoomInfo{Title: "Another's", Topic: "Tuesday"}})
	r.eventually("renamed", func() bool { return byID("panel-title").Get("textContent").String() == "Another's" })
	if value("topic") != strings.Repeat("x", 141) {
		t.Errorf("typed text is replaced by %q", value("topic"))
	}
	submit(" Stand-up ", "")
	if e, ok := r.receive().(shared.UpdateRoom); !ok || e.Title != nil || e.Topic == nil || *e.Topic != "" {
		t.Errorf("the page sends %+v", e)
	}
	r.eventually("closed", func() bool { return !byID("panel").Truthy() })
}
