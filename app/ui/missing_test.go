//go:build js

package ui

import (
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// tick has the time of the next tick come.
func (r *testPage) tick() { r.onUI(r.page.countMissing) }

// takesAttendance has the server's page say that attendance is taken.
func takesAttendance(t *testing.T) {
	root := document().Get("documentElement")
	root.Call("setAttribute", "data-attendance", "It is taken.")
	t.Cleanup(func() { root.Call("removeAttribute", "data-attendance") })
}

// promoted makes the user of a page a host.
func (r *testPage) promoted() {
	r.t.Helper()
	var me shared.User
	r.onUI(func() {
		me, _ = r.page.roster.Get(r.page.you)
		r.page.missing = missing{ticking: true} // by tick alone
	})
	me.Role = shared.RoleHost
	r.send(shared.UserUpdated{Rev: r.next(), User: me})
	r.eventually("a host", func() (yes bool) {
		r.onUI(func() { yes = r.page.hosts() })
		return yes
	})
}

func missingShown() string {
	if line := byID("missing"); line.Truthy() {
		return strings.TrimSpace(line.Get("textContent").String())
	}
	return ""
}

// A host is told who is missing, also as people come, and not more often than that changes.
// The key is in a header.
func TestAHostIsToldWhoIsMissing(t *testing.T) {
	fakeFetch(t, `globalThis.request = args; return Promise.resolve(new Response(globalThis.answer))`)
	answer := func(text string) { app.Window().Set("answer", text) }
	answer(`{"page":"Attendance","path":"/attendance#own","text":"2 of 3 missing","names":"<b>Zoë</b>, Bo"}`)
	takesAttendance(t)
	r := joinedPage(t, member(1))
	if r.page.missing.ticking || missingShown() != "" {
		t.Errorf("a guest's page is going to ask, and shows %q", missingShown())
	}
	r.promoted()
	r.tick()
	r.eventually("it is told", func() bool { return missingShown() == "Attendance 2 of 3 missing <b>Zoë</b>, Bo" })
	request := app.Window().Get("request")
	if got := request.Index(1).Get("headers").Get("Authorization").String(); got != "Bearer "+r.page.key {
		t.Errorf("Authorization is %q", got)
	}
	link := query("#missing a")
	if got := link.Call("getAttribute", "href").String() + " " + link.Get("target").String() + " " + link.Get("rel").String(); got != "/attendance#own _blank opener" {
		t.Errorf("the link is %q", got)
	}
	asked := fetchCount()
	for range 3 {
		r.tick()
	}
	if n := fetchCount(); n != asked {
		t.Errorf("it asks %d times though nobody has come", n-asked)
	}
	answer(`{"page":"Attendance","path":"/attendance#own","text":"1 of 3 missing","names":"Bo"}`)
	r.send(shared.NewUser{Rev: r.next(), User: member(2)})
	r.eventually("somebody has come", func() bool { return len(all("#people > li")) == 3 })
	r.tick()
	if n := fetchCount(); n != asked {
		t.Error("it asks before that is written")
	}
	r.tick()
	r.eventually("one is missing", func() bool { return missingShown() == "Attendance 1 of 3 missing Bo" })

	showAs(t, "hidden")
	for range 3 * missingTicks {
		r.tick()
	}
	if n := fetchCount(); n != asked+1 {
		t.Error("a page that nobody sees asks")
	}
	r.onUI(func() { r.page.switchRoom("elsewhere") })
	r.eventually("it is gone", func() bool { return missingShown() == "" })
}

// What is refused, or can't be read, is asked for again after a minute, whoever comes.
func TestWhoIsMissingIsNotTold(t *testing.T) {
	fakeFetch(t, `return Promise.resolve(new Response("<html>", {status: globalThis.status}))`)
	takesAttendance(t)
	r := joinedPage(t, member(1))
	for _, status := range []int{403, 503, 200} {
		app.Window().Set("status", status)
		r.promoted()
		asked := fetchCount()
		r.tick()
		r.eventually("it has failed", func() (failed bool) {
			r.onUI(func() { failed = r.page.missing.failed })
			return failed && fetchCount() == asked+1
		})
		r.send(shared.NewUser{Rev: r.next(), User: member(status)})
		r.eventually("somebody has come", func() bool { return cardOf(member(status).ID).Truthy() })
		for range missingTicks - 1 {
			r.tick()
		}
		if n := fetchCount(); n != asked+1 || missingShown() != "" {
			t.Errorf("%d: it asks %d times, and shows %q", status, n-asked, missingShown())
		}
		r.tick()
		if n := fetchCount(); n != asked+2 {
			t.Errorf("%d: it does not ask again", status)
		}
	}
}
