package model

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// check compares the server's state with the oracle's. Every goroutine must be blocked.
//
// Only every fourth check weighs the rooms, which is slow: what grows without bound
// is still too large at the next one.
func (w *world) check() {
	if w.mesh != nil {
		w.mesh.check()
		return
	}
	srv := w.current()
	if srv == nil {
		return
	}
	now := time.Now()
	if w.checks++; w.checks%4 == 0 {
		w.fail(w.checkBounds(srv))
	}
	w.fail(srv.replica.check(srv.hub))
	views := map[string]hub.View{}
	for _, room := range w.rooms { // without holding mu
		views[room] = srv.hub.View(room, noLimit)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range srv.people {
		p.advance(now)
	}
	for room, v := range views {
		w.failLocked(w.checkRoom(srv, room, v, now))
	}
	for l := range srv.links {
		if late := l.overdue(now); late != "" {
			w.failLocked(fmt.Errorf("the server has not noticed about %v: %s", l.tab, late))
		}
	}
	w.failLocked(srv.checkPests())
	for _, o := range srv.observers {
		w.failLocked(w.checkSeen(o, now))
	}
}

// checkRoom checks which members a room shows, how they look, and that everybody who
// reads has received it.
func (w *world) checkRoom(srv *server, room string, v hub.View, now time.Time) error {
	err := w.noteRev(srv, room, v, now)
	err = errors.Join(err, w.agree(point{room, v.Epoch, v.Rev}, digestOf(v), "the hub"))
	if said := w.room[room].says.of(v.Epoch); v.Info != said {
		err = errors.Join(err, fmt.Errorf("%s says %+v, want %+v", room, v.Info, said))
	}
	err = errors.Join(err, checkShown(srv, room, v), w.checkHosts(room, v))
	for _, m := range w.members {
		for _, u := range v.Users {
			if m.room == room && m.id == u.ID {
				err = errors.Join(err, m.check(srv, u, now))
			}
		}
	}
	if !w.settled(room, now) {
		return err
	}
	return errors.Join(err, w.checkFresh(srv, room, v, now))
}

// checkShown checks that the room shows exactly the members that the oracle does, with
// the same times of arrival and the same looks.
func checkShown(srv *server, room string, v hub.View) error {
	must := 0
	for at, p := range srv.people {
		if at.room == room && p.here {
			must++
		}
	}
	for _, u := range v.Users {
		p := srv.people[memberRef{room, u.ID}]
		if p != nil && p.isBanned() {
			return fmt.Errorf("%s shows %+v, who is banned", room, u)
		}
		if p == nil || !p.here {
			return fmt.Errorf("%s shows %+v, who is gone", room, u)
		}
		if u.JoinedAt != p.since.UnixMilli() {
			return fmt.Errorf("%s shows %+v, who arrived at %v", room, u, p.since.UnixMilli())
		}
		if u.StatusSince != p.changed {
			return fmt.Errorf("%s shows %+v, whose status has changed at %d", room, u, p.changed)
		}
		p.settle(u.Devices)
		if shown := (appearance{u.Name, u.Note, u.NoteUntil, u.Status, u.Devices}); shown != p.shown {
			return fmt.Errorf("%s shows %+v, who should look like %+v", room, u, p.shown)
		}
	}
	if must != len(v.Users) || v.Count != must {
		return fmt.Errorf("%s shows %d members (counts %d), there are %d", room, len(v.Users), v.Count, must)
	}
	return nil
}

// noteRev checks that the room's revision never goes back, and that its epoch changes
// only when the room was empty. It notes when either changed.
func (w *world) noteRev(srv *server, room string, v hub.View, now time.Time) (err error) {
	r := w.room[room]
	if r.epoch == v.Epoch && v.Rev < r.rev {
		err = fmt.Errorf("%s went back from revision %d to %d", room, r.rev, v.Rev)
	}
	for _, o := range srv.observers {
		if o.stream.room == room && o.stream.epoch != v.Epoch && !o.ended {
			err = fmt.Errorf("%s began a new life with somebody in it", room)
		}
	}
	if r.epoch != v.Epoch || r.rev != v.Rev {
		r.epoch, r.rev, r.changed = v.Epoch, v.Rev, now
	}
	return err
}

// maxTurn is the longest time that one slow reader delays the others.
const maxTurn = 20 * time.Millisecond

// settled reports whether everybody who reads must have received everything by now.
func (w *world) settled(room string, now time.Time) bool {
	r := w.room[room]
	slow := 0
	for l := range w.server.links {
		if l.tab.member.room == room && (l.tab.paused || !l.sound()) {
			slow++
		}
	}
	for _, p := range w.server.pests {
		if p.at.room == room && !p.ended {
			slow++
		}
	}
	r.slow = max(r.slow, slow)
	if slow > 0 {
		r.slowAt = now
	}
	wait := r.patience()
	return now.Sub(r.slowAt) > wait || now.Sub(r.changed) > wait
}

// patience returns the longest time that the slow readers of the room, together, delay
// the others.
func (r *roomState) patience() time.Duration { return maxTurn * time.Duration(1+r.slow) }

// checkFresh checks that everybody who reads has received the latest revision, and
// that it was written to every connection on which no write is under way.
func (w *world) checkFresh(srv *server, room string, v hub.View, now time.Time) error {
	for _, t := range w.tabs {
		if t.member.room == room && t.watches != shared.DetailCount && t.live() && t.link.server == srv && (t.stream.epoch != v.Epoch || t.stream.rev != v.Rev) {
			return fmt.Errorf("%v is at %s/%d, the hub at %s/%d", t, t.stream.epoch, t.stream.rev, v.Epoch, v.Rev)
		}
	}
	if err := errors.Join(w.checkOccupancy(srv, room, v, now), w.checkModerated(srv, room)); err != nil {
		return err
	}
	for l := range srv.links {
		idle := (l.joined || l.watches == shared.DetailRoster) && !l.ended && l.writing.IsZero() && now.Sub(l.joinedAt) > w.room[room].patience()
		if l.tab.member.room == room && idle && l.sent != v.Rev {
			return fmt.Errorf("%v was left at %d, the hub is at %s/%d", l.tab, l.sent, room, v.Rev)
		}
	}
	for _, o := range srv.observers {
		if o.stream.room == room && !o.ended && o.stream.rev != v.Rev {
			return fmt.Errorf("the observer is at %d, the hub at %s/%d", o.stream.rev, room, v.Rev)
		}
	}
	return nil
}

// checkOccupancy checks that everybody who watches the count has received how many
// members there are, once shared.OccupancyEvery has passed since that changed.
func (w *world) checkOccupancy(srv *server, room string, v hub.View, now time.Time) error {
	r := w.room[room]
	if now.Sub(r.changed) <= shared.OccupancyEvery+r.patience() {
		return nil
	}
	for _, t := range w.tabs {
		if t.member.room == room && t.watches == shared.DetailCount && t.live() && t.link.server == srv && t.stream.occupancy.Members != v.Count {
			return fmt.Errorf("%v was told of %d members, there are %d", t, t.stream.occupancy.Members, v.Count)
		}
	}
	return nil
}

// checkSeen compares the arrivals and departures that an observer received, and their
// times, with those of the oracle.
func (w *world) checkSeen(o *observer, now time.Time) error {
	if o.jumped {
		if o.stream.rev == w.room[o.stream.room].rev { // then it holds what checkShown has checked
			o.jumped = false
			for at, p := range o.server.people {
				if at.room == o.stream.room {
					o.seen[at.id] = slices.Clone(p.changes)
				}
			}
		}
		return nil
	}
	delay := w.room[o.stream.room].patience()
	for at, p := range o.server.people {
		if at.room != o.stream.room || p == o.person {
			continue
		}
		if err := p.fits(o.seen[at.id], now, delay); err != nil {
			return fmt.Errorf("%s in %s: %w", at.id, at.room, err)
		}
	}
	return nil
}

// checkRest checks what must hold when there has been no fault for long: every open
// client is in its room, and its roster is right.
func (w *world) checkRest() {
	srv := w.current()
	w.fail(checkIdle(srv))
	members := map[string]int{}
	for _, room := range w.rooms { // not with mu held
		members[room] = srv.hub.View(room, 0).Count
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, room := range w.rooms {
		w.failLocked(w.checkCounts(srv, room, members[room]))
	}
	for _, t := range w.tabs {
		if t.client == nil {
			continue
		}
		if n := t.client.Desyncs(); n > 0 {
			w.failLocked(fmt.Errorf("%v was out of step %d times", t, n))
		}
		if !t.live() {
			w.failLocked(fmt.Errorf("%v did not come back: it is %s", t, t.state))
		}
		t.client.Roster(func(r *shared.Roster) { w.failLocked(sameRoster(t, r)) })
	}
}

// watchersKnown is the time after a change of the watchers within which every session of
// the room receives their number: a watcher must be counted, WatchersEvery must pass, and
// the next heartbeat carries the number.
const watchersKnown = shared.WatcherAfter + shared.WatchersEvery + shared.PingEvery + time.Second

// checkCounts checks the latest occupancy or number of watchers that each client of a
// room received, unless the watchers or the client's connection have changed within
// watchersKnown. world.mu is held.
func (w *world) checkCounts(srv *server, room string, members int) error {
	if time.Since(w.room[room].watched) < watchersKnown || srv.crashed {
		return nil
	}
	watchers, sessions := 0, 0
	for l := range srv.links {
		if l.at.room == room && !l.ended && l.watches != "" {
			watchers++
		}
	}
	for at, p := range srv.people {
		if at.room == room {
			sessions += len(p.live)
		}
	}
	for _, t := range w.tabs {
		if t.member.room != room || !t.live() || t.link.server != srv || time.Since(t.link.joinedAt) < watchersKnown {
			continue
		}
		got := t.stream.occupancy
		if w.mesh != nil {
			got.Sessions = sessions // in a mesh the oracle does not know when a session ended
		}
		if want := (shared.Occupancy{Members: members, Sessions: sessions, Watchers: watchers}); t.watches == shared.DetailCount && got != want {
			return fmt.Errorf("%v was told of %+v, want %+v", t, got, want)
		}
		if t.watches != shared.DetailCount && t.stream.watchers != watchers {
			return fmt.Errorf("%v was told of %d watchers, there are %d", t, t.stream.watchers, watchers)
		}
	}
	return nil
}

// sameRoster checks that r, the roster of t's client, has the members that follow from
// the events that the client returned.
func sameRoster(t *tab, r *shared.Roster) error {
	n := 0
	for u := range r.All() {
		n++
		if held, ok := t.stream.users[u.ID]; !ok || held != u {
			return fmt.Errorf("%v shows %+v, want %+v", t, u, held)
		}
	}
	if r.Info() != t.stream.info {
		return fmt.Errorf("%v shows that the room says %+v, want %+v", t, r.Info(), t.stream.info)
	}
	if n != len(t.stream.users) {
		return fmt.Errorf("%v shows %d members, want %d", t, n, len(t.stream.users))
	}
	return nil
}
