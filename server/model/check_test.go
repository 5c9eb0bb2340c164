package model

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// check compares what is with what must be, now that every goroutine waits.
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
	w.fail(w.checkBounds(srv))
	views := map[string]hub.View{}
	for _, room := range w.rooms { // not with mu held
		views[room] = srv.hub.View(room, everybody)
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
	for _, o := range srv.observers {
		w.failLocked(w.checkSeen(o, now))
	}
}

// checkRoom checks who is shown, as what, and to whom.
func (w *world) checkRoom(srv *server, room string, v hub.View, now time.Time) error {
	err := w.noteRev(srv, room, v, now)
	var hash shared.Hash
	for _, u := range v.Users {
		hash ^= shared.HashUser(u)
	}
	err = errors.Join(err, w.agree(point{room, v.Epoch, v.Rev}, proof{hash, v.Count}, "the hub"))
	err = errors.Join(err, checkShown(srv, room, v))
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

// checkShown compares the room with the oracle: who must be shown is, as they
// must be and since when they are, and nobody else.
func checkShown(srv *server, room string, v hub.View) error {
	must := 0
	for at, p := range srv.people {
		if at.room == room && p.here {
			must++
		}
	}
	for _, u := range v.Users {
		p := srv.people[place{room, u.ID}]
		if p == nil || !p.here {
			return fmt.Errorf("%s shows %+v, who is gone", room, u)
		}
		if u.JoinedAt != p.since.UnixMilli() {
			return fmt.Errorf("%s shows %+v, who arrived at %v", room, u, p.since.UnixMilli())
		}
		if shown := (looks{u.Name, u.Note, u.Status}); shown != p.shown {
			return fmt.Errorf("%s shows %+v, who should look like %+v", room, u, p.shown)
		}
	}
	if must != len(v.Users) || v.Count != must {
		return fmt.Errorf("%s shows %d members (counts %d), there are %d", room, len(v.Users), v.Count, must)
	}
	return nil
}

// noteRev keeps track of the room's revision.
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

// takesATurn bounds how long others wait for one slow reader.
const takesATurn = 20 * time.Millisecond

// settled reports whether everybody who reads must have been told everything.
func (w *world) settled(room string, now time.Time) bool {
	r := w.room[room]
	slow := 0
	for l := range w.server.links {
		if l.tab.member.room == room && (l.tab.paused || !l.sound()) {
			slow++
		}
	}
	r.slow = max(r.slow, slow)
	if slow > 0 {
		r.shaken = now
	}
	wait := r.patience()
	return now.Sub(r.shaken) > wait || now.Sub(r.changed) > wait
}

// patience is how long the slow readers of the room may keep others waiting.
func (r *roomState) patience() time.Duration { return takesATurn * time.Duration(1+r.slow) }

// checkFresh checks that who reads has been told everything, and that who is
// not being told anything has been.
func (w *world) checkFresh(srv *server, room string, v hub.View, now time.Time) error {
	for _, t := range w.tabs {
		if t.member.room == room && t.live() && t.link.server == srv && (t.stream.epoch != v.Epoch || t.stream.rev != v.Rev) {
			return fmt.Errorf("%v is at %s/%d, the hub at %s/%d", t, t.stream.epoch, t.stream.rev, v.Epoch, v.Rev)
		}
	}
	for l := range srv.links {
		idle := l.joined && !l.ended && l.writing.IsZero() && now.Sub(l.joinedAt) > w.room[room].patience()
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

// checkSeen compares what a room was told, and when, with what the oracle says.
func (w *world) checkSeen(o *observer, now time.Time) error {
	if o.jumped {
		if o.stream.rev == w.room[o.stream.room].rev { // so all of it is known, and right: checkShown says so
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

// checkRest checks what must be true when nothing has been wrong for long:
// whoever wants to be there is, and holds what the hub holds.
func (w *world) checkRest() {
	w.fail(checkIdle(w.current()))
	w.mu.Lock()
	defer w.mu.Unlock()
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

// sameRoster checks that a roster's list is what its events make.
func sameRoster(t *tab, r *shared.Roster) error {
	n := 0
	for u := range r.All() {
		n++
		if held, ok := t.stream.users[u.ID]; !ok || held != u {
			return fmt.Errorf("%v shows %+v, want %+v", t, u, held)
		}
	}
	if n != len(t.stream.users) {
		return fmt.Errorf("%v shows %d members, want %d", t, n, len(t.stream.users))
	}
	return nil
}
