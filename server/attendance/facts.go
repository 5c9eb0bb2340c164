package attendance

import (
	"context"
	"time"

	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/shared"
)

// visit is a row that is being made. Guarded by Recorder.mu.
type visit struct {
	row        store.Visit
	generation int  // of the facts, when it was last known to go on
	stored     bool // the row is in the database
	writing    bool // the row is on its way there
	sent       bool // with its end
}

func (v *visit) ended() bool { return !v.row.Detached.IsZero() }

// size is about how many bytes v takes.
func (v *visit) size() int {
	return 256 + len(v.row.Room) + len(v.row.Member) + len(v.row.Name)
}

// apply turns facts into visits. It is what the hub's observer calls.
func (r *Recorder) apply(facts []hub.Fact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range facts {
		switch v := r.open[f.Room][f.Member.ID]; f.Kind {
		case hub.FactGap:
			if r.reconciled == r.generation {
				r.missed = r.told
			}
			r.generation++
		case hub.FactAttached:
			r.attached(v, f)
		case hub.FactUpdated:
			r.rename(v, f)
		case hub.FactDetached:
			if v != nil {
				r.detached(v, f)
			}
		case hub.FactRoomClosed: // after a crash of the room, without all of the above
			for _, v := range r.open[f.Room] {
				r.end(v, f.Time, string(shared.ReasonClosed))
			}
		}
		r.told = f.Time
	}
	r.nudge()
}

// nudge wakes the goroutine if there is something to write. mu is held.
func (r *Recorder) nudge() {
	if len(r.dirty) == 0 {
		return
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// attached begins a visit, unless v is it. In a snapshot after missed facts it began before.
func (r *Recorder) attached(v *visit, f hub.Fact) {
	if v != nil {
		v.generation = r.generation
		r.rename(v, f)
		return
	}
	at := f.Time
	if f.Snapshot && r.generation > 1 {
		at = r.missed
		if joined := time.UnixMilli(f.Member.JoinedAt); joined.After(at) && joined.Before(f.Time) {
			at = joined
		}
	}
	r.begin(f.Room, f.Member, at)
}

func (r *Recorder) begin(room string, u shared.User, at time.Time) *visit {
	return r.add(store.Visit{
		Room: room, Member: u.ID, Name: u.Name, Identity: r.config.Identity, Role: u.Role.String(), Attached: at,
	})
}

// add adds the row of a visit that goes on.
func (r *Recorder) add(row store.Visit) *visit {
	if r.config.NoNames {
		row.Name = ""
	}
	r.last++
	row.N = r.last
	v := &visit{generation: r.generation, row: row}
	if r.open[row.Room] == nil {
		r.open[row.Room] = make(map[string]*visit)
	}
	r.open[row.Room][row.Member] = v
	r.dirty[v] = struct{}{}
	return v
}

// rename has a visit go on under another name, if the fact has one.
func (r *Recorder) rename(v *visit, f hub.Fact) {
	if v != nil && !r.config.NoNames && v.row.Name != f.Member.Name {
		r.split(v, f.Time, f.Member.Name)
	}
}

func (r *Recorder) detached(v *visit, f hub.Fact) {
	at, reason := f.Seen, string(f.Reason)
	if at.IsZero() {
		at = f.Time
	}
	if r.stopping && f.Reason == shared.ReasonClosed {
		reason = store.Stopping
	}
	r.end(v, at, reason)
}

// split has the row of a visit end, and another one begin at the same time.
func (r *Recorder) split(v *visit, at time.Time, name string) *visit {
	r.finish(v, at, store.Continued)
	next := v.row
	next.Name, next.Attached, next.Detached, next.Reason = name, v.row.Detached, time.Time{}, ""
	return r.add(next)
}

// end ends a visit.
func (r *Recorder) end(v *visit, at time.Time, reason string) {
	v = r.limit(v, at)
	r.finish(v, at, reason)
	room := r.open[v.row.Room]
	delete(room, v.row.Member)
	if len(room) == 0 {
		delete(r.open, v.row.Room)
	}
}

// limit splits a visit that has lasted longer than a row may, and returns what goes on.
func (r *Recorder) limit(v *visit, until time.Time) *visit {
	for until.Sub(v.row.Attached) > store.MaxVisit {
		v = r.split(v, v.row.Attached.Add(store.MaxVisit), v.row.Name)
	}
	return v
}

// limitAll is limit for all visits that go on, if it is time.
func (r *Recorder) limitAll(now time.Time) {
	if now.Sub(r.limited) < limitEvery {
		return
	}
	r.limited = now
	for _, room := range r.open {
		for _, v := range room {
			r.limit(v, now)
		}
	}
}

// finish ends the row of v, which has lasted as long as it did, whatever the clock was set to
// meanwhile: a time.Time of this process also has a monotonic reading.
func (r *Recorder) finish(v *visit, at time.Time, reason string) {
	v.row.Detached, v.row.Reason = v.row.Attached.Add(max(0, at.Sub(v.row.Attached))), reason
	if size := v.size(); r.pending+size <= r.config.MaxPending || v.stored || v.writing {
		r.pending += size
		r.dirty[v] = struct{}{}
		return
	}
	delete(r.dirty, v)
	r.miss(v.row.Attached, v.row.Detached)
}

// miss notes that something between two times is not written. mu is held.
func (r *Recorder) miss(from, to time.Time) {
	if r.gap.From.IsZero() || from.Before(r.gap.From) {
		r.gap.From = from
	}
	if to.After(r.gap.To) {
		r.gap.To = to
	}
	r.lossWarning.Log(r.config.Log, "attendance: visits are lost, and a gap is recorded", "from", r.gap.From, "to", r.gap.To)
}

// sync waits for the facts of what happened so far, and returns the time up to which
// everything is known; zero if it is not known in time. Visits that ended while facts were
// missing end here.
func (r *Recorder) sync(ctx context.Context) (known time.Time) {
	known = time.Now()
	generation := r.latest()
	within, cancel := context.WithTimeout(ctx, renewEvery)
	defer cancel()
	if r.observer.Sync(within) != nil {
		return time.Time{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.generation != generation {
		return time.Time{} // the snapshot of the new one may not be complete
	}
	if r.reconciled != generation {
		r.reconcile(known)
	}
	return known
}

// latest returns the generation of the facts.
func (r *Recorder) latest() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.generation
}

// reconcile ends the visits that are not in the snapshot after missed facts. mu is held.
func (r *Recorder) reconcile(now time.Time) {
	for _, room := range r.open {
		for _, v := range room {
			if v.generation != r.generation {
				r.end(v, r.missed, store.Unknown)
			}
		}
	}
	if r.generation > 1 { // the first snapshot is the beginning
		r.miss(r.missed, now)
	}
	r.reconciled = r.generation
}
