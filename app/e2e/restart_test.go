//go:build !js

package e2e

import (
	"fmt"
	"testing"
	"time"
)

// A server that dies and comes back has everybody back, by themselves and as
// themselves; meanwhile nobody is told that they are live.
func TestServerKilledAndRestarted(t *testing.T) {
	t.Parallel()
	comesBack(t, (*server).kill)
}

// So has one that stops in order, which tells everybody before.
func TestServerStoppedAndRestarted(t *testing.T) {
	t.Parallel()
	people := comesBack(t, (*server).stop)
	for _, p := range people {
		p.hears(0, "the server says goodbye", func(m message) bool { return !m.sent && m.event == "error" && m.data.Code == "stopping" })
	}
}

func comesBack(t *testing.T, goes func(*server)) []*tab {
	s := startServer(t)
	people := meet(t, s, "/r/standup", "Ann", "Bob")
	own, marks := make([]card, len(people)), make([]int, len(people))
	for i, p := range people {
		p.expect(unreachable, noSocket)
		own[i], marks[i] = p.present(), p.mark()
	}
	epoch := people[0].hears(0, "the room has an epoch", func(m message) bool { return m.data.Epoch != "" }).data.Epoch

	goes(s)
	for _, p := range people {
		p.shows("reconnecting")
		shown, err := p.people()
		if err != nil || len(shown) != len(people) {
			t.Errorf("%s shows %v while it reconnects:\n%s", p.label, err, listing(shown))
		}
	}
	s.start()
	for i, p := range people {
		p.sees("Ann", "Bob")
		if back := p.present(); back.ID != own[i].ID || back.Name != own[i].Name {
			t.Errorf("%v came back as %v", own[i], back)
		}
		hello := p.hears(marks[i], "it joins again", func(m message) bool { return m.sent })
		if hello.event != "got_a_new_user" || hello.data.Name == nil || *hello.data.Name != own[i].Name {
			t.Errorf("%s came back with %s", p.label, hello)
		}
		told := p.hears(marks[i], "it is told the room", isSnapshot)
		if told.data.Epoch == epoch {
			t.Errorf("the new life of the room has the epoch of the old one, %s", epoch)
		}
	}
	return people
}

// What somebody wished for while there was no server is done when there is one.
func TestRenameWhileTheServerIsDown(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	people := meet(t, s, "/", "Ann", "Bob")
	for _, p := range people {
		p.expect(unreachable, noSocket)
	}
	s.kill()
	ann := people[0]
	ann.shows("reconnecting")
	ann.click("#rename")
	ann.asked()
	ann.sign("Anna")
	s.start()
	for _, p := range people {
		p.sees("Anna", "Bob")
	}
}

// "Try now" cuts the wait short.
func TestTryNow(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := meet(t, s, "/", "Ann")[0]
	tb.expect(unreachable, noSocket)
	s.kill()
	var wait int
	tb.until("the next try is some seconds away", func() (err error) {
		wait, err = try[int](tb, `() => +(/in (\d+) s/.exec(document.querySelector("#connection").textContent) ?? [0, 0])[1]`)
		if err == nil && wait < 4 {
			err = fmt.Errorf("it is in %d s", wait)
		}
		return err
	})
	s.start()
	mark, clicked := len(tb.attempted(0)), time.Now()
	tb.click("#connection button")
	tb.sees("Ann")
	if after := tb.attempted(mark)[0].Sub(clicked); after > time.Duration(wait)*time.Second/2 {
		t.Errorf("a click is followed by a try after %v, as it would have been without in %d s", after, wait)
	}
}
