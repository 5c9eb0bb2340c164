package model

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/shared"
)

// member is a person with tabs, as far as the tests know: who they are, and
// what they want to be seen of them. Guarded by world.mu.
type member struct {
	room, key, id string
	tabs          []*tab
	past          []*seat
	leaves        int
	disturbed     time.Time // when something last happened that takes time to be seen

	name, note wishes
	calm       *server       // where the member was last seen at rest
	calmSince  time.Time     // and since when
	open       map[*tab]bool // at any time since then
}

func newMember(room, key string) *member {
	m := &member{room: room, key: key, id: shared.MemberID(key), open: map[*tab]bool{}}
	m.name = newWishes(names[0])
	m.note = newWishes(notes[0])
	return m
}

// wishes are what was asked to be shown of a member's name or note.
type wishes struct {
	current text            // what the person's browser keeps
	ever    map[string]bool // all that could ever be shown
	rest    string          // what was shown at rest
	since   []asked         // since then
}

type asked struct {
	by   *tab
	life int // of by
	text
}

func newWishes(first text) wishes {
	return wishes{current: first, ever: map[string]bool{first.shown: true}}
}

func (ws *wishes) wished(by *tab, v text) {
	ws.current = v
	ws.ever[v.shown] = true
	ws.since = append(ws.since, asked{by, by.life, v})
}

// opened notes that t is about to be opened with what the browser keeps. That
// is a wish too, but for an empty note.
func (m *member) opened(t *tab) {
	m.open[t] = true
	m.name.wished(t, m.name.current)
	if m.note.current.asked != "" {
		m.note.wished(t, m.note.current)
	}
}

// check compares what is shown of the member, if calmly, with what the tabs want.
func (m *member) check(srv *server, u shared.User, now time.Time) error {
	if !m.name.ever[u.Name] || !m.note.ever[u.Note] {
		return fmt.Errorf("nobody ever asked for %+v", u)
	}
	p := srv.people[place{m.room, m.id}]
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
	maps.DeleteFunc(m.open, func(t *tab, _ bool) bool { return t.client == nil })
	return nil
}

// calmAfter is more than a grace and more than a client waits before it says
// again what it was asked to say later.
const calmAfter = shared.DefaultGrace + 2*shared.ResyncEvery

// isCalm reports whether nothing of the member is under way.
func (m *member) isCalm(p *person, now time.Time) bool {
	if now.Sub(m.disturbed) < calmAfter || now.Sub(p.lost) < calmAfter || now.Sub(p.putOff) < calmAfter {
		return false
	}
	open := 0
	for _, t := range m.tabs {
		if t.client == nil {
			continue
		}
		open++
		if !t.live() || now.Sub(t.link.opened) < calmAfter {
			return false
		}
	}
	return open > 0 && open == len(p.live)
}

// status is the most attentive one of the open tabs.
func (m *member) status() shared.Status {
	best := len(statuses) - 1
	for _, t := range m.tabs {
		if t.client != nil {
			best = min(best, slices.Index(statuses, t.status))
		}
	}
	return statuses[best]
}

// check says what is wrong with what is shown at rest. What two tabs asked for
// at about the same time, and what tabs that know different things tell a new
// server, is decided by who comes last.
func (ws *wishes) check(shown string, reborn bool, tabs int) error {
	want, sure := ws.rest, !reborn
	if n := len(ws.since); n > 0 {
		last := ws.since[n-1]
		want = last.shown
		others := slices.ContainsFunc(ws.since, func(a asked) bool { return a.by != last.by })
		said := last.by.client != nil && last.by.life == last.life // or it may never have been
		sure = said && (tabs == 1 || !others && !reborn)
	}
	ws.rest, ws.since = shown, nil
	if sure && shown != want {
		return fmt.Errorf("it is shown as %q, want %q", shown, want)
	}
	return nil
}
