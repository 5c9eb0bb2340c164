package model

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// member is a person with tabs: who they are, and what they asked the room to show.
// Guarded by world.mu.
type member struct {
	room, key, id string
	tabs          []*tab
	past          []*seat
	leaves        int
	sentAway      bool      // was ever kicked or banned
	sentAwayAt    time.Time // when last
	kicked        kick      // the latest
	disturbed     time.Time // when something last happened to the member or a tab

	signIn *hub.Identity // nil for every other member

	name, note requests
	calm       *server       // the server at the last check while calm; see isCalm
	calmSince  time.Time     // the time of arrival that it showed
	open       map[*tab]bool // the tabs that were open at some time since then
}

func newMember(room, key string) *member {
	m := &member{room: room, key: key, id: shared.MemberID(key), open: map[*tab]bool{}}
	m.name = newRequests(names[0])
	m.note = newRequests(notes[0])
	if shared.Hue(m.id)%2 == 0 {
		info, _ := shared.NewInfo(map[string]string{"key": key})
		m.signIn = &hub.Identity{ID: m.id, Info: info}
		if signsInAsHost(m.id) {
			m.signIn.Role = shared.RoleHost
		}
	}
	return m
}

// requests are the values that a member's tabs have requested for the name or the note.
type requests struct {
	current text            // what the person's browser stores
	ever    map[string]bool // everything that the room may have shown
	rest    string          // what the room showed at the last check while calm
	since   []request       // made since then
	ends    bool            // one was for a note that ends: what is shown at a time is up to the oracle
}

type request struct {
	by   *tab
	life int // by.life at the time
	text
}

func newRequests(first text) requests {
	return requests{current: first, ever: map[string]bool{first.shown: true}}
}

// add notes that a tab requests v.
func (ws *requests) add(by *tab, v text) {
	ws.current = v
	ws.ever[v.shown] = true
	ws.since = append(ws.since, request{by, by.life, v})
}

// opened notes that t is about to be opened with the name and note that the browser
// stores. Its client requests both, except for an empty note.
func (m *member) opened(t *tab) {
	m.open[t] = true
	m.name.add(t, m.name.current)
	if m.note.current.asked != "" {
		m.note.add(t, m.note.current)
	}
}

// check checks that the room shows only what the member's tabs have requested, and
// while the member is calm, the latest of it.
func (m *member) check(srv *server, u shared.User, now time.Time) error {
	if !m.name.ever[u.Name] || !m.note.ever[u.Note] {
		return fmt.Errorf("nobody ever asked for %+v", u)
	}
	if err := m.checkSignIn(u); err != nil {
		return err
	}
	p := srv.people[memberRef{m.room, m.id}]
	if !m.isCalm(p, now) {
		return nil
	}
	if want := m.status(); u.Status != want {
		return fmt.Errorf("%s is shown as %s, want %s", u.ID, u.Status, want)
	}
	reborn := m.calm != srv || !m.calmSince.Equal(p.since)
	if err := m.name.check(u.Name, reborn, len(m.open)); err != nil {
		return fmt.Errorf("the name of %s: %w", u.ID, err)
	}
	if err := m.note.check(u.Note, reborn, len(m.open)); err != nil {
		return fmt.Errorf("the note of %s: %w", u.ID, err)
	}
	m.calm, m.calmSince = srv, p.since
	maps.DeleteFunc(m.open, func(t *tab, _ bool) bool { return !t.isMember() })
	return nil
}

// checkSignIn checks that the room shows what the member's sign-in says.
func (m *member) checkSignIn(u shared.User) error {
	var want hub.Identity
	if m.signIn != nil {
		want = *m.signIn
	}
	if m.signIn != nil && u.Role != want.Role || u.Info != want.Info { // others may have claimed the room
		return fmt.Errorf("%+v is shown, who signed in as %+v", u, want)
	}
	return nil
}

// calmAfter is longer than the grace period, and than a client waits to repeat a
// change that came too often.
const calmAfter = shared.DefaultGrace + 2*shared.ResyncEvery

// isCalm reports whether all open tabs of the member have been in the room for
// calmAfter, and nothing else has happened to the member in that time.
func (m *member) isCalm(p *person, now time.Time) bool {
	if now.Sub(m.disturbed) < calmAfter || now.Sub(p.lost) < calmAfter || now.Sub(p.putOff) < calmAfter {
		return false
	}
	open := 0
	for _, t := range m.tabs {
		if !t.isMember() {
			continue
		}
		open++
		if !t.live() || now.Sub(t.link.opened) < calmAfter {
			return false
		}
	}
	return open > 0 && open == len(p.live)
}

// status returns the most attentive status of the open tabs.
func (m *member) status() shared.Status {
	best := len(statuses) - 1
	for _, t := range m.tabs {
		if t.isMember() {
			best = min(best, slices.Index(statuses, t.status))
		}
	}
	return statuses[best]
}

// check returns an error if the room should show something else while the member is
// calm. It can't tell if several tabs made requests since the last check, or if several
// tabs have joined a server that did not know the member: then the last one wins.
func (ws *requests) check(shown string, reborn bool, tabs int) error {
	if ws.ends {
		return nil
	}
	want, sure := ws.rest, !reborn
	if n := len(ws.since); n > 0 {
		last := ws.since[n-1]
		want = last.shown
		others := slices.ContainsFunc(ws.since, func(r request) bool { return r.by != last.by })
		sent := last.by.client != nil && last.by.life == last.life // a closed client may not have sent it
		sure = sent && (tabs == 1 || !others && !reborn)
	}
	ws.rest, ws.since = shown, nil
	if sure && shown != want {
		return fmt.Errorf("it is shown as %q, want %q", shown, want)
	}
	return nil
}
