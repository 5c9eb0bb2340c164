// Package attendance records who was in a room from when to when, and says so afterwards.
//
// A Recorder is an observer of a hub: no room waits for it, and it waits for no database
// while it is told something. What it has learned in a tenth of a second goes to the database
// in one transaction. What the database does not take is kept up to a bound, and of what is
// beyond it a gap is recorded: nothing is missing without being noted.
//
//   - recorder.go: Recorder, and its goroutine.
//   - facts.go: how facts become visits.
//   - write.go: how visits get into the database.
//   - stays.go, people.go: reading, where the visits of all nodes make one, and who they are of.
//   - roll.go: Roll, which answers questions about a room.
//   - expected.go: who should be there. match.go: who of those who are is meant.
//   - report.go: the report, as Go values. format.go: as JSON, CSV and JSON lines.
//   - occupancy.go: how many people were there. summary.go: what fits on a page.
package attendance

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"rollcall/server/hub"
	"rollcall/server/notice"
	"rollcall/server/store"
)

// The rhythm of a Recorder.
const (
	gatherFor   = 100 * time.Millisecond // from the first fact to the transaction that has it
	renewEvery  = time.Second            // how often a life that has nothing to write says that it goes on
	limitEvery  = time.Minute            // how often visits are looked for that have become too long for a row
	forgetEvery = 10 * time.Minute       // how often old visits are looked for
	writeWithin = 10 * time.Second       // bounds a transaction
	retryAfter  = 5 * time.Second        // the longest pause after one that failed
)

var pace = store.Pace{Gather: gatherFor, Every: renewEvery, Retry: retryAfter}

// MinKeep is the least of Config.Keep.
const MinKeep = 2 * store.MaxVisit

// DefaultMaxPending is the default of Config.MaxPending: some 200,000 visits.
const DefaultMaxPending = 64 << 20

// Config is what a Recorder needs.
type Config struct {
	Store    *store.Store
	Node     string        // the name of this node, which need not be unique
	Identity string        // how members' ids come about: "token" or "typed"
	NoNames  bool          // keep ids only
	Keep     time.Duration // how long a visit is kept, from its beginning; at least MinKeep
	// MaxPending bounds the bytes of visits that have ended and are not written yet; 0 is
	// DefaultMaxPending. Visits that go on take some 230 bytes each, whatever the database
	// does.
	MaxPending int
	Log        *slog.Logger
}

// Recorder keeps the visits of one hub. Its methods are safe for concurrent use.
type Recorder struct {
	config   Config
	life     *store.Life
	observer *hub.Observer

	ctx     context.Context // ends what the goroutine waits for
	cancel  context.CancelFunc
	wake    chan struct{} // has a value when there is something to write
	stopped chan struct{} // closed when the goroutine has ended

	writeWarning, lossWarning notice.Warning

	forgot time.Time // when old visits were looked for; used by the goroutine alone

	mu      sync.Mutex
	open    map[string]map[string]*visit // by room and member
	dirty   map[*visit]struct{}          // those with something to write
	pending int                          // bytes of visits that have ended and are not written
	last    int64                        // number of the latest row
	gap     store.Gap                    // not written yet; zero if there is none
	limited time.Time                    // when limitAll did something

	stopping   bool
	told       time.Time // of the latest fact
	generation int       // counts the gaps in the facts, with the snapshots that follow
	reconciled int       // the generation whose snapshot is known to be complete
	missed     time.Time // since when facts are missing
}

// Record records the visits of h from its return on, until Close. It fails if the database
// does.
func Record(ctx context.Context, h *hub.Hub, c Config) (*Recorder, error) {
	c.MaxPending = cmp.Or(c.MaxPending, DefaultMaxPending)
	life, err := c.Store.Begin(ctx, c.Node, time.Now())
	if err != nil {
		return nil, err
	}
	r := &Recorder{
		config: c, life: life,
		wake: make(chan struct{}, 1), stopped: make(chan struct{}),
		open: make(map[string]map[string]*visit), dirty: make(map[*visit]struct{}),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.observer = h.Observe("attendance", r.apply)
	if err := r.observer.Sync(ctx); err != nil { // of who is here before the first snapshot, the time is not known
		r.observer.Close()
		return nil, err
	}
	go r.run()
	return r, nil
}

// Stopping tells that the server sends its clients away to come back, before it does: a visit
// that ends with a connection that is closed from now on has the reason store.Stopping.
func (r *Recorder) Stopping() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopping = true
}

// Close writes what is left and ends the life of this node. The hub must have been closed and
// its observers ended before. If ctx ends first, the error says how many visits were not
// written, and the end of this life is a gap.
func (r *Recorder) Close(ctx context.Context) error {
	r.observer.Close()
	r.cancel()
	<-r.stopped
	err := r.flush(ctx)
	if err == nil {
		err = r.life.End(ctx, time.Now())
	}
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		return fmt.Errorf("attendance: visits that could not be written: %d: %w", len(r.dirty), err)
	}
	return nil
}

// run writes until the recorder is closed.
func (r *Recorder) run() {
	defer close(r.stopped)
	failed := 0
	for pace.Wait(r.ctx, r.wake, failed) {
		if err := r.flush(r.ctx); err != nil {
			if r.ctx.Err() != nil {
				return
			}
			failed++
			r.writeWarning.Log(r.config.Log, "attendance: the database takes nothing at the moment, visits are kept until it does", "err", err)
			continue
		}
		failed = 0
		r.forget()
	}
}

// forget deletes some of the visits that are kept no longer, if it is time.
func (r *Recorder) forget() {
	now := time.Now()
	if now.Sub(r.forgot) < forgetEvery {
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, writeWithin)
	defer cancel()
	all, err := r.config.Store.Forget(ctx, now.Add(-r.config.Keep))
	if err != nil && r.ctx.Err() == nil {
		r.writeWarning.Log(r.config.Log, "attendance: old visits can't be deleted", "err", err)
	}
	if all {
		r.forgot = now
	}
}
