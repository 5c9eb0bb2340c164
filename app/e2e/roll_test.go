//go:build !js

package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"rollcall/app/e2e/engines"
	"rollcall/shared/api"
	"rollcall/shared/client"
)

// startWithAttendance starts a server that takes attendance, and returns a key to read it.
func startWithAttendance(t *testing.T) (s *server, key string) {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "keys")
	out, err := exec.Command(binary(t), "key", "-name", "host", "-scopes", "attendance", "-file", keys).Output()
	if err != nil {
		t.Fatal(err)
	}
	return startServer(t, "-attendance", "-database", filepath.Join(t.TempDir(), "rollcall.db"), "-api-keys-file", keys), strings.TrimSpace(string(out))
}

// startWithHosts starts a server that takes attendance and lets in who has a token.
func startWithHosts(t *testing.T) (*server, tokenIssuer) {
	t.Helper()
	g := newTokenIssuer(t)
	return startServer(t, append(g.flags(), "-attendance", "-database", filepath.Join(t.TempDir(), "rollcall.db"))...), g
}

// expect sets who is expected in a room.
func (g tokenIssuer) expect(s *server, room string, names ...string) {
	g.t.Helper()
	var e api.Expected
	for _, name := range names {
		e.People = append(e.People, api.ExpectedPerson{Name: name})
	}
	c := api.Client{Server: s.url("/"), Key: g.token("-sub", "office", "-api", "attendance")}
	if _, err := c.SetExpected(g.t.Context(), room, e); err != nil {
		g.t.Fatal(err)
	}
}

// enter has a bot with a token join a room.
func (g tokenIssuer) enter(s *server, room, name string) {
	g.t.Helper()
	botWith(g.t, s, client.Options{Room: room, Name: name, Token: g.token("-sub", name, "-name", name)})
}

// openRoll gives a key to the page of an attendance, which is open.
func (tb *tab) openRoll(key string) {
	tb.t.Helper()
	tb.click("#key")
	tb.enter(key)
	tb.press(kb.Enter)
	tb.holds("the sheet is there", `() => document.querySelector("#sheet") !== null`)
}

// expectNames pastes a list of names.
func (tb *tab) expectNames(lines string) {
	tb.t.Helper()
	tb.click(`#range a[href*="edit"]`)
	tb.holds("the form is there", `() => document.readyState === "complete" && document.querySelector("#expected") !== null`)
	tb.click("#expected")
	tb.enter(lines)
	tb.click("#list button")
	tb.holds("the sheet is there again", `() => document.readyState === "complete" && document.querySelector("#sheet") !== null`)
}

// rollHas waits until somebody is on the sheet, without waiting for its next refresh.
func (tb *tab) rollHas(name string) {
	tb.t.Helper()
	tb.holds(name+" is on the sheet", `(name) => {
		document.dispatchEvent(new Event("visibilitychange"));
		return [...document.querySelectorAll("#sheet tr[data-id] bdi")].some(e => e.textContent === name);
	}`, name)
}

// selectRow selects a name on the sheet, and focuses a link.
func (tb *tab) selectRow(name string) {
	tb.t.Helper()
	eval[chromedp.Void](tb, `(name) => {
		document.querySelector("#range a[href*=csv]").focus();
		globalThis.selected = [...document.querySelectorAll("#sheet tr[data-id] bdi")].find(e => e.textContent === name);
		getSelection().selectAllChildren(globalThis.selected);
	}`, name)
}

// stillSelected checks that the sheet's changes did not touch what selectRow has selected.
func (tb *tab) stillSelected(name string) {
	tb.t.Helper()
	if !eval[bool](tb, `(name) => globalThis.selected.isConnected && getSelection().toString() === name && document.activeElement.textContent === "CSV"`, name) {
		tb.t.Errorf("the row of %s, its selection or the focus was lost", name)
	}
}

