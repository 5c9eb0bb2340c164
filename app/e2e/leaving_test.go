//go:build !js

package e2e

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Graces that leave no doubt which of the two happened.
const (
	shortGrace = 700 * time.Millisecond
	longGrace  = time.Hour // nobody sees its end
)

func grace(d time.Duration) []string { return []string{"-grace", d.String()} }

// wantGone waits until others know that a member is gone, and see it.
func wantGone(t *testing.T, gone card, since time.Time, others ...*tab) {
	t.Helper()
	for _, p := range others {
		told := p.hears(0, gone.Name+" is gone", departs(gone.ID))
		if after := told.at.Sub(since); after < shortGrace {
			t.Errorf("%s is told after %v, within the grace", p.label, after)
		}
		if told.data.Reason != "closed" {
			t.Errorf("%s is told the reason %q", p.label, told.data.Reason)
		}
	}
}

// A tab that is closed takes its person along once the grace is over.
func TestTabClosed(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	people := meet(t, s, "/", "Ann", "Bob")
	robot(t, s, "lobby", "Cid")
	people[0].sees("Ann", "Bob", "Cid")
	bob := people[1].present()
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

// collectGhosts remembers each card that is of somebody who has gone.
const collectGhosts = `() => {
	window.ghosts = [];
	new MutationObserver(() => {
		for (const li of document.querySelectorAll("#people > li:not([data-member])")) ghosts.push(li.textContent);
	}).observe(document.querySelector("#people"), {childList: true, subtree: true, attributes: true, characterData: true});
}`

// A browser that dies takes its people along in the same way.
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

// A reload is seen by nobody: the same person is back without being asked.
func TestReload(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	people := meet(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	before, mark := ann.present(), bob.mark()
	ann.reload()
	if after := ann.present(); after != before {
		t.Errorf("%v came back as %v", before, after)
	}
	robot(t, s, "lobby", "Last") // whatever the reload had caused would be heard before this
	for _, p := range people {
		p.sees("Ann", "Bob", "Last")
	}
	bob.never(mark, "the reload was seen as a departure", departs(before.ID))
	bob.never(mark, "the reload was seen as an arrival", arrives(before.ID))
}

// A tab whose process the system took, and which its person comes back to, is
// back as by a reload: nobody has seen anything.
func TestTabDiscardedAndRestored(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	people := meet(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	before := ann.present()
	ann.equipped() // its worker may be in the process that ends, and can't be installed then
	ann.expect("^crash:", "Target crashed")
	ctx, cancel := context.WithTimeout(ann.ctx, patience)
	go func() { _, _ = chromedp.Call(ctx, page.Crash, cdp.Empty{}) }() // never answered
	ann.until("its process is gone", func() error {
		if !ann.crashed() {
			return errors.New("it lives")
		}
		return nil
	})
	cancel()
	ann.reload()
	if after := ann.present(); after != before {
		t.Errorf("%v came back as %v", before, after)
	}
	robot(t, s, "lobby", "Last")
	for _, p := range people {
		p.sees("Ann", "Bob", "Last")
	}
	bob.never(0, "it was seen", departs(before.ID))
}

// A duplicate of a tab has a copy of all that the tab keeps: it is in the room
// without being asked, as a second tab of the same person.
func TestTabDuplicated(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	witness := sit(t, s, 0, "witness")
	witness.goTo("/")
	witness.join("Witness")
	home := sharedBrowser(t, 1).newProfile(t)
	first, second := home.newTab(t, s, "first"), home.newTab(t, s, "second")
	first.goTo("/")
	own := first.join("Ann")
	second.goTo("/")
	second.asked()
	kept := eval[map[string]string](first, `() => ({...sessionStorage})`)
	eval[chromedp.Void](second, `(kept) => { for (const item in kept) sessionStorage.setItem(item, kept[item]) }`, kept)
	second.reload()
	if card := second.present(); card.ID != own.ID {
		t.Errorf("the duplicate is %v, the first %v", card, own)
	}
	first.close()
	robot(t, s, "lobby", "Last")
	for _, p := range []*tab{witness, second} {
		p.sees("Ann", "Last", "Witness")
		p.never(0, "the first tab's end was seen", departs(own.ID))
	}
}

// Who leaves is gone at once, is not back by reloading, and can join again as
// the same.
func TestLeave(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	robot(t, s, "lobby", "Cid")
	people := []*tab{sit(t, s, 0, "ann"), sit(t, s, 1, "bob")}
	for i, name := range []string{"Ann", "Bob"} {
		people[i].goTo("/")
		people[i].join(name)
	}
	ann, bob := people[0], people[1]
	own := ann.present()
	ann.click("#leave")
	ann.hears(0, "it is said", func(m message) bool { return m.sent && m.event == "leave" })
	if told := bob.hears(0, "Ann is gone", departs(own.ID)); told.data.Reason != "left" {
		t.Errorf("Bob is told the reason %q", told.data.Reason)
	}
	bob.sees("Bob", "Cid")
	if name := ann.asked(); name != "Ann" {
		t.Errorf("the dialog offers the name %q", name)
	}
	ann.holds("the own card is gone", `() => !document.querySelector("#people > li[aria-current]")`)
	ann.reload()
	ann.asked()
	if people, err := ann.people(); err != nil || len(people) != 2 {
		t.Errorf("after leaving there are %v\n%s", err, listing(people))
	}
	if again := ann.join("Ann"); again.ID != own.ID {
		t.Errorf("%v joined again as %v", own, again)
	}
	for _, p := range people {
		p.sees("Ann", "Bob", "Cid")
	}
}

// Two tabs of one person are one card, for as long as one of them is open.
func TestSecondTab(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	witness := sit(t, s, 0, "witness")
	witness.goTo("/")
	witness.join("Witness")
	home := sharedBrowser(t, 1).newProfile(t)
	first, second := home.newTab(t, s, "first"), home.newTab(t, s, "second")
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
	robot(t, s, "lobby", "Last")
	for _, p := range []*tab{witness, second} {
		p.sees("Ann", "Last", "Witness")
	}
	closed := time.Now()
	second.close()
	wantGone(t, own, closed, witness) // at the first departure: there was none before
	witness.sees("Last", "Witness")
}

// Leaving in one tab is leaving in all, and the others say so.
func TestLeaveInOneOfTwoTabs(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	home := sharedBrowser(t, 0).newProfile(t)
	first, second := home.newTab(t, s, "first"), home.newTab(t, s, "second")
	for _, p := range []*tab{first, second} {
		p.goTo("/")
		p.join("Ann")
	}
	first.click("#leave")
	for _, p := range []*tab{first, second} {
		p.asked()
		p.holds("nobody is here", `() => document.querySelector("#count").textContent === "0"`)
	}
	second.holds("the second tab says why", `() => document.querySelector("#name-dialog").textContent.includes("another window")`)
}

// A rename in one tab reaches the other, and is what a third one offers.
func TestRenameInOneOfTwoTabs(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	home := sharedBrowser(t, 0).newProfile(t)
	first, second := home.newTab(t, s, "first"), home.newTab(t, s, "second")
	for _, p := range []*tab{first, second} {
		p.goTo("/")
		p.join("Ann")
	}
	first.click("#rename")
	first.asked()
	first.sign("Anna")
	first.sees("Anna")
	second.sees("Anna")
	second.click("#rename")
	if draft := second.asked(); draft != "Anna" {
		t.Errorf("the second tab would rename %q", draft)
	}
	second.press("\x1b") // Escape
	third := home.newTab(t, s, "third")
	third.goTo("/")
	if name := third.asked(); name != "Anna" {
		t.Errorf("the third tab offers %q", name)
	}
}
