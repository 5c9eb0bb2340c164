//go:build !js

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// seesBeforeJoining waits until the page asks for a name, shows these members, their
// number and the hint, and is not live.
func (tb *tab) seesBeforeJoining(hint string, names ...string) {
	tb.t.Helper()
	slices.Sort(names)
	tb.until(fmt.Sprintf("it asks who wants to join %q", names), func() error {
		people, err := tb.people()
		if err != nil {
			return err
		}
		if got := namesOf(people); !slices.Equal(got, names) {
			return fmt.Errorf("the people are %q", got)
		}
		said, err := try[[]string](tb, `() => ["#count", "#name-hint", "#connection"].map(s => document.querySelector(s).textContent.replace(/[\u2068\u2069]/g, ""))`)
		if err == nil && (said[0] != fmt.Sprint(len(names)) || said[1] != hint || said[2] != "Not joined") {
			err = fmt.Errorf("it says %q", said)
		}
		return err
	})
}

// Before joining, and after leaving, the page stays up to date, or is marked as
// outdated.
func TestBeforeJoiningThePageGoesOnToBeTrue(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	tb := sit(t, s, 0, "undecided")
	tb.goTo("/")
	tb.seesBeforeJoining("Nobody is here yet. You will be the first.")
	if n := eval[int](tb, `() => document.querySelector(".page").innerText.split("Nobody").length - 1`); n != 1 {
		t.Errorf("that is said %d times", n)
	}
	bob := bot(t, s, "lobby", "Bob")
	tb.seesBeforeJoining("Bob is here", "Bob")
	tb.join("Ann")
	tb.sees("Ann", "Bob")
	tb.click("#leave")
	tb.seesBeforeJoining("Bob is here", "Bob")
	bot(t, s, "lobby", "Cleo")
	tb.seesBeforeJoining("Bob and Cleo are here", "Bob", "Cleo")
	_ = bob.Leave(t.Context())
	tb.seesBeforeJoining("Cleo is here", "Cleo")

	tb.expect(unreachable)
	s.kill()
	tb.problemIs("network")
	tb.seesStale("Cleo")
	tb.holds("the form says of when that is", `() => /\(as of .*\d/.test(document.querySelector("#name-hint").textContent)`)
	tb.holds("it offers to look again", offersRetry)
	s.start()
	tb.clickUnlessGone("#look")
	tb.seesBeforeJoining("Cleo is here", "Cleo") // who has come back by herself
	tb.problemIs("")
}

// offersRetry reports whether the button that polls at once is there. The page also
// polls by itself, some seconds later.
const offersRetry = `() => document.querySelector("#look") !== null`

// problemIs waits until the page shows a problem, and a visible text about it; "" is
// none.
func (tb *tab) problemIs(name string) {
	tb.t.Helper()
	tb.until("the problem is "+name, func() error {
		got, err := try[string](tb, `() => {
			const place = document.querySelector("#problem"), name = place.dataset.problem ?? "";
			const box = place.getBoundingClientRect();
			const top = document.elementFromPoint(box.x + 20, box.y + box.height / 2);
			if (name === "") return place.textContent;
			return place.textContent.length > 30 && (top === place || place.contains(top)) ? name : name + ", unseen";
		}`)
		if err == nil && got != name {
			err = fmt.Errorf("it is %q", got)
		}
		return err
	})
}

