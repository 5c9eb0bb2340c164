//go:build !js

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Graces that leave no doubt about what happened.
const (
	shortGrace = 700 * time.Millisecond
	longGrace  = time.Hour // never over
)

func grace(d time.Duration) []string { return []string{"-grace", d.String()} }

// wantGone waits until others are told that a member is gone, after the grace.
func wantGone(t *testing.T, gone card, since time.Time, others ...*tab) {
	t.Helper()
	for _, p := range others {
		told := p.receives(0, gone.Name+" is gone", departureOf(gone.ID))
		if after := told.at.Sub(since); after < shortGrace {
			t.Errorf("%s is told after %v, within the grace", p.label, after)
		}
		if told.data.Reason != "closed" {
			t.Errorf("%s is told the reason %q", p.label, told.data.Reason)
		}
	}
}

// Closing the tab removes its member when the grace is over.
func TestTabClosed(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	people := joinAll(t, s, "/", "Ann", "Bob")
	bot(t, s, "lobby", "Cid")
	people[0].sees("Ann", "Bob", "Cid")
	bob := people[1].inRoom()
	eval[chromedp.Void](people[0], collectGhosts)
	closed := time.Now()
	people[1].close()
	wantGone(t, bob, closed, people[0])
	people[0].sees("Ann", "Cid")
	ghosts := eval[[]string](people[0], `() => window.ghosts`)
	if !slices.ContainsFunc(ghosts, func(text string) bool {
		return strings.Contains(text, "Bob") && strings.Contains(text, "closed the page")
	}) {
		t.Errorf("nothing said why Bob's card went, but %q", ghosts)
	}
	people[0].holds("the reason goes too", `() => document.querySelectorAll("#people > li").length === 2`)
}

// collectGhosts records the texts of all ghosts.
const collectGhosts = `() => {
	window.ghosts = [];
	new MutationObserver(() => {
		for (const li of document.querySelectorAll("#people > li:not([data-member])")) ghosts.push(li.textContent);
	}).observe(document.querySelector("#people"), {childList: true, subtree: true, attributes: true, characterData: true});
}`