// Who has a key sees who is there, also as they come, and nothing else of the page moves.
// Nothing of the key stays in the browser.
func TestTheRoll(t *testing.T) {
	t.Parallel()
	s, key := startWithAttendance(t)
	bot(t, s, "standup", "Grace <b>Hopper</b>")
	tb := sit(t, s, 0, "host")
	tb.expect("status of 403", "DocumentCookie")
	tb.goTo("/r/standup/attendance?day=today")
	tb.click("#key")
	tb.enter(key + "x")
	tb.press(kb.Enter)
	tb.holds("a wrong key is refused", `() => document.querySelector("#problem")?.textContent !== "" && !document.querySelector("#sheet")`)
	tb.openRoll(key)
	tb.rollHas("Grace <b>Hopper</b>")
	if kept := eval[string](tb, `() => location.href + document.cookie + Object.values(localStorage).join() + document.documentElement.outerHTML`); strings.Contains(kept, key) || strings.Contains(kept, "rollcall-attendance") {
		t.Errorf("the page has the key or the cookie: %s", kept)
	}
	tb.holds("times are in the zone of the browser", `() => document.querySelector(".when bdi").textContent === Intl.DateTimeFormat().resolvedOptions().timeZone`)

	tb.selectRow("Grace <b>Hopper</b>")
	bot(t, s, "standup", "Ada")
	tb.rollHas("Ada")
	tb.stillSelected("Grace <b>Hopper</b>")

	tb.expectNames("ADA\nZoë\nGrace <b>Hopper</b>")
	tb.holds("one is missing, first of all", `() => document.querySelector("[data-figure=absent] dd").textContent === "1 of 3" && document.querySelector("#sheet tr[data-id]").dataset.status === "absent"`)
	tb.selectRow("Ada")
	bot(t, s, "standup", "Zoë")
	tb.holds("nobody is missing", `() => {
		document.dispatchEvent(new Event("visibilitychange"));
		return [...document.querySelectorAll("#sheet tr[data-id] bdi")].map(e => e.textContent).join() === "Grace <b>Hopper</b>,Ada,Zoë";
	}`)
	tb.stillSelected("Ada")
	if pdf := call(tb, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)}).Data; strings.Count(string(pdf), "/Type /Page\n") != 1 {
		t.Error("three people are not printed on one page")
	}
	tb.click(".brand button")
	tb.holds("it is closed", `() => document.querySelector("#key") !== null`)
	tb.goTo("/r/standup/attendance")
	if !eval[bool](tb, `() => document.querySelector("#key") !== null`) {
		t.Error("it is open after signing out")
	}
	tb.close()
}

// isMissing is whether the page tells a host who is missing, in so many words.
const isMissing = `(text) => document.querySelector("#missing")?.textContent.replace(/[\u2068\u2069]/g, "").trim() === text`

// rollIsOpen is whether the browser has a cookie that opens the page of an attendance.
const rollIsOpen = `async () => (await (await fetch("/r/standup/attendance")).text()).includes('id="sheet"')`

// A host in the room sees who is missing, also as they come, and gets to the page without a
// key. A guest's page does not ask.
func TestAHostSeesWhoIsMissing(t *testing.T) {
	t.Parallel()
	s, g := startWithHosts(t)
	host := sit(t, s, 0, "host")
	host.goTo("/r/standup?token=" + g.token("-sub", "host", "-name", "Ada", "-role", "host"))
	host.join("Ada")
	host.holds("there is a link", isMissing, "Attendance")
	g.expect(s, "standup", "ada", "Bo", "Zoë")

	guest := sit(t, s, 1, "guest")
	guest.goTo("/r/standup?token=" + g.token("-sub", "bo", "-name", "Bo"))
	guest.join("Bo")
	guest.sees("Ada", "Bo")
	host.holds("Zoë is missing", isMissing, "Attendance 1 of 3 missing Zoë")
	g.enter(s, "standup", "Zoë")
	host.holds("nobody is missing", isMissing, "Attendance 0 of 3 missing")
	if eval[bool](guest, `() => document.querySelector("#missing") !== null || performance.getEntriesByType("resource").some(e => e.name.includes("attendance"))`) {
		t.Error("a guest's page asks who is missing, or tells it")
	}
	if eval[bool](host, rollIsOpen) {
		t.Error("the page of the attendance is open before it is asked for")
	}
	host.click("#missing a")
	host.holds("the page is open", rollIsOpen)
	if eval[bool](host, `() => performance.getEntriesByType("resource").some(e => e.name.includes("token")) || document.documentElement.outerHTML.includes("eyJ")`) {
		t.Error("the token is in an address, or in the page")
	}
	host.inRoom()
}

