//go:build !js

package e2e

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Flags of `make audit`. axe-core comes from npm, which no other test needs.
var (
	axeFile = flag.String("axe", "", "also run the axe.min.js at this path in every state")
	large   = flag.Int("large", 250, "how many people are in the large room")
)

// The page is accessible in each of its states, in both themes. Every run checks what
// the browser itself can tell; `make audit` adds axe.
func TestEveryStateIsAccessible(t *testing.T) {
	t.Parallel()
	a := newAuditor(t)
	s := startServer(t)
	bot(t, s, "standup", "林小雨")
	bot(t, s, "standup", "ليلى حداد")
	a.joining(s)
	a.inTheRoom(s)
	a.inALargeRoom(s)
	a.updating(s)
	a.moderated()
	a.withoutNetwork(s)
	a.theRoll()
	a.aHost()
}

func (a *auditor) moderated() {
	s, m := moderated(a.t)
	bot(a.t, s, "class", "Bea") // or the room would end with the kick
	tb := sit(a.t, s, 2, "moderated")
	tb.goTo("/r/class")
	me := tb.join("Ada Brandt")
	m.announce("class", "Doors close at five. Take your things with you.", "Bea")
	tb.holds("it is announced", `() => !!document.querySelector("#dismiss")`)
	a.audit(tb, "announcement")
	m.lock("class", true)
	tb.holds("it is locked", isLocked, true)
	a.audit(tb, "locked room")
	m.kick("class", me.ID, "Bea", "was loud")
	tb.problemIs("locked")
	a.audit(tb, "kicked from a locked room")
	m.lock("class", false)
	tb.problemIs("")
	tb.join("Ada Brandt")
	m.ban("class", me.ID, time.Now().Add(time.Hour), "Bea", "was loud again")
	tb.problemIs("banned")
	a.audit(tb, "banned")
	tb.close()
}

func (a *auditor) joining(s *server) {
	tb := sit(a.t, s, 0, "newcomer")
	release := tb.pauseProgram()
	tb.visit("/r/standup")
	tb.holds("the page is there", `() => document.readyState === "complete" && document.querySelector("#name-form") !== null`)
	a.audit(tb, "loading")
	release()
	tb.asked()
	a.audit(tb, "dialog")
	tb.submitName(" ")
	tb.holds("the name is refused", `() => document.querySelector("#name-error").textContent !== ""`)
	a.audit(tb, "dialog with an error")
	tb.goTo("/r/empty")
	tb.asked()
	a.audit(tb, "dialog of an empty room")
	tb.join("Ada")
	a.audit(tb, "alone in a room")
	tb.expect(noSuchPage)
	tb.goTo("/no/such/page")
	a.audit(tb, "no such page")
	tb.close()
}

func (a *auditor) inTheRoom(s *server) {
	tb := sit(a.t, s, 1, "member")
	tb.goTo("/r/standup")
	tb.join("Ada Brandt")
	a.audit(tb, "small room")
	tb.click("#rename")
	tb.asked()
	a.audit(tb, "changing the name")
	tb.press(kb.Escape)
	for _, panel := range []struct{ button, state string }{{"#invite", "invitation"}, {"#rooms", "other rooms"}} {
		tb.holds("nothing lies over the page", `() => !document.querySelector("dialog[open]")`)
		tb.click(panel.button)
		tb.holds("the panel is open", `() => document.querySelector("#panel")?.matches(":modal")`)
		a.audit(tb, panel.state)
		tb.press(kb.Escape)
	}
	tb.close()
}

func (a *auditor) inALargeRoom(s *server) {
	crowd(a.t, s, "large", *large)
	tb := sit(a.t, s, 1, "one of many")
	tb.goTo("/r/large")
	tb.asked()
	tb.submitName("Ada")
	tb.connectionIs("live") // the own card is far down
	a.audit(tb, "large room")
	tb.close()
}

func (a *auditor) updating(s *server) {
	proxy := behindProxy(a.t, s)
	tb := sit(a.t, proxy.server, 2, "user of the old version")
	tb.goTo("/r/updating")
	tb.join("Ada")
	tb.workerReady()
	proxy.publishUpdate()
	tb.findUpdate()
	a.audit(tb, "update bar")
	tb.close()
}

