//go:build !js

package e2e

import (
	"strings"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// grant lets the tab's profile do what its person would be asked about.
func (tb *tab) grant(permissions ...string) {
	tb.t.Helper()
	for _, name := range permissions {
		_, err := chromedp.CallBrowser(tb.ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
			Permission: &cdpbrowser.PermissionDescriptor{Name: name}, Setting: cdpbrowser.PermissionSettingGranted,
			Origin: tb.server.url(""), BrowserContextID: tb.profile.id,
		})
		if err != nil {
			tb.fatalf("granting %s: %v", name, err)
		}
	}
}

// An invitation is the address: as a link to copy, as a QR code, and on the
// device's own sheet where it has one.
func TestInvite(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := meet(t, s, "/r/standup", "Ann")[0]
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
}

// Another room is a name away, written as people write, and rooms that were
// visited are a click away.
func TestOtherRooms(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	robot(t, s, "stand-up-2", "Early")
	tb := meet(t, s, "/", "Ann")[0]
	tb.click("#rooms")
	tb.holds("nothing was visited yet", `() => !document.querySelector(".recent")`)
	tb.click("#room-field")
	tb.enter("café")
	tb.press("\r")
	tb.holds("no room has that name", `() => document.querySelector("#room-error").textContent.includes("a to z")`)
	tb.enter("Stand up_2")
	tb.press("\r")
	tb.holds("that room's page is served", `() => location.pathname === "/r/stand-up-2"`)
	if name := tb.asked(); name != "Ann" {
		t.Errorf("there the name %q is offered", name)
	}
	tb.holds("one knows what one joins", `() => document.querySelector("#name-hint").textContent === "1 person is here"`)
	tb.join("Ann")
	tb.sees("Ann", "Early")
	tb.click("#rooms")
	tb.click(".recent a[href='/']")
	tb.holds("back in the lobby", `() => location.pathname === "/"`)
	tb.asked()
}

// countShown counts the notifications that the browser has shown. Chromium forgets one
// that is asked for while it is on its way there, so that nobody may look before.
const countShown = `() => {
	window.shown = 0;
	const show = ServiceWorkerRegistration.prototype.showNotification;
	ServiceWorkerRegistration.prototype.showNotification = async function (...args) { await show.apply(this, args); shown++ };
}`

// Who wants to is told of arrivals while the page is hidden, and only then.
func TestNotification(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := meet(t, s, "/", "Ann")[0]
	tb.grant("notifications")
	tb.equipped()
	eval[any](tb, countShown)
	notes := func() string {
		return strings.Join(eval[[]string](tb, `async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(n => n.title + "/" + n.silent)`), ", ")
	}
	tb.turn("hidden")
	robot(t, s, "lobby", "Unasked")
	tb.holds("the arrival is said in the page", `() => document.querySelector("#news").textContent.includes("Unasked")`)
	tb.turn("visible")
	tb.click("#notify")
	tb.holds("the choice is shown", `() => document.querySelector("#notify").ariaPressed === "true"`)
	robot(t, s, "lobby", "Seen")
	tb.holds("the arrival is said in the page", `() => document.querySelector("#news").textContent.includes("Seen")`)
	if got := notes(); got != "" {
		t.Errorf("shown before it was wanted, or to one who looks: %s", got)
	}
	tb.turn("hidden")
	robot(t, s, "lobby", "Wanted")
	tb.holds("a notification is shown", `() => window.shown === 1`)
	tb.holds("it is of the arrival", `async () => (await (await navigator.serviceWorker.ready).getNotifications()).some(n => n.title.includes("Wanted") && n.silent && n.data.path === "/")`)
	tb.reload()
	tb.holds("the choice is kept", `() => document.querySelector("#notify").ariaPressed === "true"`)
	tb.holds("the page is live again", `() => document.querySelector("#connection").dataset.state === "live"`) // until then the sheet may move under the pointer
	tb.click("#notify")
	tb.holds("and taken back", `() => document.querySelector("#notify").ariaPressed === "false"`)
}
