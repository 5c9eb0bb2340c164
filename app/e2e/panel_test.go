//go:build !js

package e2e

import (
	"strings"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// grant gives the tab's profile permissions that a user would be asked for.
func (tb *tab) grant(permissions ...string) {
	tb.t.Helper()
	for _, name := range permissions {
		tb.setPermission(name, cdpbrowser.PermissionSettingGranted)
	}
}

func (tb *tab) setPermission(name string, setting cdpbrowser.PermissionSetting) {
	tb.t.Helper()
	_, err := chromedp.CallBrowser(tb.ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: name}, Setting: setting,
		Origin: tb.server.url(""), BrowserContextID: tb.profile.id,
	})
	if err != nil {
		tb.fatalf("setting %s to %s: %v", name, setting, err)
	}
}

// The invitation has the address as a link to copy, as a QR code, and for the system's
// share sheet if there is one.
func TestInvite(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := joinAll(t, s, "/r/standup", "Ann")[0]
	tb.grant("clipboard-read", "clipboard-write")
	tb.click("#invite")
	tb.holds("the address is there, and as a picture", `() =>
		document.querySelector("#room-address").value === location.href &&
		document.querySelector("#panel .qr svg path").getAttribute("d").length > 1000`)
	tb.holds("without a sheet nothing offers one", `() => "share" in navigator || !document.querySelector("#share")`)
	tb.click("#copy")
	tb.holds("it is copied, and said", `() => document.querySelector("#panel [role=status]").textContent === "Copied"`)
	if got := eval[string](tb, `() => navigator.clipboard.readText()`); got != s.url("/r/standup") {
		t.Errorf("copied is %q", got)
	}
	tb.press("\x1b") // Escape
	tb.holds("it closes, and the focus is back", `() => !document.querySelector("#panel") && document.activeElement.id === "invite"`)
	eval[any](tb, `() => { Object.defineProperty(navigator, "share", {value: (data) => { window.shared = data; return Promise.resolve() }}) }`)
	tb.click("#invite")
	tb.click("#share")
	tb.holds("the sheet has the address", `() => window.shared.url === location.href && window.shared.title.includes("standup")`)
	eval[any](tb, `() => { navigator.clipboard.writeText = async () => { throw new Error("no") } }`)
	tb.click("#copy")
	tb.holds("where the browser refuses to copy, that is said, and the address is selected", `() => {
		const field = document.querySelector("#room-address"), news = document.querySelector("#panel [role=status]");
		return news.textContent.includes("does not allow") && news.getBoundingClientRect().height > 10 &&
			document.activeElement === field && field.selectionEnd === field.value.length;
	}`)
}

// The rooms panel opens a room by its name, also as people would write it, and lists the
// rooms that were visited.
func TestOtherRooms(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "stand-up-2", "Early")
	tb := joinAll(t, s, "/", "Ann")[0]
	tb.click("#rooms")
	tb.holds("nothing was visited yet", `() => !document.querySelector(".recent")`)
	tb.click("#room-field")
	tb.enter(" ")
	tb.press("\r")
	tb.holds("a room has a name", `() => document.querySelector("#room-error").textContent.startsWith("Type a name")`)
	tb.enter("Stand up_2")
	tb.press("\r")
	tb.holds("that room's page is served", `() => location.pathname === "/r/stand-up-2"`)
	if name := tb.asked(); name != "Ann" {
		t.Errorf("there the name %q is offered", name)
	}
	tb.holds("one knows what one joins", `() => document.querySelector("#name-hint").textContent.endsWith(" is here")`)
	tb.join("Ann")
	tb.sees("Ann", "Early")
	tb.click("#rooms")
	tb.click(".recent a[href='/']")
	tb.holds("back in the lobby", `() => location.pathname === "/"`)
	tb.asked()
}

// countShown counts the notifications that the browser has shown. Chromium drops a
// notification that is queried on its way there, so the test must not query earlier.
const countShown = `() => {
	window.shown = 0;
	const show = ServiceWorkerRegistration.prototype.showNotification;
	ServiceWorkerRegistration.prototype.showNotification = async function (...args) { await show.apply(this, args); shown++ };
}`

// The bell says whether arrivals are notified, and why not: the browser was not asked yet,
// or refuses, or the user does not want it. What a press has done is said below it.
func TestBell(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "ann")
	tb.setPermission("notifications", cdpbrowser.PermissionSettingPrompt)
	tb.goTo("/")
	tb.asked()
	says := func(state string, struck bool) {
		t.Helper()
		tb.holds("the bell says "+state, `(state, struck) => {
			const bell = document.querySelector("#notify");
			return bell.title.includes(state) && bell.ariaLabel === bell.title &&
				(getComputedStyle(bell.querySelector("path:last-child")).visibility === "visible") === struck;
		}`, state, struck)
	}
	told := func(what string) {
		t.Helper()
		tb.holds("what the press has done is seen, and announced", `(what) => {
			const tip = document.querySelector("#notify-news"), box = tip.getBoundingClientRect();
			return tip.textContent.includes(what) && document.querySelector("#news").textContent.includes(what) &&
				box.left >= 0 && box.right <= innerWidth && document.elementFromPoint(box.x + 20, box.y + 10) === tip;
		}`, what)
	}
	says("not yet", false)
	tb.setPermission("notifications", cdpbrowser.PermissionSettingDenied)
	tb.click("#notify")
	says("blocks notifications", true)
	told("blocks notifications")
	tb.grant("notifications")
	tb.setVisibility("hidden")
	tb.setVisibility("visible")
	says("(off)", true)
	tb.click("#notify")
	says("(on)", false)
	told("(on)")
	tb.click("#notify")
	says("(off)", true)
	told("(off)")
	tb.holds("it is not said for ever", `() => !document.querySelector("#notify-news")`)
}

// Users who asked for it are notified of arrivals while the page is hidden, and only
// then.
func TestNotification(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := joinAll(t, s, "/", "Ann")[0]
	tb.grant("notifications")
	tb.workerReady()
	eval[any](tb, countShown)
	notes := func() string {
		return strings.Join(eval[[]string](tb, `async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(n => n.title + "/" + n.silent)`), ", ")
	}
	tb.setVisibility("hidden")
	bot(t, s, "lobby", "Unasked")
	tb.holds("the arrival is said in the page", `() => document.querySelector("#news").textContent.includes("Unasked")`)
	tb.setVisibility("visible")
	tb.click("#notify")
	tb.holds("the choice is shown", `() => document.querySelector("#notify").ariaPressed === "true"`)
	bot(t, s, "lobby", "Seen")
	tb.holds("the arrival is said in the page", `() => document.querySelector("#news").textContent.includes("Seen")`)
	if got := notes(); got != "" {
		t.Errorf("shown before it was wanted, or to one who looks: %s", got)
	}
	tb.setVisibility("hidden")
	bot(t, s, "lobby", "Wanted")
	tb.holds("a notification is shown", `() => window.shown === 1`)
	tb.holds("it is of the arrival", `async () => (await (await navigator.serviceWorker.ready).getNotifications()).some(n => n.title.includes("Wanted") && n.silent && n.data.path === "/")`)
	tb.reload()
	tb.holds("the choice is kept", `() => document.querySelector("#notify").ariaPressed === "true"`)
	tb.holds("the page is live again", `() => document.querySelector("#connection").dataset.state === "live"`) // until then the list may move under the pointer
	tb.click("#notify")
	tb.holds("and taken back", `() => document.querySelector("#notify").ariaPressed === "false"`)
}
