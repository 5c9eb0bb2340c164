//go:build !js

package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// People in one room are not seen in another, whatever its address.
func TestRoomsDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	rooms := []string{"/", "/r/standup", "/r/standup-2"}
	names := []string{"Ann", "Bob", "Cid"}
	people := make([]*tab, len(rooms))
	for i, room := range rooms {
		people[i] = sit(t, s, i, names[i])
		people[i].goTo(room)
		people[i].join(names[i])
	}
	for i, p := range people {
		p.sees(names[i])
		served, count := p.served(rooms[i])
		if got := namesOf(served); len(got) != 1 || got[0] != names[i] || count != "1" {
			t.Errorf("%s is served with %s: %q", rooms[i], count, got)
		}
	}
	people[1].close()
	for i, p := range []*tab{people[0], people[2]} {
		p.never(0, "another room is heard", func(m message) bool {
			return strings.Contains(m.raw, "Bob") || m.event == "disconnect_user"
		})
		p.sees([]string{"Ann", "Cid"}[i])
	}
}

// An address that no room has is answered with what is wrong and a way on.
func TestNoSuchRoom(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "lost")
	tb.expect(noSuchPage)
	for path, says := range map[string]string{
		"/r/Not%20a%20room!":                         "a to z",
		"/r/" + strings.Repeat("x", 65):              "64",
		"/r/%22%3E%3Cscript%3Ealert(1)%3C/script%3E": "a to z",
		"/no/such/page":                              "",
	} {
		if answer := s.get(path); answer.status != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, answer.status)
		}
		tb.goTo(path)
		tb.wantNoMarkup()
		if text := eval[string](tb, `() => document.body.innerText`); !strings.Contains(text, says) {
			t.Errorf("%s says %q", path, text)
		}
		if way := eval[bool](tb, `() => [...document.links].some(a => a.pathname === "/")`); !way {
			t.Errorf("%s has no link to the lobby", path)
		}
	}
	tb.click("main.lost a.primary")
	tb.asked()
}

// An address that means a room leads to it.
func TestRoomUnderAnotherAddress(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "sloppy")
	for path, room := range map[string]string{"/r/StandUp": "/r/standup", "/r/standup/": "/r/standup", "/r/lobby": "/"} {
		tb.goTo(path)
		if at := eval[string](tb, `() => location.pathname`); at != room {
			t.Errorf("%s leads to %s, want %s", path, at, room)
		}
		tb.asked()
	}
}
