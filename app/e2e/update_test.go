//go:build !js

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// updateOffered waits until a new version is offered.
func (tb *tab) updateOffered() {
	tb.t.Helper()
	tb.holds("a new version is offered", updateIsOffered)
}

// findUpdate looks for a new version until one is offered. A look that begins while another
// is under way gets the other's result, which may be from before there was a new version.
func (tb *tab) findUpdate() {
	tb.t.Helper()
	tb.until("a new version is found", func() error {
		if _, err := try[chromedp.Void](tb, checkForUpdate); err != nil {
			return err
		}
		return isTrue(try[bool](tb, updateIsOffered))
	})
}

const updateIsOffered = `() => document.querySelector("#update") !== null`

// A new version is offered when the connection is back. The page does not reload by
// itself, and the offer can be put off.
func TestUpdateIsOffered(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	proxy := behindProxy(t, s)
	crowd(t, s, "standup", 25)
	tb := sit(t, proxy.server, 0, "reader")
	tb.goTo("/r/standup")
	tb.join("Ann")
	tb.workerReady()
	tb.click("#search")
	tb.press("Person 1")
	tb.expect(unreachable, noSocket, `status of 502`)
	eval[chromedp.Void](tb, `() => { globalThis.sameDocument = true }`)
	proxy.publishUpdate()
	s.stop()
	tb.connectionIs("reconnecting")
	s.start()
	tb.connectionIs("live")
	tb.updateOffered()
	if same := eval[bool](tb, `() => globalThis.sameDocument && document.querySelector("#search").value === "Person 1"`); !same {
		t.Error("the page has reloaded by itself")
	}
	tb.click("#later")
	tb.holds("later is an answer", `() => document.querySelector("#update") === null`)
}

// A reload for a new version keeps what was typed.
func TestUpdateKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	proxy := behindProxy(t, s)
	crowd(t, s, "standup", 25)
	tb := sit(t, proxy.server, 0, "typist")
	tb.goTo("/r/standup")
	tb.join("Ann")
	tb.workerReady()
	tb.click("#search")
	tb.press("Person 1")
	proxy.publishUpdate()
	tb.findUpdate()
	tb.click("#reload")
	tb.holds("the page is another one, and holds what was typed", `() => document.querySelector("#update") === null
		&& document.querySelector("#connection").dataset.state === "live" && document.querySelector("#search")?.value === "Person 1"`)
	tb.holds("and it is searched for", `() => [...document.querySelectorAll("#people .name")].every(n => n.textContent.includes("1"))`)
}

// A page from the network is of the new version already, although its worker is still
// the old one, so none is offered.
func TestNoUpdateToWhatIsThere(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	proxy := behindProxy(t, s)
	proxy.raiseLimits()
	proxy.publishUpdate() // of the worker alone
	tb := sit(t, proxy.server, 0, "early")
	tb.goTo("/")
	tb.asked()
	tb.workerReady()
	proxy.withdrawUpdate()
	tb.goTo("/")
	tb.join("Ann")
	eval[chromedp.Void](tb, checkForUpdate)
	tb.holds("the worker is the page's", `async () => {
		const names = await caches.keys();
		return names.length === 1 && !names[0].endsWith("-newer");
	}`)
	tb.holds("it has taken over", `async () => (await navigator.serviceWorker.getRegistration()).active.state === "activated"`)
	eval[chromedp.Void](tb, `() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`)
	if eval[bool](tb, updateIsOffered) {
		t.Error("the version that is there is offered")
	}
}

const checkForUpdate = `async () => { await (await navigator.serviceWorker.getRegistration()).update() }`

// injectScript runs a script in every new document of the tab before the page's own.
func (tb *tab) injectScript(script string) {
	tb.t.Helper()
	call(tb, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// The install button appears when the browser offers the installation, and opens the
// browser's prompt.
func TestInstallButton(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "buyer")
	tb.goTo("/")
	tb.join("Ann")
	if eval[bool](tb, `() => document.querySelector("#install") !== null`) {
		t.Error("there is a button before the browser offers anything")
	}
	// A private profile is never offered it, so the test makes the event.
	eval[chromedp.Void](tb, `() => {
		const offer = new Event("beforeinstallprompt", {cancelable: true});
		offer.prompt = () => { globalThis.prompted = true; return Promise.resolve({outcome: "accepted"}) };
		offer.userChoice = Promise.resolve({outcome: "accepted"});
		window.dispatchEvent(offer);
	}`)
	tb.click("#install")
	tb.holds("the browser is asked", `() => globalThis.prompted === true && document.querySelector("#install") === null`)
}

// On an iPhone the page explains the manual way.
func TestInstallHint(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "phone")
	tb.injectScript(`Object.defineProperty(navigator, "userAgent", {value:
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"})`)
	tb.goTo("/")
	tb.join("Ann")
	tb.click("#install")
	tb.holds("the way is told", `() => document.querySelector("#install-hint").textContent.includes("Add to Home Screen")`)
}

// The icon of the installed app shows the number of members while it is known.
func TestBadge(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "installed")
	tb.injectScript(`globalThis.badge = "untouched"; navigator.setAppBadge = (n) => { globalThis.badge = n; return Promise.resolve() }`)
	tb.goTo("/")
	tb.join("Ann")
	tb.holds("it says one", `() => globalThis.badge === 1`)
	bot(t, s, "lobby", "Bob")
	tb.holds("it says two", `() => globalThis.badge === 2`)
	tb.click("#leave")
	tb.asked()
	tb.holds("it says nothing any more", `() => globalThis.badge === 0`)
}

// The app's shortcut opens the rooms panel.
func TestShortcutToRooms(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "traveller")
	tb.goTo("/#rooms")
	tb.holds("a room is asked for", `() => document.querySelector("#panel #room-field") !== null && document.querySelector("#panel").matches(":modal")`)
}