func (a *auditor) withoutNetwork(s *server) {
	tb := sit(a.t, s, 0, "traveller")
	tb.goTo("/r/standup")
	tb.join("Ada")
	tb.workerReady()
	tb.expect(unreachable, noSocket)
	s.stop()
	tb.connectionIs("reconnecting")
	a.audit(tb, "reconnecting")
	tb.setOffline(true)
	tb.connectionIs("offline")
	a.audit(tb, "offline")
	tb.goTo("/r/standup")
	tb.connectionIs("offline")
	a.audit(tb, "opened offline")
}

func (a *auditor) theRoll() {
	s, key := startWithAttendance(a.t)
	bot(a.t, s, "standup", "ليلى حداد")
	tb := sit(a.t, s, 0, "host")
	tb.goTo("/r/standup/attendance")
	a.audit(tb, "attendance, before a key")
	tb.openRoll(key)
	tb.expectNames("Zoë\nAda")
	tb.rollHas("ليلى حداد")
	a.audit(tb, "attendance")
	tb.setWidth(360)
	tb.click("#range summary")
	a.audit(tb, "attendance on a phone, another time")
	tb.goTo("/r/standup/attendance?edit")
	a.audit(tb, "who is expected")
	tb.close()
}

func (a *auditor) aHost() {
	s, g := startWithHosts(a.t)
	g.expect(s, "standup", "Zoë", "ليلى حداد")
	tb := sit(a.t, s, 0, "host")
	tb.goTo("/r/standup?token=" + g.token("-sub", "ada", "-name", "Ada", "-role", "host"))
	tb.join("Ada")
	tb.holds("two are missing", `() => document.querySelector("#missing strong")?.textContent === "2 of 2 missing"`)
	a.audit(tb, "a host, who is told who is missing")
	tb.click("#host")
	tb.click("#lock")
	tb.holds("it is locked", isLocked, true)
	other := sit(a.t, s, 1, "who knocks")
	other.goTo("/r/standup?token=" + g.token("-sub", "bo", "-name", "Bo"))
	other.problemIs("locked")
	other.submitName("Bo")
	other.holds("it waits", `() => !!document.querySelector("#stop-knocking")`)
	a.audit(other, "knocking at a locked room")
	tb.holds("somebody knocks", `() => !!document.querySelector("#knocks")`)
	a.audit(tb, "a host, at whose room somebody knocks")
	tb.holds("the button has the focus", `() => { const b = document.querySelector("#knocks .not-now"); b.focus(); return document.activeElement === b }`)
	tb.press(kb.Enter)
	other.holds("it is refused", `() => document.querySelector("#problem p").textContent.startsWith("Not now")`)
	a.audit(other, "refused at a locked room")
	other.close()
	tb.close()
}

// auditor audits pages.
type auditor struct {
	t   *testing.T
	axe string // its source, or ""
}

// finding is the result of axe for one state and theme.
type finding struct {
	Violations []violation
	Incomplete []violation // what axe can't decide
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

// audit checks the page in its present state.
func (a *auditor) audit(tb *tab, state string) {
	a.t.Helper()
	for _, problem := range tb.barriers() {
		a.t.Errorf("%s: %s", state, problem)
	}
	if a.axe == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		tb.settle(theme)
		f := tb.runAxe(a.axe)
		for _, v := range f.Violations {
			a.t.Errorf("%s, %s: axe: %s (%s): %s", state, theme, v.Rule, v.Help, strings.Join(v.Nodes, " "))
		}
		for _, v := range f.Incomplete {
			a.t.Logf("%s, %s: axe can't decide %s: %s", state, theme, v.Rule, strings.Join(v.Nodes, " "))
		}
	}
}

// settle sets the theme and waits until nothing moves.
func (tb *tab) settle(theme string) {
	tb.t.Helper()
	tb.setMedia(theme, "reduce")
	tb.waitStill()
}

// runAxe runs axe in the page. The page's policy forbids a script element.
func (tb *tab) runAxe(source string) (f finding) {
	tb.t.Helper()
	eval[chromedp.Void](tb, "() => { "+source+"\n}")
	return eval[finding](tb, `async () => {
		const found = await axe.run(document, {resultTypes: ["violations", "incomplete"]});
		const brief = (list) => list.map(v => ({rule: v.id, help: v.help, nodes: v.nodes.map(n => n.target.join(" "))}));
		return {violations: brief(found.violations), incomplete: brief(found.incomplete)};
	}`)
}
