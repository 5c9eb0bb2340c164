//go:build js

package ui

import (
	"slices"
	"testing"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// outside returns a page that watches a locked room.
func outside(t *testing.T) *testPage {
	t.Helper()
	tellHosts(t)
	prepare(t)
	r := start(t)
	r.watched(member(1))
	r.send(shared.RoomInfoChanged{Rev: r.next(), RoomInfo: shared.RoomInfo{Locked: true}})
	r.eventually("locked", func() bool { return submitText() == "Knock" })
	return r
}

func submitText() string { return query("#name-form [type=submit]").Get("textContent").String() }

// says waits until the box of problems says something, and the form can be submitted or not.
func (r *testPage) says(text string, submits bool) {
	r.t.Helper()
	r.eventually(text, func() bool {
		p := query("#problem p")
		return p.Truthy() && p.Get("textContent").String() == text && query("#name-form [type=submit]").Get("disabled").Bool() != submits
	})
}

const (
	locked  = "The room is locked. Knock, and a host can let you in."
	knocked = "You knocked. A host can let you in."
	refused = "Not now. You can knock again in a minute."
)

// knocks has the page knock.
func (r *testPage) knocks(name string) {
	r.t.Helper()
	r.submit(name)
	if e, ok := r.receive().(shared.Knock); !ok || e.Name != name || e.Key != r.page.key {
		r.t.Fatalf("the page sends %+v", e)
	}
	r.says(knocked, false)
	r.eventually("the focus is on what stops it", func() bool { return focusedID() == "stop-knocking" })
}

// Who comes to a locked room knocks, may take it back, waits again when refused, and is in the
// room as soon as a host says so.
func TestKnockingAtALockedRoom(t *testing.T) {
	r := outside(t)
	r.says(locked, true)
	r.knocks("Me")
	byID("stop-knocking").Call("click")
	if e, ok := r.receive().(shared.Knock); !ok || e.Name != "" {
		t.Errorf("to take it back the page sends %+v", e)
	}
	r.says(locked, true)
	r.eventually("the focus is in the field", func() bool { return focusedID() == "name-field" })

	r.knocks("Me")
	r.send(shared.KnockAnswered{AgainMS: 600})
	r.says(refused, false)
	r.says(locked, true)
	r.knocks("Me")
	r.send(shared.Errorf(shared.CodeBadName, "no"))
	r.says(locked, true)
	if text := byID("name-error").Get("textContent").String(); text == "" {
		t.Error("nothing says what is wrong with the name")
	}
	r.knocks("Me")
	r.send(shared.KnockAnswered{LetIn: true})
	r.answerJoin(r.receive(), []shared.User{member(1)})
	r.eventually("in the room", func() bool { return !byID("name-form").Truthy() && local.get(nameItem) == "Me" })
}

// Whoever was refused need not wait to join a room that is unlocked meanwhile.
func TestRefusedAtARoomThatIsOpened(t *testing.T) {
	r := outside(t)
	r.knocks("Me")
	r.send(shared.KnockAnswered{AgainMS: time.Hour.Milliseconds()})
	r.says(refused, false)
	r.send(shared.RoomInfoChanged{Rev: r.next()})
	r.eventually("one may join", func() bool {
		return submitText() == string(msgs.Join) && !query("#name-form [type=submit]").Get("disabled").Bool()
	})
	r.submit("Me")
	r.answerJoin(r.receive(), []shared.User{member(1)})
}

// Hosts, and nobody else, are shown who knocks, and what they click is about whom they saw
// there. Screen readers are told of each once.
func TestHostsAreShownKnocks(t *testing.T) {
	tellHosts(t)
	r := joinedPage(t, member(1))
	bo, cy := shared.Knocker{ID: "AAAAAAAAAAAAAAA2", Name: "Bo"}, shared.Knocker{ID: "AAAAAAAAAAAAAAA3", Name: "Cy"}
	r.send(shared.Knocks{Knocks: []shared.Knocker{bo}}, shared.Announcement{Text: "rendered", At: 1})
	r.eventually("rendered", func() bool { return announced() == "rendered" })
	if byID("knocks").Truthy() {
		t.Error("a guest is shown who knocks")
	}
	r.send(shared.UserUpdated{Rev: r.next(), User: ownAs(r, shared.RoleHost)}, shared.Knocks{Knocks: []shared.Knocker{bo, cy}})
	shows := func(want ...string) func() bool {
		return func() bool { return slices.Equal(texts("#knocks span"), want) }
	}
	r.eventually("two knock", shows("\u2068Bo\u2069 knocks.", "\u2068Cy\u2069 knocks."))
	r.eventually("it is read out", func() bool { return byID("news").Get("textContent").String() == "\u2068Cy\u2069 knocks." })
	byID("let-in-" + bo.ID).Call("click")
	if e := r.receive(); e != (shared.AnswerKnock{ID: bo.ID, LetIn: true}) {
		t.Errorf("the page sends %+v", e)
	}
	if focusedID() != "knocks" {
		t.Errorf("the focus is on %q", focusedID())
	}
	r.send(shared.Knocks{Knocks: []shared.Knocker{cy}})
	r.eventually("one knocks", shows("\u2068Cy\u2069 knocks."))
	second := app.Window().Get("MouseEvent").New("click", map[string]any{"bubbles": true, "detail": 2})
	byID("let-in-"+cy.ID).Call("dispatchEvent", second) // of two clicks on the line that has gone
	byID("not-now-" + cy.ID).Call("click")
	if e := r.receive(); e != (shared.AnswerKnock{ID: cy.ID}) {
		t.Errorf("the page sends %+v", e)
	}
	r.send(shared.Knocks{Knocks: []shared.Knocker{}})
	r.eventually("nobody knocks", func() bool { return !byID("knocks").Truthy() })
}
