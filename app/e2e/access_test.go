//go:build !js

package e2e

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What `make audit` gives: axe-core comes from npm, which no other test needs.
var (
	axeFile  = flag.String("axe", "", "also run the axe.min.js at this path in every state")
	findings = flag.String("findings", "", "write what axe found to this file")
	large    = flag.Int("large", 250, "how many people are in the large room")
)

// Everybody can use the page in every state that it has, in both themes. What
// the browser itself can tell is asked in every run, the rest of axe.
func TestEveryStateIsAccessible(t *testing.T) {
	t.Parallel()
	a := newAuditor(t)
	s := startServer(t)
	robot(t, s, "standup", "林小雨")
	robot(t, s, "standup", "ليلى حداد")
	a.joining(s)
	a.inTheRoom(s)
	a.inALargeRoom(s)
	a.updating(s)
	a.withoutNetwork(s)
	a.write()
}

func (a *auditor) joining(s *server) {
	tb := sit(a.t, s, 0, "newcomer")
	release := tb.holdProgram()
	tb.visit("/r/standup")
	tb.holds("the page is there", `() => document.readyState === "complete" && document.querySelector("#name-dialog") !== null`)
	a.look(tb, "loading")
	release()
	tb.asked()
	a.look(tb, "dialog")
	tb.sign(" ")
	tb.holds("the name is refused", `() => document.querySelector("#name-error").textContent !== ""`)
	a.look(tb, "dialog with an error")
	tb.goTo("/r/empty")
	tb.asked()
	a.look(tb, "dialog of an empty room")
	tb.join("Ada")
	a.look(tb, "alone in a room")
	tb.expect(noSuchPage)
	tb.goTo("/no/such/page")
	a.look(tb, "no such page")
	tb.close()
}

func (a *auditor) inTheRoom(s *server) {
	tb := sit(a.t, s, 1, "member")
	tb.goTo("/r/standup")
	tb.join("Ada Brandt")
	a.look(tb, "small room")
	tb.click("#rename")
	tb.asked()
	a.look(tb, "changing the name")
	tb.press(kb.Escape)
	for _, panel := range []struct{ button, state string }{{"#invite", "invitation"}, {"#rooms", "other rooms"}} {
		tb.holds("nothing lies over the page", `() => !document.querySelector("dialog[open]")`)
		tb.click(panel.button)
		tb.holds("the panel is open", `() => document.querySelector("#panel")?.matches(":modal")`)
		a.look(tb, panel.state)
		tb.press(kb.Escape)
	}
	tb.close()
}

func (a *auditor) inALargeRoom(s *server) {
	crowd(a.t, s, "large", *large)
	tb := sit(a.t, s, 1, "one of many")
	tb.goTo("/r/large")
	tb.asked()
	tb.sign("Ada")
	tb.shows("live") // the own card is far down
	a.look(tb, "large room")
	tb.close()
}

func (a *auditor) updating(s *server) {
	front := behindFront(a.t, s)
	tb := sit(a.t, front.server, 2, "user of the old version")
	tb.goTo("/r/updating")
	tb.join("Ada")
	tb.equipped()
	front.release()
	eval[chromedp.Void](tb, checkForUpdate)
	tb.offered()
	a.look(tb, "update bar")
	tb.close()
}

func (a *auditor) withoutNetwork(s *server) {
	tb := sit(a.t, s, 0, "traveller")
	tb.goTo("/r/standup")
	tb.join("Ada")
	tb.equipped()
	tb.expect(unreachable, noSocket)
	s.stop()
	tb.shows("reconnecting")
	a.look(tb, "reconnecting")
	tb.setOffline(true)
	tb.shows("offline")
	a.look(tb, "offline")
	tb.goTo("/r/standup")
	tb.shows("offline")
	a.look(tb, "opened offline")
}

// auditor looks at pages.
type auditor struct {
	t     *testing.T
	axe   string // its source, or ""
	found []finding
}

// finding is what axe said of a page in one state and theme.
type finding struct {
	State, Theme string
	Passes       int
	Violations   []violation
	Incomplete   []violation // what axe can't decide
}

type violation struct {
	Rule, Help string
	Nodes      []string
}

func newAuditor(t *testing.T) *auditor {
	a := &auditor{t: t}
	if *axeFile == "" {
		return a
	}
	source, err := os.ReadFile(*axeFile)
	if err != nil {
		t.Fatal(err)
	}
	a.axe = string(source)
	return a
}

// look finds out whether everybody can use the page as it is now.
func (a *auditor) look(tb *tab, state string) {
	a.t.Helper()
	for _, problem := range tb.barriers() {
		a.t.Errorf("%s: %s", state, problem)
	}
	if a.axe == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		tb.still(theme)
		f := tb.runAxe(a.axe)
		f.State, f.Theme = state, theme
		a.found = append(a.found, f)
		for _, v := range f.Violations {
			a.t.Errorf("%s, %s: axe: %s (%s): %s", state, theme, v.Rule, v.Help, strings.Join(v.Nodes, " "))
		}
	}
}

func (a *auditor) write() {
	if *findings == "" {
		return
	}
	text, err := json.MarshalIndent(a.found, "", "\t")
	if err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(*findings, append(text, '\n'), 0o644); err != nil {
		a.t.Fatal(err)
	}
}

// still gives the page a theme and waits until nothing moves.
func (tb *tab) still(theme string) {
	tb.t.Helper()
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	tb.holds("nothing moves", "() => document.getAnimations().every(a => a.playState !== 'running')")
}

// runAxe runs axe in the page, whose policy would not let a script element.
func (tb *tab) runAxe(source string) (f finding) {
	tb.t.Helper()
	eval[chromedp.Void](tb, "() => { "+source+"\n}")
	return eval[finding](tb, `async () => {
		const found = await axe.run(document, {resultTypes: ["violations", "incomplete", "passes"]});
		const brief = (list) => list.map(v => ({rule: v.id, help: v.help, nodes: v.nodes.map(n => n.target.join(" "))}));
		return {passes: found.passes.length, violations: brief(found.violations), incomplete: brief(found.incomplete)};
	}`)
}
