//go:build js

package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// asked reports whether the page asks for a name.
func asked() bool { return byID("name-form").Truthy() && byID("name-field").Truthy() }

// editing reports whether the own card is open.
func editing() bool { return byID("name-dialog").Call("matches", ":modal").Bool() }

func TestWhatWasTypedBeforeTheProgramRanIsKept(t *testing.T) {
	prepare(t)
	serve([]shared.User{member(1), member(2)}, "2")
	field := byID("name-field")
	field.Set("value", "Greta Gauß")
	field.Call("focus")
	field.Call("setSelectionRange", 2, 5)
	start(t)
	field = byID("name-field")
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
	if got := byID("name-hint").Get("textContent").String(); got != "\u2068Person 1\u2069 and \u2068Person 2\u2069 are here" {
		t.Errorf("the form says %q", got)
	}
}

func TestJoin(t *testing.T) {
	r := joinedPage(t, member(1), member(2))
	r.eventually("three cards", func() bool { return len(all("#people > li[data-member][data-status]")) == 3 })
	if got := texts(`#people > li[aria-current="true"] .name`); !slices.Equal(got, []string{"Me"}) {
		t.Errorf("own card: %q", got)
	}
	if got := byID("count").Get("textContent").String(); got != "3" {
		t.Errorf("the count is %q", got)
	}
	if asked() {
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
	if asked() {
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
		return asked() && byID("name-field").Get("value").String() == "Me"
	})
}

func TestABadNameIsSaidBesideTheField(t *testing.T) {
	prepare(t)
	r := start(t)
	r.watched()
	for _, name := range []string{"", " \u2003", "\u202egnp.exe", strings.Repeat("x", 10_000)} {
		r.submit(name)
		r.eventually(fmt.Sprintf("%.20q is refused", name), func() bool {
			return query("#name-field[aria-invalid]").Truthy() && byID("name-error").Get("textContent").Truthy()
		})
		byID("name-field").Call("dispatchEvent", newEvent("input"))
		r.eventually("typing takes the error back", func() bool {
			return !query("#name-field[aria-invalid]").Truthy() && !byID("name-error").Get("textContent").Truthy()
		})
	}
	if !asked() || len(r.conns) != 0 {
		t.Errorf("a name is asked for: %v; connections: %d", asked(), len(r.conns))
	}
}

func newEvent(name string) app.Value {
	options := map[string]any{"bubbles": true, "cancelable": true}
	return app.Window().Get("Event").New(name, options)
}

// A name that was submitted before the program ran is that of who joins.
func TestANameSubmittedEarlyJoins(t *testing.T) {
	prepare(t)
	byID("name-field").Set("value", "Greta")
	byID("name-form").Get("dataset").Set("early", "")
	r := start(t)
	r.welcome()
	if got := texts(`#people > li[aria-current="true"] .name`); asked() || !slices.Equal(got, []string{"Greta"}) {
		t.Errorf("own card: %q; a name is asked for: %v", got, asked())
	}
}

// Who joined before the program ran, and leaves or changes rooms before that has joined, too, does
// not stay in the room.
func TestAnEarlyJoinEndsWithTheStay(t *testing.T) {
	for what, end := range map[string]func(*testPage){
		"left":         func(r *testPage) { byID("leave").Call("click") },
		"another room": func(r *testPage) { r.onUI(func() { r.page.switchRoom("elsewhere") }) },
	} {
		t.Run(what, func(t *testing.T) {
			prepare(t)
			byID("name-field").Set("value", "Greta")
			byID("name-form").Get("dataset").Set("early", "")
			var closed bool
			closeIt := app.FuncOf(func(app.Value, []app.Value) any { closed = true; return nil })
			defer closeIt.Release()
			app.Window().Set("rollcallEarly", map[string]any{"close": closeIt})
			r := start(t) // no server answers
			r.eventually("it joins", func() bool { return !asked() })
			if closed {
				t.Error("the program, which has not joined yet, has closed the connection")
			}
			end(r)
			r.eventually("the connection is closed", func() bool { return closed })
		})
	}
}

func TestABadNameSubmittedEarlyIsSaid(t *testing.T) {
	prepare(t)
	byID("name-form").Get("dataset").Set("early", "")
	r := start(t)
	r.eventually("refused", func() bool { return asked() && byID("name-error").Get("textContent").Truthy() })
}

// The form leaves the rest of the page as it is, and Escape does it no harm.
func TestTheFormForTheNameIsPartOfThePage(t *testing.T) {
	prepare(t)
	r := start(t)
	r.watched(member(1), member(2), member(3), member(4))
	r.eventually("it says who is here", func() bool {
		return textOf("name-hint") == "\u2068Person 1\u2069, \u2068Person 2\u2069 and 2 others are here" && len(all(".faces .face")) == shownFaces
	})
	byID("name-field").Set("value", "half a na")
	document().Call("dispatchEvent", newEvent("cancel"))
	if !asked() || byID("name-field").Get("value").String() != "half a na" || query("dialog[open]").Truthy() {
		t.Error("the form is not as it was")
	}
	query(`.ask > a`).Call("click")
	r.eventually("another room can be chosen", func() bool { return byID("room-field").Truthy() })
	byID("panel").Call("close")
}