// Where WebSockets fail although the server answers, the page says so, and marks the
// list as outdated. Later the network lets them pass.
func TestBlockedWebSocket(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Bob")
	tb := sit(t, s, 0, "behind a proxy")
	tb.injectScript(`{
		const Real = WebSocket;
		globalThis.blocked = true;
		globalThis.WebSocket = class extends Real {
			constructor(url, ...rest) { super(globalThis.blocked ? url.replace("/ws", "/nowhere") : url, ...rest); }
		};
	}`)
	tb.expect(noSocket, noSuchPage)
	tb.goTo("/")
	tb.asked()
	tb.submitName("Ann")
	tb.connectionIs("reconnecting")
	tb.problemIs("blocked")
	tb.seesStale("Bob")
	tb.holds("nobody is called the first", `() => !document.querySelector(".more").textContent.includes("first")`)
	// Not before the click: the page retries by itself, too, and the button goes when it
	// is live.
	eval[any](tb, `() => addEventListener("click", (e) => { if (e.target.closest("#retry")) blocked = false }, {capture: true})`)
	tb.click("#retry")
	tb.sees("Ann", "Bob")
	tb.problemIs("")
}

// In a browser without WebSockets the page says so, and goes on to show who is here.
func TestWithoutWebSocket(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "without")
	tb.injectScript(`delete globalThis.WebSocket`)
	tb.goTo("/")
	tb.asked()
	tb.submitName("Ann")
	tb.problemIs("blocked")
	bot(t, s, "lobby", "Bob")
	tb.seesBeforeJoining("Bob is here", "Bob")
}

// Opened by the worker while the browser reports a network, the page says that the
// server does not answer, and becomes live when it does.
func TestShellWhileTheBrowserIsOnline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "ann")
	tb.goTo("/")
	tb.join("Ann")
	tb.workerReady()
	tb.expect(unreachable, noSocket)
	s.stop()
	tb.goTo("/r/never-seen")
	tb.asked()
	if !eval[bool](tb, `() => navigator.onLine`) {
		t.Fatal("the browser knows that there is no network")
	}
	tb.connectionIs("offline")
	tb.problemIs("network")
	tb.holds("it offers to look again", offersRetry)
	s.start()
	tb.clickUnlessGone("#look")
	tb.seesBeforeJoining("Nobody is here yet. You will be the first.")
	tb.problemIs("")
	tb.submitName("Ann")
	tb.sees("Ann")
}

// A program that can't run is reported in the page's language, with a button to try
// again, which helps once the cause is gone.
func TestTheProgramDoesNotRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, script, problem, trouble string }{
		{"without WebAssembly", `delete globalThis.WebAssembly`, "no-wasm", "loading wasm failed|no WebAssembly"},
		{"forbidden WebAssembly", `for (const f of ["compile", "compileStreaming", "instantiate"]) WebAssembly[f] = () => Promise.reject(new Error("forbidden")); delete globalThis.Worker`, "program", "loading wasm failed"},
		{"no such program", `{ const real = fetch; globalThis.fetch = (url, ...rest) => real(String(url).replace(".wasm", ".lost"), ...rest); delete globalThis.Worker; }`, "program", "loading wasm failed|" + noSuchPage},
		{"a program that ends", `{ let go; Object.defineProperty(globalThis, "Go", {get: () => go, set: (real) => { go = class extends real { async run() {} } }}); }`, "program", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startServer(t)
			tb := sit(t, s, 0, c.name)
			if c.trouble != "" {
				tb.expect(c.trouble)
			}
			tb.injectScript(`if (!sessionStorage.mended) {` + c.script + `}`)
			tb.goTo("/")
			tb.problemIs(c.problem)
			eval[any](tb, `() => { sessionStorage.mended = "yes" }`)
			tb.click("#problem button")
			tb.until("the page is loaded again", func() error {
				problem, err := try[string](tb, `() => document.querySelector("#problem").dataset.problem ?? ""`)
				if err == nil && problem != "" {
					err = errors.New(problem)
				}
				return err
			})
			tb.join("Ann")
		})
	}
}

// The page works although a proxy changes or removes the program's content type.
func TestWrongTypeOfTheProgram(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "ann")
	tb.injectScript(`delete globalThis.Worker; WebAssembly.compileStreaming = () => Promise.reject(new TypeError("Incorrect response MIME type"))`)
	tb.goTo("/")
	tb.join("Ann")
	tb.sees("Ann")
}
