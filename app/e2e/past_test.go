//go:build !js

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// pastShown waits until the page shows these people as of earlier.
func (tb *tab) pastShown(names ...string) {
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

// cutOff takes the server and the network away from tabs.
func cutOff(s *server, tabs ...*tab) {
	s.stop()
	for _, tb := range tabs {
		tb.expect(unreachable, noSocket)
		tb.setOffline(true)
	}
}

// Opened without a network, a room shows who was seen there last, and comes alive
// by itself.
func TestOfflineShowsWhoWasThere(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	robot(t, s, "standup", "Bob")
	tb := sit(t, s, 0, "ann")
	tb.goTo("/r/standup")
	tb.join("Ann")
	tb.sees("Ann", "Bob")
	tb.equipped()
	cutOff(s, tb)
	tb.goTo("/r/standup")
	tb.shows("offline")
	tb.pastShown("Ann", "Bob")

	s.start()
	tb.setOffline(false)
	tb.present()
	tb.holds("it is the present again", `() => !document.querySelector("#people").classList.contains("stale")
		&& document.querySelector(".tally > span").textContent === "here now"`)
}

// So does the page of one who has not joined, and they are asked to.
func TestOfflineBeforeJoining(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	home := sharedBrowser(t, 0).newProfile(t)
	member := home.newTab(t, s, "member")
	member.goTo("/r/standup")
	member.join("Ann")
	member.sees("Ann")
	member.equipped()
	eval[chromedp.Void](member, `() => window.dispatchEvent(new Event("pagehide"))`)
	guest := home.newTab(t, s, "guest")
	cutOff(s, member, guest)
	guest.goTo("/r/standup")
	guest.asked()
	guest.pastShown("Ann")

	s.start()
	robot(t, s, "standup", "Zoe")
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
	member.present()
}

// Who leaves a room leaves nobody's name behind on the device.
func TestLeavingForgetsWhoWasThere(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	robot(t, s, "standup", "Bob the passer-by")
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

// What somebody wrote of themselves without a network outlives a reload.
func TestNoteOutlivesReloadOffline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "ann")
	tb.goTo("/r/standup")
	tb.join("Ann")
	tb.equipped()
	cutOff(s, tb)
	tb.shows("offline")
	tb.click("#rename")
	tb.asked()
	tb.click("#note-field")
	tb.enter("on the train")
	tb.click("#name-field")
	tb.enter("Anna")
	tb.click("#name-dialog [type=submit]")
	tb.goTo("/r/standup")
	tb.shows("offline")

	s.start()
	tb.setOffline(false)
	tb.present()
	tb.holds("the room shows the note", `() => document.querySelector("#people [aria-current] .line").textContent === "on the train"`)
	tb.sees("Anna")
	tb.holds("the wish is forgotten once it is shown", `() => JSON.parse(localStorage.getItem("rollcall.kept")).every(room => room.note === undefined)`)
}
