//go:build !js

package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// Members of one room are not seen in another one, whatever its address.
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
		p.neverReceived(0, "another room is heard", func(m message) bool {
			return strings.Contains(m.raw, "Bob") || m.event == "disconnect_user"
		})
		p.sees([]string{"Ann", "Cid"}[i])
	}
}

// An invalid address is answered with what is wrong and a link to the lobby.
func TestNoSuchRoom(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	proxy := behindProxy(t, s)
	proxy.raiseLimits()
	tb := sit(t, proxy.server, 0, "lost")
	tb.expect(noSuchPage)
	for path, says := range map[string]string{
		"/r/%20": "Name of the room",
		"/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E": `There is no page at /"><script>alert(1)</script>.`,
		"/no/such/page": "Name of the room",
		"/standup":      "Did you mean the room standup?",
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
	tb.click("main.lost a.button")
	tb.asked()
	tb.goTo("/Fr%C3%BChst%C3%BCck")
	tb.click("#meant")
	tb.asked()
	if at := eval[string](tb, `() => decodeURI(location.pathname)`); at != "/r/frühstück" {
		t.Errorf("the offer leads to %s", at)
	}
}

// Other spellings of a room's address lead to the room.
func TestRoomUnderAnotherAddress(t *testing.T) {
	t.Parallel()
	proxy := behindProxy(t, startServer(t))
	proxy.raiseLimits()
	tb := sit(t, proxy.server, 0, "sloppy")
	for path, room := range map[string]string{"/r/StandUp": "/r/standup", "/r/standup/": "/r/standup", "/r/lobby": "/", "/r/Team%20Standup!": "/r/team-standup", "/r/研发": "/r/研发"} {
		tb.goTo(path)
		if at := eval[string](tb, `() => decodeURI(location.pathname)`); at != room {
			t.Errorf("%s leads to %s, want %s", path, at, room)
		}
		tb.asked()
	}
}

// A title that is typed to open a room heads it, for everybody.
func TestATypedTitle(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann, bob := sit(t, s, 0, "ann"), sit(t, s, 1, "bob")
	ann.goTo("/")
	ann.asked()
	ann.click("#rooms")
	ann.click("#room-field")
	ann.enter("Team Standup!")
	ann.click("#room-form [type=submit]")
	titled := `() => document.querySelector("h1")?.textContent === "Team Standup!" && document.title.includes("Team Standup! · ") && location.pathname === "/r/team-standup"`
	ann.holds("the room has the title", titled)
	ann.join("Ann")
	bob.goTo("/r/team-standup")
	bob.join("Bob")
	ann.sees("Ann", "Bob")
	for _, p := range []*tab{ann, bob} {
		p.holds("it is shown to everybody", titled)
	}
}
