//go:build !js

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// offered waits until a new version is offered.
func (tb *tab) offered() {
	tb.t.Helper()
	tb.holds("a new version is offered", `() => document.querySelector("#update") !== null`)
}

// A new version is announced when the connection comes back, does nothing by
// itself, and a reload keeps what was typed.
func TestUpdateIsOffered(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	front := behindFront(t, s)
	crowd(t, s, "standup", 25)
	tb := sit(t, front.server, 0, "reader")
	tb.goTo("/r/standup")
	tb.join("Ann")
	tb.equipped()
	tb.click("#search")
	tb.press("Person 1")
	tb.expect(unreachable, noSocket, `status of 502`)
	eval[chromedp.Void](tb, `() => { globalThis.sameDocument = true }`)
	front.release()
	s.stop()
	tb.shows("reconnecting")
	s.start()
	tb.shows("live")
	tb.offered()
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
	front := behindFront(t, s)
	crowd(t, s, "standup", 25)
	tb := sit(t, front.server, 0, "typist")
	tb.goTo("/r/standup")
	tb.join("Ann")
	tb.equipped()
	tb.click("#search")
	tb.press("Person 1")
	front.release()
	eval[chromedp.Void](tb, checkForUpdate)
	tb.offered()
	tb.click("#reload")
	tb.holds("the page is another one, and holds what was typed", `() => document.querySelector("#update") === null
		&& document.querySelector("#connection").dataset.state === "live" && document.querySelector("#search")?.value === "Person 1"`)
	tb.holds("and it is searched for", `() => [...document.querySelectorAll("#people .name")].every(n => n.textContent.startsWith("Person 1"))`)
}

// A page that came from the network is of the new version already, when its
// worker is still the old one's.
func TestNoUpdateToWhatIsThere(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	front := behindFront(t, s)
	front.release() // of the worker alone
	tb := sit(t, front.server, 0, "early")
	tb.goTo("/")
	tb.asked()
	tb.equipped()
	front.takeBack()
	tb.goTo("/")
	tb.join("Ann")
	eval[chromedp.Void](tb, checkForUpdate)
	tb.holds("the worker is the page's", `async () => {
		const names = await caches.keys();
		return names.length === 1 && !names[0].endsWith("-newer");
	}`)
	tb.holds("it has taken over", `async () => (await navigator.serviceWorker.getRegistration()).active.state === "activated"`)
	eval[chromedp.Void](tb, `() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`)
	if eval[bool](tb, `() => document.querySelector("#update") !== null`) {
		t.Error("the version that is there is offered")
	}
}

const checkForUpdate = `async () => { await (await navigator.serviceWorker.getRegistration()).update() }`

// pretend runs a script in every document of the tab before anything of the page.
func (tb *tab) pretend(script string) {
	tb.t.Helper()
	call(tb, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// The install button is there when the browser offers to install, and asks the
// browser to.
func TestInstallButton(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "buyer")
	tb.goTo("/")
	tb.join("Ann")
	if eval[bool](tb, `() => document.querySelector("#install") !== null`) {
		t.Error("there is a button before the browser offers anything")
	}
	// A private profile is never offered it, so the offer is as the browser makes it.
	eval[chromedp.Void](tb, `() => {
		const offer = new Event("beforeinstallprompt", {cancelable: true});
		offer.prompt = () => { globalThis.prompted = true; return Promise.resolve({outcome: "accepted"}) };
		offer.userChoice = Promise.resolve({outcome: "accepted"});
		window.dispatchEvent(offer);
	}`)
	tb.click("#install")
	tb.holds("the browser is asked", `() => globalThis.prompted === true && document.querySelector("#install") === null`)
}

// On an iPhone the person has to do it, and is told how.
func TestInstallHint(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "phone")
	tb.pretend(`Object.defineProperty(navigator, "userAgent", {value:
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"})`)
	tb.goTo("/")
	tb.join("Ann")
	tb.click("#install")
	tb.holds("the way is told", `() => document.querySelector("#install-hint").textContent.includes("Add to Home Screen")`)
}

// The icon of the installed app says how many are there, while that is known.
func TestBadge(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "installed")
	tb.pretend(`globalThis.badge = "untouched"; navigator.setAppBadge = (n) => { globalThis.badge = n; return Promise.resolve() }`)
	tb.goTo("/")
	tb.join("Ann")
	tb.holds("it says one", `() => globalThis.badge === 1`)
	robot(t, s, "lobby", "Bob")
	tb.holds("it says two", `() => globalThis.badge === 2`)
	tb.click("#leave")
	tb.asked()
	tb.holds("it says nothing any more", `() => globalThis.badge === 0`)
}

// A shortcut of the app goes straight to the choice of a room.
func TestShortcutToRooms(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "traveller")
	tb.goTo("/#rooms")
	tb.holds("a room is asked for", `() => document.querySelector("#panel #room-field") !== null && document.querySelector("#panel").matches(":modal")`)
}