func TestNamesAreText(t *testing.T) {
	evil := []string{`"><script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `{{.}}`, `&lt;b&gt;`, "👨‍👩‍👧‍👦"}
	var others []shared.User
	for i, name := range evil {
		u := member(i)
		u.Name, u.Note = name, name
		others = append(others, u)
	}
	r := joinedPage(t, others...)
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
	r := joinedPage(t)
	byID("rename").Call("click")
	r.eventually("asked, with the name to change", func() bool {
		return editing() && byID("name-field").Get("value").String() == "Me"
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
		return !editing() && slices.Equal(texts("#people .name, .me bdi"), []string{"Myself", "Myself"})
	})
	if local.get(nameItem) != "Myself" {
		t.Errorf("kept is %q", local.get(nameItem))
	}
}

func TestTheServerHasTheLastWordOnAName(t *testing.T) {
	r := joinedPage(t)
	byID("rename").Call("click")
	r.eventually("asked", editing)
	r.submit("Admin")
	r.receive()
	r.send(shared.Errorf(shared.CodeBadName, "that name is taken"))
	r.eventually("its error is shown beside the field", func() bool {
		return editing() && byID("name-error").Get("textContent").String() == "The room does not take this name. Choose another."
	})
}

func TestLeave(t *testing.T) {
	r := joinedPage(t, member(1))
	byID("leave").Call("click")
	byID("leave").Call("click") // a double click
	if e := r.receive(); e != (shared.Leave{}) {
		t.Fatalf("the server is told %T", e)
	}
	r.eventually("asked again, with the name", func() bool {
		return asked() && byID("name-field").Get("value").String() == "Me"
	})
	if got := texts("#people .name"); !slices.Equal(got, []string{"Person 1"}) {
		t.Errorf("the sheet shows %q", got)
	}
	if tab.get(joinedItem) != "" {
		t.Error("a reload would join again")
	}
}

// A leave that is on its way would end a session that joins meanwhile.
func TestJoiningWaitsForALeave(t *testing.T) {
	prepare(t)
	r := start(t)
	r.watched()
	r.onUI(func() {
		r.page.closeClient()
		r.page.leaving = true
	})
	r.submit("Me")
	r.eventually("the form is gone", func() bool { return !asked() })
	select {
	case <-r.conns:
		t.Error("it joins before it has left")
	default:
	}
	r.onUI(r.page.afterLeave)
	r.welcome()
}

// Two tabs that open at the same moment on a first visit each make a key. The one that was
// kept is both tabs'.
func TestTheKeyOfBothTabs(t *testing.T) {
	prepare(t)
	r := start(t)
	r.watched()
	kept := shared.NewKey()
	local.set(keyItem, kept)
	r.submit("Me")
	r.welcome()
	if you := shared.MemberID(kept); r.page.you != you {
		t.Errorf("the member is %s, want %s", r.page.you, you)
	}
}

// Undoing a leave joins with the same name and note.
func TestALeaveIsUndone(t *testing.T) {
	r := joinedPage(t, member(1))
	me, _ := r.page.roster.Get(r.page.you)
	me.Note, me.NoteUntil = "back soon", time.Now().Add(time.Hour).UnixMilli()
	r.send(shared.UserUpdated{Rev: r.next(), User: me})
	r.eventually("the note is shown", func() bool { return strings.Contains(textOf("people"), "back soon") })
	byID("leave").Call("click")
	r.eventually("it can be undone", func() bool { return byID("undo").Truthy() })
	if got := textOf("news"); got != "You left." {
		t.Errorf("it is announced as %q", got)
	}
	if e := r.receive(); e != (shared.Leave{}) {
		t.Fatalf("the server is told %T", e)
	}
	byID("undo").Call("click")
	r.welcome(member(1))
	for {
		u, _ := r.hear().(shared.UpdateUser)
		if u.Note == nil {
			continue
		}
		if *u.Note != "back soon" || u.NoteUntil == nil || *u.NoteUntil != me.NoteUntil {
			t.Errorf("the page sends %+v", u)
		}
		return
	}
}

func TestUndoIsOfferedForAWhile(t *testing.T) {
	r := joinedPage(t, member(1))
	byID("leave").Call("click")
	r.eventually("it can be undone", func() bool { return byID("undo").Truthy() })
	r.eventually("the keyboard is at it", func() bool { return focusedID() == "undo" })
	r.eventually("it can't be undone any more", func() bool { return !byID("undo").Truthy() })
	if at := focusedID(); at != "name-field" {
		t.Errorf("the focus is at %q", at)
	}
	if why := texts(".why"); !slices.Equal(why, []string{"You left."}) {
		t.Errorf("it says %q", why)
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
	r := joinedPage(t)
	r.send(shared.Errorf(shared.CodeLeft, "left in another session"))
	r.conn.Close(shared.CloseLeft, "left")
	r.eventually("told why", func() bool {
		return asked() && slices.Equal(texts(".why"), []string{string(msgs.Closed["left"])})
	})
}
