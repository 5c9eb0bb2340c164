//go:build js

package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

func dialogOpen() bool { return byID("name-dialog").Call("matches", ":modal").Bool() }

func TestWhatWasTypedBeforeTheProgramRanIsKept(t *testing.T) {
	prepare(t)
	serve([]shared.User{member(1), member(2)}, "2")
	field := byID("name-field")
	field.Set("value", "Greta Gauß")
	field.Call("setSelectionRange", 2, 5)
	r := start(t)
	field = byID("name-field")
	r.eventually("the dialog is modal", dialogOpen)
	if got := field.Get("value").String(); got != "Greta Gauß" {
		t.Errorf("the field holds %q", got)
	}
	if from, to := field.Get("selectionStart").Int(), field.Get("selectionEnd").Int(); from != 2 || to != 5 {
		t.Errorf("selected is %d to %d, want 2 to 5", from, to)
	}
	if !field.Equal(document().Get("activeElement")) {
		t.Error("the field has lost the focus")
	}
	if got := texts("#people > li .name"); !slices.Equal(got, []string{"Person 1", "Person 2"}) {
		t.Errorf("the sheet shows %q", got)
	}
	if got := byID("name-hint").Get("textContent").String(); got != "2 people are here" {
		t.Errorf("the dialog says %q", got)
	}
}

func TestJoin(t *testing.T) {
	r := joined(t, member(1), member(2))
	r.eventually("three cards", func() bool { return len(all("#people > li[data-member][data-status]")) == 3 })
	if got := texts(`#people > li[aria-current="true"] .name`); !slices.Equal(got, []string{"Me"}) {
		t.Errorf("own card: %q", got)
	}
	if got := byID("count").Get("textContent").String(); got != "3" {
		t.Errorf("the count is %q", got)
	}
	if dialogOpen() {
		t.Error("the dialog is still open")
	}
	if local.get(nameItem) != "Me" || shared.CheckKey(local.get(keyItem)) != nil || tab.get(joinedItem) != shared.Lobby {
		t.Errorf("kept are name %q, key %q, room %q", local.get(nameItem), local.get(keyItem), tab.get(joinedItem))
	}
}

func TestATabThatWasJoinedJoinsAgainUnasked(t *testing.T) {
	prepare(t)
	local.set(nameItem, "Me")
	tab.set(joinedItem, shared.Lobby)
	r := start(t)
	r.welcome()
	if dialogOpen() {
		t.Error("the person is asked again")
	}
	if got := texts("#people .name"); !slices.Equal(got, []string{"Me"}) {
		t.Errorf("the sheet shows %q", got)
	}
}

func TestATabOfAnotherRoomAsks(t *testing.T) {
	prepare(t)
	local.set(nameItem, "Me")
	tab.set(joinedItem, "standup")
	start(t).eventually("the dialog asks, with the name that is known", func() bool {
		return dialogOpen() && byID("name-field").Get("value").String() == "Me"
	})
}

func TestABadNameIsSaidBesideTheField(t *testing.T) {
	prepare(t)
	r := start(t)
	for _, name := range []string{"", " \u2003", "\u202egnp.exe", strings.Repeat("x", 10_000)} {
		r.submit(name)
		r.eventually(fmt.Sprintf("%.20q is refused", name), func() bool {
			return one("#name-field[aria-invalid]").Truthy() && byID("name-error").Get("textContent").Truthy()
		})
		byID("name-field").Call("dispatchEvent", newEvent("input"))
		r.eventually("typing takes the error back", func() bool {
			return !one("#name-field[aria-invalid]").Truthy() && !byID("name-error").Get("textContent").Truthy()
		})
	}
	if !dialogOpen() || len(r.conns) != 0 {
		t.Errorf("the dialog is open: %v; connections: %d", dialogOpen(), len(r.conns))
	}
}

func newEvent(name string) app.Value {
	options := map[string]any{"bubbles": true, "cancelable": true}
	return app.Window().Get("Event").New(name, options)
}

