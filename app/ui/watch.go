package ui

import (
	"slices"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// watch watches the room until the user joins, so that what the page shows is live. A
// page that can't watch polls.
func (p *Page) watch() {
	if p.client == nil && p.notJoined() && !p.refused && p.canConnect() {
		_ = p.openClient("", shared.DetailRoster) // there is no name that could be wrong
	}
}

// stopWatching polls from now on: the server refuses this watcher, but may let the user
// join.
func (p *Page) stopWatching() {
	p.refused = true
	p.closeClient()
	p.poll()
}

// changesNothing reports whether an update of a watcher leaves the page as it is, as is
// usual when it begins to watch. Then the page need not be rendered again.
func (p *Page) changesNothing(u client.Update) bool {
	now := time.Now()
	if p.conn.joined || p.diverged || p.watchers.Count > 0 || p.server.failures > 0 || p.conn.stale(now) || p.conn.offline {
		return false
	}
	return u.State != client.Reconnecting && !slices.ContainsFunc(u.Events, func(e shared.Event) bool {
		_, resumed := e.(shared.Resumed)
		return !resumed
	})
}

// takeRoster shows the client's roster where the list shows something else: a page of the
// server that was fetched meanwhile, or the room as the user has left it.
func (p *Page) takeRoster() {
	if !p.diverged || p.client == nil {
		return
	}
	if s := snapshotOf(p.client); s != nil && p.memberList.apply(*s) == nil {
		p.total, p.diverged = p.roster.Len(), false
		p.replaced(s.Users)
	}
}

// replaced is called when the whole list is replaced by users.
func (p *Page) replaced(users []shared.User) {
	p.ghosts, p.arrived = nil, nil
	for _, u := range users {
		p.left.forget(u.ID)
	}
}

// snapshotOf returns a client's roster as a snapshot, or nil if it has none.
func snapshotOf(c *client.Client) (s *shared.ExistingUsers) {
	c.Roster(func(r *shared.Roster) {
		if r.Epoch() != "" {
			s = &shared.ExistingUsers{Room: r.Room(), Epoch: r.Epoch(), Rev: r.Rev(), Info: r.Info(), Users: slices.Collect(r.All())}
		}
	})
	return s
}
