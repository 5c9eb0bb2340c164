//go:build !js

package e2e

import (
	"errors"
	"fmt"
	"testing"
)

// After a server was killed and started again everybody is back, by themselves and as
// the same members; until then nobody's page is live.
func TestServerKilledAndRestarted(t *testing.T) {
	t.Parallel()
	restart(t, (*server).kill)
}

// The same after an orderly stop, which is announced.
func TestServerStoppedAndRestarted(t *testing.T) {
	t.Parallel()
	people := restart(t, (*server).stop)
	for _, p := range people {
		p.receives(0, "the server says goodbye", func(m message) bool { return !m.sent && m.event == "error" && m.data.Code == "stopping" })
	}
}

func restart(t *testing.T, goes func(*server)) []*tab {
	s := startServer(t)
	people := joinAll(t, s, "/r/standup", "Ann", "Bob")
	own, marks := make([]card, len(people)), make([]int, len(people))
	for i, p := range people {
		p.expect(unreachable, noSocket)
		own[i], marks[i] = p.inRoom(), p.mark()
	}
	epoch := people[0].receives(0, "the room has an epoch", func(m message) bool { return m.data.Epoch != "" }).data.Epoch

	goes(s)
	for _, p := range people {
		p.connectionIs("reconnecting")
		shown, err := p.people()
		if err != nil || len(shown) != len(people) {
			t.Errorf("%s shows %v while it reconnects:\n%s", p.label, err, listing(shown))
		}
	}
	s.start()
	for i, p := range people {
		p.sees("Ann", "Bob")
		if back := p.inRoom(); back.ID != own[i].ID || back.Name != own[i].Name {
			t.Errorf("%v came back as %v", own[i], back)
		}
		hello := p.receives(marks[i], "it joins again", func(m message) bool { return m.sent })
		if hello.event != "got_a_new_user" || hello.data.Name == nil || *hello.data.Name != own[i].Name {
			t.Errorf("%s came back with %s", p.label, hello)
		}
		told := p.receives(marks[i], "it is told the room", isSnapshot)
		if told.data.Epoch == epoch {
			t.Errorf("the new life of the room has the epoch of the old one, %s", epoch)
		}
	}
	return people
}

// A rename without a server takes effect when it is back.
func TestRenameWhileTheServerIsDown(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	people := joinAll(t, s, "/", "Ann", "Bob")
	for _, p := range people {
		p.expect(unreachable, noSocket)
	}
	s.kill()
	ann := people[0]
	ann.connectionIs("reconnecting")
	ann.click("#rename")
	ann.asked()
	ann.submitName("Anna")
	s.start()
	for _, p := range people {
		p.sees("Anna", "Bob")
	}
}

// "Try now" ends the wait. The server stays down, so that the button stays, and the page
// itself measures the time: the test would only see it later.
func TestTryNow(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := joinAll(t, s, "/", "Ann")[0]
	tb.expect(unreachable, noSocket)
	eval[any](tb, timeRetries)
	s.kill()
	var last retry
	tb.until("a try that was some seconds away is made at a click", func() error {
		wait, err := try[int](tb, `() => +(/in (\d+) s/.exec(document.querySelector("#connection").textContent) ?? [0, 0])[1]`)
		if err != nil || wait < 4 {
			return errors.Join(err, fmt.Errorf("the next try is in %d s", wait))
		}
		before := eval[int](tb, `() => retries.length`)
		tb.click("#retry")
		tb.holds("a try follows the click", `(before) => retries.length > before`, before)
		last = eval[retry](tb, `() => retries.at(-1)`)
		if last.Left < 4 {
			return fmt.Errorf("when it was clicked the next try was in %v s", last.Left)
		}
		return nil
	})
	if last.Took > last.Left/2 {
		t.Errorf("a click is followed by a try after %v s, as it would have been without in %v s", last.Took, last.Left)
	}
	s.start()
	tb.sees("Ann")
}

// retry is a click on "Try now": the seconds that the page showed until the next
// attempt, and those after which it was made.
type retry struct{ Left, Took float64 }

// timeRetries makes the page record a retry for each such click.
const timeRetries = `() => {
	window.retries = [];
	let clicked;
	addEventListener("click", (e) => {
		if (!e.target.closest("#retry")) return;
		clicked = {at: performance.now(), left: +(/in (\d+) s/.exec(document.querySelector("#connection").textContent) ?? [0, 0])[1]};
	}, {capture: true});
	window.WebSocket = class extends WebSocket {
		constructor(...args) {
			super(...args);
			if (clicked) retries.push({Left: clicked.left, Took: (performance.now() - clicked.at) / 1000});
			clicked = undefined;
		}
	};
}`
