//go:build js

package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// fakeFetch replaces the browser's fetch by a script, and counts the calls in
// globalThis.asked.
func fakeFetch(t *testing.T, script string) {
	real := app.Window().Get("fetch")
	t.Cleanup(func() { app.Window().Set("fetch", real) })
	app.Window().Set("asked", 0)
	app.Window().Call("eval", `fetch = (...args) => { asked++; `+script+` }`)
}

func fetchCount() int { return app.Window().Get("asked").Int() }

func problemShown() string {
	if problem := byID("problem").Get("dataset").Get("problem"); problem.Truthy() {
		return problem.String()
	}
	return ""
}

// There is one request at a time, and a hidden page does not poll.
func TestOnePollAtATime(t *testing.T) {
	fakeFetch(t, `return new Promise(() => {})`)
	prepare(t)
	r := start(t)
	look := func() { r.onUI(r.page.poll) }
	for range 20 {
		look()
	}
	if n := fetchCount(); n != 1 {
		t.Errorf("the server is asked %d times at once", n)
	}
	r.onUI(func() { r.page.server.polling = false })
	showAs(t, "hidden")
	look()
	if n := fetchCount(); n != 1 {
		t.Error("a page that nobody sees asks who is here")
	}
}

func TestPollsBecomeRare(t *testing.T) {
	last := time.Duration(0)
	for failures, want := range map[int]time.Duration{0: pollInterval, 1: 2 * pollInterval, 3: pollMaxInterval, 1000: pollMaxInterval} {
		if got := pollDelay(failures); got != want {
			t.Errorf("after %d failures the next look is in %v, want %v", failures, got, want)
		}
		last = max(last, pollDelay(failures))
	}
	if last > pollMaxInterval {
		t.Errorf("a look is %v away", last)
	}
}

// A proxy's answer in the server's place does not count as one; the server's own page
// does.
func TestOnlyTheServerAnswers(t *testing.T) {
	for name, script := range map[string]string{
		"an error":        `return Promise.resolve(new Response("", {status: 502}))`,
		"no network":      `return Promise.reject(new TypeError("Failed to fetch"))`,
		"another page":    `return Promise.resolve(new Response("<h1>Sign in to this network</h1>"))`,
		"another room":    `return Promise.resolve(new Response('<b id=count>0</b><script id=roster type=application/json>{"you":"","room":"other","epoch":"e","rev":1,"users":[]}</script>'))`,
		"nonsense":        `return Promise.resolve(new Response('<b id=count>x</b><script id=roster type=application/json>{"room":</script>'))`,
		"half an answer":  `return Promise.resolve({ok: true, text: () => Promise.reject(new Error("cut"))})`,
		"only the roster": `return Promise.resolve(new Response('<script id=roster type=application/json>{"you":"","room":"lobby","epoch":"e","rev":1,"users":[]}</script>'))`,
	} {
		t.Run(name, func(t *testing.T) {
			fakeFetch(t, script)
			prepare(t)
			r := start(t)
			r.eventually("it says that the server does not answer", func() bool {
				return problemShown() == problemNetwork && r.state() == stateOffline
			})
			app.Window().Call("eval", `fetch = () => Promise.resolve(new Response('<b id=count>0</b><script id=roster type=application/json>{"you":"","room":"lobby","epoch":"e","rev":1,"users":[]}</script>'))`)
			byID("look").Call("click")
			r.eventually("it does", func() bool { return problemShown() == "" && r.state() == stateConnecting })
			if got := byID("name-hint").Get("textContent").String(); got != string(msgs.First) {
				t.Errorf("the dialog says %q", got)
			}
		})
	}
}

// A full room is reported.
func TestFull(t *testing.T) {
	r := joinedPage(t)
	r.send(shared.Errorf(shared.CodeRoomFull, "full"))
	r.conn.Close(shared.CloseFull, "full")
	r.eventually("it is full", func() bool { return problemShown() == problemFull })
	byID("retry").Call("click")
	r.welcome()
	r.eventually("it is not", func() bool { return problemShown() == "" })
}

// Live connections count as blocked when they fail repeatedly although the server
// answers; not when the server was gone for a while, or says itself what is wrong.
func TestBlockedIsWhatFailsWhileTheServerAnswers(t *testing.T) {
	fakeFetch(t, `return Promise.resolve(new Response("ok"))`)
	r := joinedPage(t, member(1))
	r.conn.Break()
	for problemShown() != problemBlocked {
		r.accept()
		r.conn.Break()
		if fetchCount() > 20 {
			t.Fatal("it is not said")
		}
	}
	if fetchCount() < blockedAfter {
		t.Errorf("said after %d questions", fetchCount())
	}
	r.welcome(member(1))
	r.eventually("it is not any more", func() bool { return problemShown() == "" })
}

// Who may not enter a locked room is told so in the dialog, until it is unlocked. The
// page shows what the room says of itself as it changes.
func TestLocked(t *testing.T) {
	fakeFetch(t, `return new Promise(() => {})`)
	r := joinedPage(t, member(1))
	info := shared.RoomInfo{Title: "Stand-up", Topic: "what's next"}
	r.send(shared.RoomInfoChanged{Rev: r.next(), RoomInfo: info})
	said := func() string {
		var parts []string
		for _, part := range all("h1, .topic") {
			parts = append(parts, part.Get("textContent").String())
		}
		return strings.Join(parts, " ")
	}
	r.eventually("it shows title and topic", func() bool { return said() == "Stand-up what's next" })
	info.Locked = true
	r.send(shared.RoomInfoChanged{Rev: r.next(), RoomInfo: info})
	r.eventually("it shows that it is locked", func() bool { return said() == "Stand-up locked what's next" && problemShown() == "" })
	r.send(shared.Errorf(shared.CodeLocked, "locked"))
	r.conn.Close(shared.CloseLocked, "locked")
	r.eventually("it is locked", func() bool { return problemShown() == problemLocked && asked() })
	if got := byID("problem").Get("textContent").String(); got != string(msgs.Trouble["locked"]) {
		t.Errorf("the dialog says %q", got)
	}
	r.onUI(func() {
		r.page.showServerPage(&shared.ExistingUsers{Room: shared.Lobby, Epoch: "f", Rev: 20, Users: []shared.User{}}, 0)
	})
	r.eventually("it is not", func() bool { return problemShown() == "" })
}