func TestNothingClosesTheJoinDialog(t *testing.T) {
	prepare(t)
	r := start(t)
	r.eventually("open", dialogOpen)
	cancel := newEvent("cancel")
	byID("name-dialog").Call("dispatchEvent", cancel)
	if !cancel.Get("defaultPrevented").Bool() {
		t.Error("Escape would close it")
	}
	byID("name-field").Set("value", "half a na")
	byID("name-dialog").Call("close")
	r.eventually("open again, with what was typed", func() bool {
		return dialogOpen() && byID("name-field").Get("value").String() == "half a na"
	})
}

func TestNamesAreText(t *testing.T) {
	evil := []string{`"><script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `{{.}}`, `&lt;b&gt;`, "👨‍👩‍👧‍👦"}
	var others []shared.User
	for i, name := range evil {
		u := member(i)
		u.Name, u.Note = name, name
		others = append(others, u)
	}
	r := joined(t, others...)
	r.eventually("all are shown", func() bool { return len(all("#people > li")) == len(evil)+1 })
	if got := texts("#people .name"); !slices.Equal(got[:len(evil)], evil) {
		t.Errorf("names are shown as %q", got)
	}
	if got := texts("#people .line"); !slices.Equal(got[:len(evil)], evil) {
		t.Errorf("notes are shown as %q", got)
	}
	if n := len(all("#people script, #people img, #people b:not(.side > b)")); n != 0 {
		t.Errorf("names became %d elements", n)
	}
}

func TestRename(t *testing.T) {
	r := joined(t)
	byID("rename").Call("click")
	r.eventually("asked, with the name to change", func() bool {
		return dialogOpen() && byID("name-field").Get("value").String() == "Me"
	})
	r.submit("Myself")
	update, ok := r.receive().(shared.UpdateUser)
	if !ok || update.Name == nil || *update.Name != "Myself" {
		t.Fatalf("the server is told %+v", update)
	}
	me, _ := r.page.roster.Get(r.page.you)
	me.Name = "Myself"
	r.send(shared.UserUpdated{Rev: r.next(), User: me})
	r.eventually("renamed everywhere", func() bool {
		return !dialogOpen() && slices.Equal(texts("#people .name, .me bdi"), []string{"Myself", "Myself"})
	})
	if local.get(nameItem) != "Myself" {
		t.Errorf("kept is %q", local.get(nameItem))
	}
}

func TestTheServerHasTheLastWordOnAName(t *testing.T) {
	r := joined(t)
	byID("rename").Call("click")
	r.eventually("asked", dialogOpen)
	r.submit("Admin")
	r.receive()
	r.send(shared.Errorf(shared.CodeBadName, "that name is taken"))
	r.eventually("its error is shown beside the field", func() bool {
		return dialogOpen() && byID("name-error").Get("textContent").String() == "The room does not take this name. Choose another."
	})
}

func TestLeave(t *testing.T) {
	r := joined(t, member(1))
	byID("leave").Call("click")
	byID("leave").Call("click") // a nervous finger
	if e := r.receive(); e != (shared.Leave{}) {
		t.Fatalf("the server is told %T", e)
	}
	r.eventually("asked again, with the name", func() bool {
		return dialogOpen() && byID("name-field").Get("value").String() == "Me"
	})
	if got := texts("#people .name"); !slices.Equal(got, []string{"Person 1"}) {
		t.Errorf("the sheet shows %q", got)
	}
	if tab.get(joinedItem) != "" {
		t.Error("a reload would join again")
	}
}

func TestANewVersionIsOfferedAndCanWait(t *testing.T) {
	prepare(t)
	r := start(t)
	r.onUI(func() { r.page.OnAppUpdate(r.page.ctx) })
	r.submit("Me")
	r.welcome()
	r.eventually("offered, now that the dialog is out of the way", func() bool { return byID("reload").Truthy() })
	byID("later").Call("click")
	r.eventually("put off", func() bool { return !byID("update").Truthy() })
}

func TestTheEndIsExplained(t *testing.T) {
	r := joined(t)
	r.send(shared.Errorf(shared.CodeLeft, "left in another session"))
	r.conn.Close(shared.CloseLeft, "left")
	r.eventually("told why", func() bool {
		return dialogOpen() && slices.Equal(texts(".why"), []string{string(say.Closed["left"])})
	})
}