// The roll, and how a host gets there, in any engine.
func rollOpens(t *testing.T, b engines.Browser) {
	s, g := startWithHosts(t)
	g.expect(s, "standup", "Ada", "Zoë")
	token := g.token("-sub", "host", "-name", "Ada", "-role", "host")
	host := visit(t, b, s, "host")
	host.goTo("/r/standup?token=" + token)
	host.join("Ada")
	host.holds("Zoë is missing", isMissing, "Attendance 1 of 2 missing Zoë")
	host.goTo("/r/standup/attendance#own") // what the link has; it opens another tab, which would hide this one
	const rows = `(names) => {
		document.dispatchEvent(new Event("visibilitychange"));
		return [...document.querySelectorAll("#sheet tr[data-id] bdi")].map(e => e.textContent).join() === names;
	}`
	host.holds("one is missing, first of all", rows, "Zoë,Ada")
	g.enter(s, "standup", "Zoë")
	host.holds("Zoë has come, without a reload", rows, "Ada,Zoë")
	host.click(".brand button")
	host.holds("it is closed", `() => document.querySelector("#key") !== null`)
	host.enter("#key", token)
	host.press(engines.Enter)
	host.holds("it is open again", rows, "Ada,Zoë")
	host.holds("times are in the zone of the browser", `() => document.querySelector(".when bdi").textContent === Intl.DateTimeFormat().resolvedOptions().timeZone`)
	host.click(".brand button")
	host.holds("it is closed again", `() => document.querySelector("#key") !== null`)
	host.goTo("/r/standup")
	host.inRoom()
	host.click("#missing a")
	host.holds("the link opens it", rollIsOpen)
	host.close()
}

// Without a script the page shows the same.
func TestTheRollWithoutAScript(t *testing.T) {
	t.Parallel()
	s, key := startWithAttendance(t)
	bot(t, s, "standup", "Grace")
	tb := sit(t, s, 1, "reader")
	call(tb, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	tb.goTo("/r/standup/attendance")
	tb.openRoll(key)
	tb.until("Grace is there", func() error {
		tb.reload()
		return isTrue(try[bool](tb, `() => document.querySelector("#sheet tr[data-id] bdi")?.textContent === "Grace"`))
	})
	if !eval[bool](tb, `() => document.querySelector(".when bdi").textContent === "UTC" && document.querySelector(".fresh a").getAttribute("href").startsWith("?")`) {
		t.Error("it does not say that times are in UTC, or has no link")
	}
	tb.expectNames("Zoë")
	tb.holds("Zoë is missing", `() => document.querySelector("#sheet tr[data-id] bdi").textContent === "Zoë"`)
	tb.close()
}

// A report may take longer than the worker waits for a room's page, and is no room.
func TestTheWorkerLeavesTheRollAlone(t *testing.T) {
	t.Parallel()
	s, _ := startWithAttendance(t)
	tb := sit(t, s, 2, "traveller")
	tb.goTo("/r/standup")
	tb.join("Ada")
	tb.workerReady()
	tb.expect(unreachable, noSocket)
	s.stop()
	tb.visit("/r/standup/attendance")
	tb.holds("the browser says that there is no network", `() => location.protocol === "chrome-error:"`)
	tb.close()
}
