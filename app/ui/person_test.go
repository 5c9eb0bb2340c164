//go:build js

package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/shared"
)

func panelText() string {
	if !query("#panel").Truthy() {
		return ""
	}
	return byID("panel").Get("textContent").String()
}

// focused returns the member or ghost whose card has the focus, or "".
func focused() string {
	li := document().Get("activeElement").Call("closest", "#people > li")
	if !li.Truthy() {
		return ""
	}
	return cardID(li)
}

// A card opens with all that is known of its member, follows what happens, and the focus
// returns to it.
func TestACardOpens(t *testing.T) {
	u := member(2)
	u.Note = strings.Repeat("a long note ", 10)
	r := joinedPage(t, member(1), u)
	query(`[data-member="u2"] > button`).Call("click")
	r.eventually("open, with the whole note", func() bool {
		return byID("panel").Truthy() && byID("panel").Call("matches", ":modal").Bool() &&
			strings.Contains(panelText(), u.Note) && strings.Contains(panelText(), "active") &&
			byID("panel-title").Get("textContent").String() == "Person 2"
	})
	u.Status, u.Note, u.Devices, u.Role = shared.StatusIdle, "shorter", 2, shared.RoleHost
	u.StatusSince = time.Now().Add(-10 * time.Minute).UnixMilli()
	r.send(shared.UserUpdated{Rev: r.next(), User: u})
	r.eventually("what changes is shown", func() bool {
		return strings.Contains(panelText(), "idle · 10 min") && strings.Contains(panelText(), "shorter") &&
			strings.Contains(panelText(), "on 2 devices") && strings.Contains(panelText(), "host")
	})
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u1", Reason: shared.ReasonLeft})
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u2", Reason: shared.ReasonTimeout})
	r.eventually("and that the member has left", func() bool { return strings.Contains(panelText(), "lost connection") })
	u.JoinedAt = 1 << 41
	r.send(shared.NewUser{Rev: r.next(), User: u})
	r.eventually("and is back", func() bool { return strings.Contains(panelText(), "idle") })
	query("#panel .actions button").Call("click")
	r.eventually("closed, with the focus on the card", func() bool { return panelText() == "" && focused() == "u2" })
}

// The focus stays on the card of the same member while others come and go.
func TestTheFocusStaysOnACard(t *testing.T) {
	r := joinedPage(t, member(1), member(2), member(3))
	query(`[data-member="u3"] > button`).Call("focus")
	early := member(0)
	early.Name = "Early"
	r.send(shared.NewUser{Rev: r.next(), User: early})
	r.eventually("one more before it", func() bool { return len(memberIDs()) == 5 && focused() == "u3" })
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u1", Reason: shared.ReasonLeft})
	r.eventually("one less before it", func() bool { return len(all("#people > li")) == 4 && len(all(".gone")) == 0 && focused() == "u3" })
	r.onUI(func() { r.page.setOrder(orderName) })
	r.eventually("another order", func() bool { return texts("#people .name")[0] == "Early" && focused() == "u3" })
}

// Members of one name have tags while there is more than one.
func TestOfOneName(t *testing.T) {
	kim, other := member(1), member(2)
	kim.Name, other.Name = "Kim", "Kim"
	r := joinedPage(t, kim, other)
	tags := func() []string { return texts("#people .side i") }
	r.eventually("two tags", func() bool { return slices.Equal(tags(), []string{"u1", "u2"}) })
	other.Name = "Kim B."
	r.send(shared.UserUpdated{Rev: r.next(), User: other})
	r.eventually("none", func() bool { return len(tags()) == 0 })
}

// The title of the tab counts.
func TestTheTitleCounts(t *testing.T) {
	r := joinedPage(t, member(1), member(2))
	says := func(title string) {
		t.Helper()
		r.eventually("the page writes "+title, func() bool { return r.page.title == title })
		r.eventually("the document has "+title, func() bool {
			r.onUI(func() { r.page.title = "" }) // pages of earlier tests still write theirs, when what they show is old
			r.rendered()
			return document().Get("title").String() == title
		})
	}
	says("(3) lobby · Rollcall")
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u1", Reason: shared.ReasonLeft})
	says("(2) lobby · Rollcall")
}

// A preset fills the editor, and its note ends.
func TestAPresetEnds(t *testing.T) {
	r := joinedPage(t, member(1))
	byID("rename").Call("click")
	r.eventually("the editor is open", editing)
	query(`.presets [aria-label="At lunch"]`).Call("click")
	r.eventually("filled", func() bool {
		return byID("note-field").Get("value").String() == "🥪 At lunch" && byID("status-field").Get("value").String() == "away" &&
			byID("until-field").Get("value").String() == hourEnd
	})
	query("#name-dialog [type=submit]").Call("click")
	t.Cleanup(func() { tab.del(statusItem) })
	var update shared.UpdateUser
	for update.Note == nil { // it may be told the status before
		update, _ = r.hear().(shared.UpdateUser)
	}
	if *update.Note != "🥪 At lunch" || update.NoteUntil == nil {
		t.Fatalf("the server is told %+v", update)
	}
	if in := time.Until(time.UnixMilli(*update.NoteUntil)); in > time.Hour || in < 30*time.Minute {
		t.Errorf("the note ends in %v", in)
	}
	u := member(1)
	u.Note, u.NoteUntil = "soon over", time.Now().Add(48*time.Hour).UnixMilli()
	r.send(shared.UserUpdated{Rev: r.next(), User: u})
	r.eventually("shown", func() bool { return texts(`[data-member="u1"] .line`)[0] == "soon over" })
	query(`[data-member="u1"] > button`).Call("click")
	r.eventually("the card says until when", func() bool { return strings.Contains(panelText(), "until ") })
}

// A note that can't be sent is said to wait, beside the user's name.
func TestANoteWaits(t *testing.T) {
	r := joinedPage(t, member(1))
	r.conn.Break()
	r.eventually("reconnecting", func() bool { return r.state() == stateReconnecting })
	byID("rename").Call("click")
	r.eventually("the editor is open", editing)
	byID("note-field").Set("value", "in the train")
	query("#name-dialog [type=submit]").Call("click")
	waits := func() bool {
		return strings.Contains(query(".me small").Get("textContent").String(), string(msgs.NotSent))
	}
	r.eventually("the note waits", waits)
	if retry := byID("retry"); retry.Truthy() { // the wait is random, and may be over
		retry.Call("click")
	}
	r.welcome(member(1))
	r.eventually("it does not wait", func() bool { return !waits() })
}

// After joining the focus is on the heading.
func TestTheHeadingHasTheFocus(t *testing.T) {
	joinedPage(t).eventually("the focus is on the heading", func() bool {
		return document().Get("activeElement").Equal(query("h1"))
	})
}
