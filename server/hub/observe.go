package hub

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"rollcall/shared"
)

// Observer is given the facts of a hub. It is a cursor into the queue of them, read by a
// goroutine of its own: rooms never wait for it, however slow it is.
type Observer struct {
	hub  *Hub
	name string
	do   func([]Fact)

	more    chan struct{} // has a value when there may be something to do
	closing chan struct{} // closed by Close
	stopped chan struct{} // closed when the goroutine ends

	// Guarded by facts.mu.
	cursor  uint64 // the number of the next fact to take
	done    uint64 // do has returned for all facts before this number
	waiting []syncing

	// Used by the goroutine alone.
	batch   []Fact
	covered map[string]uint64 // by room: facts before this number are in the snapshot
	listed  uint64            // facts before this number are void for rooms that are not in covered: those had ended
	bans    uint64            // facts about bans before this number are in the snapshot
}

// syncing is a call of Sync.
type syncing struct {
	until uint64
	done  chan struct{}
}

// pauseAfterPanic is how long an observer that panicked is left alone.
const pauseAfterPanic = time.Second

// Observe has do called with the facts of the hub, in order, by one goroutine, until the
// observer is closed or the hub is closed and all its facts have been given. It begins
// with a FactGap and a snapshot of every room, and then of all bans.
//
// do may take its time and may call the hub; it must not keep the slice. An observer that
// falls more than some 16,000 facts behind is given a FactGap and a new snapshot. One that
// panics is too, a second later: the panic is logged with its stack under the name given
// here, and the rest of the facts in hand is lost.
func (h *Hub) Observe(name string, do func([]Fact)) *Observer {
	o := &Observer{
		hub: h, name: name, do: do,
		more: make(chan struct{}, 1), closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	q := &h.facts
	q.mu.Lock()
	o.cursor, o.done = q.head(), q.head()
	q.observers = append(q.observers, o)
	q.mu.Unlock()
	go o.run()
	return o
}

// Close ends the observer. It returns when do runs no more, so do must not call it. Facts
// that were not given yet are not given; see Sync. Only the first call has an effect.
func (o *Observer) Close() {
	q := &o.hub.facts
	q.mu.Lock()
	if i := slices.Index(q.observers, o); i >= 0 {
		q.observers = slices.Delete(q.observers, i, i+1)
		close(o.closing)
		q.release()
	}
	q.mu.Unlock()
	<-o.stopped
}

// Sync waits until do has returned for all facts of what happened before the call, or
// for a snapshot that has them in it. Its error is that of ctx, or says that the observer
// was closed.
func (o *Observer) Sync(ctx context.Context) error {
	q := &o.hub.facts
	q.mu.Lock()
	wait := syncing{q.head(), make(chan struct{})}
	if o.done >= wait.until && o.covered != nil {
		close(wait.done)
	} else {
		o.waiting = append(o.waiting, wait)
	}
	q.mu.Unlock()
	select {
	case <-wait.done:
		return nil
	case <-o.stopped:
		select {
		case <-wait.done:
			return nil
		default:
			return errors.New("hub: the observer is closed")
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// WaitObservers returns when the hub has no observer that runs: all were closed, or the hub
// was and they have been given all its facts.
func (h *Hub) WaitObservers() {
	h.facts.mu.Lock()
	observers := slices.Clone(h.facts.observers)
	h.facts.mu.Unlock()
	for _, o := range observers {
		<-o.stopped
	}
}

func (o *Observer) nudge() {
	select {
	case o.more <- struct{}{}:
	default:
	}
}

// run gives do snapshots and facts until the observer is closed.
func (o *Observer) run() {
	defer close(o.stopped)
	for current := false; !o.closed(); {
		if !current {
			current = o.attempt(o.snapshot)
			continue
		}
		var given int
		if current = o.attempt(func() bool { return o.follow(&given) }); current && given == 0 && !o.wait() {
			return
		}
	}
}

func (o *Observer) closed() bool {
	select {
	case <-o.closing:
		return true
	default:
		return false
	}
}

// wait waits for more facts, and returns false if none will come.
func (o *Observer) wait() bool {
	q := &o.hub.facts
	q.mu.Lock()
	over := q.ended && o.cursor == q.head()
	q.mu.Unlock()
	if over {
		return false
	}
	select {
	case <-o.more:
		return true
	case <-o.closing:
		return false
	}
}

// attempt returns what step does, or after a pause false if it panics.
func (o *Observer) attempt(step func() bool) (ok bool) {
	defer Rescue(o.hub.config.Log.With("observer", o.name), func() {
		select {
		case <-time.After(pauseAfterPanic):
		case <-o.closing:
		}
	})
	return step()
}

// follow gives do the next facts but for those that the snapshot covers, and reports
// whether none were missed.
func (o *Observer) follow(given *int) bool {
	var ok bool
	if o.batch, ok = o.hub.facts.next(o, o.batch[:0]); !ok {
		return false
	}
	*given = len(o.batch)
	if *given == 0 {
		return true
	}
	last := o.batch[*given-1].Seq
	if len(o.covered) > 0 || o.batch[0].Seq < max(o.listed, o.bans) {
		o.batch = slices.DeleteFunc(o.batch, func(f Fact) bool {
			switch {
			case f.Ban != nil:
				return f.Seq < o.bans
			case f.Kind == FactRoomInfo && o.hub.config.RememberRooms && o.covered[f.Room] == 0:
				return false // it is remembered of a room that has ended
			}
			return f.Seq < max(o.covered[f.Room], o.listed)
		})
		maps.DeleteFunc(o.covered, func(_ string, until uint64) bool { return until <= last+1 })
	}
	if len(o.batch) > 0 {
		o.do(o.batch)
	}
	clear(o.batch)
	o.finished(last + 1)
	return true
}

// finished notes that do has returned for all facts before a number.
func (o *Observer) finished(until uint64) {
	q := &o.hub.facts
	q.mu.Lock()
	defer q.mu.Unlock()
	o.done = until
	o.waiting = slices.DeleteFunc(o.waiting, func(w syncing) bool {
		if w.until <= until {
			close(w.done)
		}
		return w.until <= until
	})
}

// snapshot gives do a gap and every room as it is, each at a moment of its own. Facts
// are taken from the beginning of the snapshot on, without those that it covers.
func (o *Observer) snapshot() bool {
	q := &o.hub.facts
	q.mu.Lock()
	begin := q.head()
	o.cursor = begin
	q.release()
	q.mu.Unlock()
	covered := make(map[string]uint64)
	o.do([]Fact{{Kind: FactGap, Seq: begin, Time: time.Now(), Snapshot: true}})
	rooms, listed := o.hub.listRooms()
	o.listed = listed
	for _, room := range rooms {
		var facts []Fact
		facts, covered[room] = o.hub.factsOf(room)
		for batch := range slices.Chunk(facts, maxBatch) {
			if o.closed() {
				return false
			}
			o.do(batch)
		}
	}
	bans, until := o.hub.bans.asFacts()
	for batch := range slices.Chunk(bans, maxBatch) {
		if o.closed() {
			return false
		}
		o.do(batch)
	}
	o.bans = until
	q.mu.Lock()
	o.covered = covered
	q.mu.Unlock()
	o.finished(begin)
	return true
}

// asFacts returns all bans that are kept as facts, and the number of the first fact about
// bans that is not in them.
func (bs *bans) asFacts() (all []Fact, until uint64) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	until = bs.hub.facts.now()
	for _, rb := range bs.rooms {
		for _, k := range rb.sorted {
			f := bs.fact(k, "")
			f.Seq, f.Time, f.Snapshot = until, time.Now(), true
			all = append(all, f)
		}
	}
	return all, until
}

// factsOf returns the facts that make a copy of a room as it is, none if it is not in
// use, and the number of the first fact that is not in them.
func (h *Hub) factsOf(room string) (all []Fact, until uint64) {
	for {
		h.mu.Lock()
		r := h.rooms[room]
		if r == nil { // one that opens from now on does so after until
			until = h.facts.now()
			h.mu.Unlock()
			return nil, until
		}
		h.mu.Unlock()
		r.mu.Lock()
		if !r.closed {
			defer r.mu.Unlock()
			return r.asFacts()
		}
		r.mu.Unlock() // it is being forgotten, or another has taken its place
	}
}

// asFacts is factsOf. mu is held.
func (r *room) asFacts() (all []Fact, until uint64) {
	until = r.hub.facts.now()
	now := time.Now()
	add := func(kind FactKind, u shared.User) {
		all = append(all, Fact{Kind: kind, Seq: until, Time: now, Room: r.name, Member: u, Snapshot: true})
	}
	add(FactRoomOpened, shared.User{})
	if k := r.kept(); k != (Kept{}) {
		all = append(all, Fact{Kind: FactRoomInfo, Seq: until, Time: now, Room: r.name, Info: k.Info, Hosting: k.Hosting, Snapshot: true})
	}
	for i := range r.roster.Len() {
		u := r.roster.At(i)
		add(FactArrived, u)
		if r.members[u.ID].attached {
			add(FactAttached, u)
		}
	}
	if n := r.watching.counted; n > 0 {
		all = append(all, Fact{Kind: FactWatchers, Seq: until, Time: now, Room: r.name, Count: n, Snapshot: true})
	}
	return all, until
}

// fact adds a fact about a member. mu is held.
func (r *room) fact(kind FactKind, u shared.User, reason shared.Reason, seen time.Time) {
	r.hub.facts.add(Fact{Kind: kind, Room: r.name, Member: u, Origin: r.origin, Reason: reason, Seen: seen})
}

// attach notes that m has a session on this node.
func (r *room) attach(m *member) {
	if !m.attached {
		m.attached = true
		u, _ := r.roster.Get(m.id)
		r.hub.facts.add(Fact{Kind: FactAttached, Room: r.name, Member: u})
	}
}

// detach notes that m has no session on this node any more, and none in its grace.
func (r *room) detach(m *member, reason shared.Reason) {
	if m.attached {
		m.attached = false
		u, _ := r.roster.Get(m.id)
		r.hub.facts.add(Fact{Kind: FactDetached, Room: r.name, Member: u, Reason: reason, Seen: m.seen})
	}
}

// factsOfEnd adds the facts of a room that ends with all who are in it. mu is held.
func (r *room) factsOfEnd() {
	defer r.hub.facts.add(Fact{Kind: FactRoomClosed, Room: r.name})
	defer r.hub.rescue(nil) // after a crash the roster may not fit the members
	for i := range r.roster.Len() {
		u := r.roster.At(i)
		m := r.members[u.ID]
		r.detach(m, shared.ReasonClosed)
		r.hub.facts.add(Fact{Kind: FactDeparted, Room: r.name, Member: u, Reason: shared.ReasonClosed, Seen: m.seen, RoomEnded: true})
	}
}
