//go:build !js

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// seesStale waits until the page shows these members as of an earlier time.
func (tb *tab) seesStale(names ...string) {
	tb.t.Helper()
	slices.Sort(names)
	tb.until(fmt.Sprintf("%q are shown as of earlier", names), func() error {
		people, err := tb.people()
		if err != nil {
			return err
		}
		if got := namesOf(people); !slices.Equal(got, names) {
			return fmt.Errorf("the people are %q", got)
		}
		past, err := try[bool](tb, `() => document.querySelector("#people").classList.contains("stale")
			&& /^as of .*\d/.test(document.querySelector(".tally > span").textContent)
			&& [...document.querySelectorAll("#people .face")].every(f => getComputedStyle(f).filter.includes("grayscale"))`)
		if err == nil && !past {
			err = errors.New("it looks like the present")
		}
		return err
	})
}

// takeOffline stops the server and disconnects the tabs from the network.
func takeOffline(s *server, tabs ...*tab) {
	s.stop()
	for _, tb := range tabs {
		tb.expect(unreachable, noSocket)
		tb.setOffline(true)
	}
}

// Opened offline, a room shows the members seen last, and becomes live by itself.
func TestOfflineShowsWhoWasThere(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "standup", "Bob")
	tb := sit(t, s, 0, "ann")
	tb.goTo("/r/standup")
	tb.join("Ann")
	tb.sees("Ann", "Bob")
	tb.workerReady()
	takeOffline(s, tb)
	tb.goTo("/r/standup")
	tb.connectionIs("offline")
	tb.seesStale("Ann", "Bob")

	s.start()
	tb.setOffline(false)
	tb.inRoom()
	tb.holds("it is the present again", `() => !document.querySelector("#people").classList.contains("stale")
		&& document.querySelector(".tally > span").textContent === "here now"`)
}

// So does a page that has not joined, which asks for a name.
func TestOfflineBeforeJoining(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	home := sharedBrowser(t, 0).newProfile(t)
	member := home.newTab(t, s, "member")
	member.goTo("/r/standup")
	member.join("Ann")
	member.sees("Ann")
	member.workerReady()
	eval[chromedp.Void](member, `() => window.dispatchEvent(new Event("pagehide"))`)
	guest := home.newTab(t, s, "guest")
	takeOffline(s, member, guest)
	guest.goTo("/r/standup")
	guest.asked()
	guest.seesStale("Ann")

	s.start()
	bot(t, s, "standup", "Zoe")
	guest.setOffline(false)
	guest.until("the guest sees who is there now", func() error {
		people, err := guest.people()
		if got := namesOf(people); err == nil && !slices.Contains(got, "Zoe") {
			err = fmt.Errorf("the people are %q", got)
		}
		return err
	})
	guest.holds("and that it is now", `() => !document.querySelector("#people").classList.contains("stale")`)
	member.setOffline(false)
	member.inRoom()
}

// Leaving a room deletes the names of its members from the device.
func TestLeavingForgetsWhoWasThere(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "standup", "Bob the passer-by")
	tb := sit(t, s, 0, "ann")
	tb.goTo("/r/standup")
	tb.join("Ann")
	tb.sees("Ann", "Bob the passer-by")
	kept := `() => JSON.stringify([Object.values(localStorage), Object.values(sessionStorage)]).includes("passer-by")`
	tb.holds("the people are kept while one is there", kept)
	tb.click("#leave")
	tb.asked()
	if eval[bool](tb, kept) {
		t.Error("the people of a room that one has left are kept")
	}
}

// A note that was set offline survives a reload.
func TestNoteOutlivesReloadOffline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "ann")
	tb.goTo("/r/standup")
	tb.join("Ann")
	tb.workerReady()
	takeOffline(s, tb)
	tb.connectionIs("offline")
	tb.click("#rename")
	tb.asked()
	tb.click("#note-field")
	tb.enter("on the train")
	tb.click("#name-field")
	tb.enter("Anna")
	tb.click(":is(#name-form, #card-form) [type=submit]")
	tb.goTo("/r/standup")
	tb.connectionIs("offline")

	s.start()
	tb.setOffline(false)
	tb.inRoom()
	tb.holds("the room shows the note", `() => document.querySelector("#people [aria-current] .line").textContent === "on the train"`)
	tb.sees("Anna")
	tb.holds("the wish is forgotten once it is shown", `() => JSON.parse(localStorage.getItem("rollcall.kept")).every(room => room.note === undefined)`)
}
