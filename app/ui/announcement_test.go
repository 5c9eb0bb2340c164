//go:build js

package ui

import (
	"maps"
	"strings"
	"testing"

	"rollcall/shared"
)

// announced returns what stands in the live region of the announcement.
func announced() string { return query("#announcement > [role=status]").Get("textContent").String() }

// An announcement is text, by somebody or nobody. A later one takes its place in the same
// live region, which changes for the same words, too, and whoever dismisses it sees none.
func TestAnAnnouncement(t *testing.T) {
	r := joinedPage(t, member(1))
	if announced() != "" || byID("dismiss").Truthy() {
		t.Error("something is announced")
	}
	region := query("#announcement > [role=status]")
	for at, c := range []struct{ text, by, want string }{
		{"<b>doors</b> close at {time}", "<i>Bea</i>", "<b>doors</b> close at {time}By \u2068<i>Bea</i>\u2069"},
		{"تغلق الأبواب", "", "تغلق الأبواب"},
		{"تغلق الأبواب", "", "تغلق الأبواب\u00a0"},
	} {
		r.send(shared.Announcement{Text: c.text, By: c.by, At: int64(at)})
		r.eventually("announced", func() bool { return announced() == c.want })
		if p := query("#announcement p"); !region.Equal(query("#announcement > [role=status]")) || p.Get("dir").String() != "auto" || len(all("#announcement b, #announcement i")) != 0 {
			t.Errorf("%q: the region is another one, or has markup, or no direction", c.text)
		}
	}
	if got := byID("dismiss").Call("getAttribute", "aria-label").String(); got != "Dismiss" {
		t.Errorf("the button is named %q", got)
	}
	byID("dismiss").Call("focus")
	byID("dismiss").Call("click")
	r.eventually("dismissed", func() bool { return announced() == "" && !byID("dismiss").Truthy() })
	if focused := document().Get("activeElement"); !focused.Equal(query("h1")) {
		t.Errorf("the focus is on %s", focused.Get("tagName"))
	}
}

// Whoever only watches is shown announcements, too; they are not those of another room.
func TestAnAnnouncementToWatchers(t *testing.T) {
	prepare(t)
	r := start(t)
	r.watched(member(1))
	r.send(shared.Announcement{Text: "hello", At: 1})
	r.eventually("announced", func() bool { return announced() == "hello" })
	r.onUI(func() { r.page.switchRoom("elsewhere") })
	r.eventually("gone", func() bool { return announced() == "" })
}

// The cards stay where they are on the screen when an announcement comes, grows and goes,
// even if somebody arrives above them at the same time.
func TestAnAnnouncementMovesNoCard(t *testing.T) {
	r := large(t, 3000, 3)
	before := spots()
	come := func() shared.Event {
		u := member(int(4000 + r.rev))
		u.JoinedAt = int64(r.rev) // before all others
		return shared.NewUser{Rev: r.next(), User: u}
	}
	for at, text := range []string{"doors close at five", strings.Repeat("doors close at five ", 14)} {
		r.send(shared.Announcement{Text: text, At: int64(at)}, come())
		r.eventually("announced", func() bool { return announced() == text })
		r.eventually("no card has moved", func() bool { return maps.Equal(spots(), before) })
	}
	byID("dismiss").Call("click")
	r.eventually("dismissed", func() bool { return announced() == "" })
	r.eventually("no card has moved back", func() bool { return maps.Equal(spots(), before) })
}