// Leave asks nothing. The keyboard is at the button that undoes it, which brings back the
// name and the note.
func TestUndoLeave(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	people := joinAll(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	ann.click("#rename")
	ann.asked()
	eval[any](ann, `() => { document.querySelector("#note-field").value = "at my desk" }`)
	ann.click("#card-form [type=submit]")
	noted := `() => document.querySelector("#people").textContent.includes("at my desk")`
	bob.holds("the note is seen", noted)
	ann.click("#leave")
	ann.asked()
	bob.sees("Bob")
	ann.holds("the keyboard is at the button", `() => document.activeElement.id === "undo"`)
	ann.press(kb.Enter)
	ann.inRoom()
	ann.sees("Ann", "Bob")
	bob.sees("Ann", "Bob")
	bob.holds("the note is back", noted)
}

// So does the end of a browser.
func TestBrowserKilled(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	doomed := startBrowser(t)
	victim := doomed.newProfile(t).newTab(t, s, "victim")
	victim.goTo("/")
	ann := sit(t, s, 0, "ann")
	ann.goTo("/")
	own := victim.join("Victim")
	ann.join("Ann")
	ann.sees("Ann", "Victim")
	killed := time.Now()
	doomed.kill(t)
	wantGone(t, own, killed, ann)
	ann.sees("Ann")
}

// Nobody notices a reload: the same member is back without being asked.
func TestReload(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	people := joinAll(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	before, mark := ann.inRoom(), bob.mark()
	ann.reload()
	if after := ann.inRoom(); after != before {
		t.Errorf("%v came back as %v", before, after)
	}
	bot(t, s, "lobby", "Last") // whatever the reload caused would arrive before this
	for _, p := range people {
		p.sees("Ann", "Bob", "Last")
	}
	bob.neverReceived(mark, "the reload was seen as a departure", departureOf(before.ID))
	bob.neverReceived(mark, "the reload was seen as an arrival", arrivalOf(before.ID))
}

// A tab that the system has discarded is restored like by a reload, and nobody notices.
func TestTabDiscardedAndRestored(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	people := joinAll(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	before := ann.inRoom()
	ann.workerReady() // its worker may run in the process that ends
	ann.expect("^crash:", "Target crashed")
	ctx, cancel := context.WithTimeout(ann.ctx, patience)
	go func() { _, _ = chromedp.Call(ctx, page.Crash, cdp.Empty{}) }() // it is never answered
	ann.until("its process is gone", func() error {
		if !ann.crashed() {
			return errors.New("it lives")
		}
		return nil
	})
	cancel()
	ann.reload()
	if after := ann.inRoom(); after != before {
		t.Errorf("%v came back as %v", before, after)
	}
	bot(t, s, "lobby", "Last")
	for _, p := range people {
		p.sees("Ann", "Bob", "Last")
	}
	bob.neverReceived(0, "it was seen", departureOf(before.ID))
}

// A duplicated tab has a copy of the tab's storage. It joins without being asked, as a
// second tab of the same member.
func TestTabDuplicated(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	witness := sit(t, s, 0, "witness")
	witness.goTo("/")
	witness.join("Witness")
	first, second := twoTabs(t, s, 1)
	first.goTo("/")
	own := first.join("Ann")
	second.goTo("/")
	second.asked()
	kept := eval[map[string]string](first, `() => ({...sessionStorage})`)
	eval[chromedp.Void](second, `(kept) => { for (const item in kept) sessionStorage.setItem(item, kept[item]) }`, kept)
	second.reload()
	if card := second.inRoom(); card.ID != own.ID {
		t.Errorf("the duplicate is %v, the first %v", card, own)
	}
	first.close()
	bot(t, s, "lobby", "Last")
	for _, p := range []*tab{witness, second} {
		p.sees("Ann", "Last", "Witness")
		p.neverReceived(0, "the first tab's end was seen", departureOf(own.ID))
	}
}

// A member who leaves is gone at once, stays out after a reload, and can join again as
// the same member.
func TestLeave(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	bot(t, s, "lobby", "Cid")
	people := []*tab{sit(t, s, 0, "ann"), sit(t, s, 1, "bob")}
	for i, name := range []string{"Ann", "Bob"} {
		people[i].goTo("/")
		people[i].join(name)
	}
	ann, bob := people[0], people[1]
	own := ann.inRoom()
	ann.click("#leave")
	ann.receives(0, "it is said", func(m message) bool { return m.sent && m.event == "leave" })
	if told := bob.receives(0, "Ann is gone", departureOf(own.ID)); told.data.Reason != "left" {
		t.Errorf("Bob is told the reason %q", told.data.Reason)
	}
	bob.sees("Bob", "Cid")
	if name := ann.asked(); name != "Ann" {
		t.Errorf("the dialog offers the name %q", name)
	}
	ann.holds("the own card is gone", `() => !document.querySelector("#people > li[aria-current]")`)
	ann.reload()
	ann.asked()
	ann.until("two are left", func() error { // a page from the worker polls first
		people, err := ann.people()
		if err == nil && len(people) != 2 {
			err = fmt.Errorf("there are\n%s", listing(people))
		}
		return err
	})
	if again := ann.join("Ann"); again.ID != own.ID {
		t.Errorf("%v joined again as %v", own, again)
	}
	for _, p := range people {
		p.sees("Ann", "Bob", "Cid")
	}
}

// Two tabs of one user are one member, who stays until both are closed.
func TestSecondTab(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	witness := sit(t, s, 0, "witness")
	witness.goTo("/")
	witness.join("Witness")
	first, second := twoTabs(t, s, 1)
	first.goTo("/")
	own := first.join("Ann")
	second.goTo("/")
	if name := second.asked(); name != "Ann" {
		t.Errorf("the second tab offers the name %q", name)
	}
	if card := second.join("Ann"); card.ID != own.ID {
		t.Errorf("the second tab is %v, the first %v", card, own)
	}
	for _, p := range []*tab{witness, first, second} {
		p.sees("Ann", "Witness")
	}
	first.close()
	bot(t, s, "lobby", "Last")
	for _, p := range []*tab{witness, second} {
		p.sees("Ann", "Last", "Witness")
	}
	closed := time.Now()
	second.close()
	wantGone(t, own, closed, witness) // the first departure: there was none before
	witness.sees("Last", "Witness")
}

// Leaving in one tab leaves in all, and the others say so.
func TestLeaveInOneOfTwoTabs(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	first, second := twoTabs(t, s, 0)
	for _, p := range []*tab{first, second} {
		p.goTo("/")
		p.join("Ann")
	}
	first.click("#leave")
	for _, p := range []*tab{first, second} {
		p.asked()
		p.holds("nobody is here", `() => document.querySelector("#count").textContent === "0"`)
	}
	second.holds("the second tab says why", `() => document.querySelector("#name-form").textContent.includes("another window")`)
}

// A rename in one tab reaches the other one, and a third tab proposes the new name.
func TestRenameInOneOfTwoTabs(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	first, second := twoTabs(t, s, 0)
	for _, p := range []*tab{first, second} {
		p.goTo("/")
		p.join("Ann")
	}
	first.click("#rename")
	first.asked()
	first.submitName("Anna")
	first.sees("Anna")
	second.sees("Anna")
	second.click("#rename")
	if draft := second.asked(); draft != "Anna" {
		t.Errorf("the second tab would rename %q", draft)
	}
	second.press("\x1b") // Escape
	third := first.profile.newTab(t, s, "third")
	third.goTo("/")
	if name := third.asked(); name != "Anna" {
		t.Errorf("the third tab offers %q", name)
	}
}
