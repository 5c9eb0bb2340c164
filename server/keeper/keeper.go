// Package keeper keeps in a database what is set for rooms, and must outlive the process: who
// is kept out, and what rooms say of themselves.
//
// A Keeper is an observer of a hub: no room waits for it, and it waits for no database while
// it is told something. What the database does not take is written as soon as it does, and
// is no more than one row for each ban and each room. Where several nodes share a database,
// a Keeper also reads what others have set for rooms that are not in use here; bans the
// nodes tell each other.
//
//   - keeper.go: Keeper, and its goroutine.
//   - rows.go: how bans become rows, and rows bans.
package keeper

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"rollcall/server/hub"
	"rollcall/server/notice"
	"rollcall/server/store"
	"rollcall/shared"
)

// The rhythm of a Keeper.
const (
	readEvery   = 5 * time.Second  // how often it is read what other nodes have set
	forgetEvery = 10 * time.Minute // how often bans that are over are deleted
	forgetAfter = time.Hour        // how long they are kept: as long as the nodes keep them
	doWithin    = 10 * time.Second // bounds a transaction
)

var pace = store.Pace{Gather: 100 * time.Millisecond, Every: readEvery, Retry: 5 * time.Second}

const (
	readAtOnce = 1000 // rooms in a query
	// readAgain is how many of the latest changes are read each time, since one that is
	// written at the same time may be seen after one with a greater number.
	readAgain = 100
)

// Config is what a Keeper needs.
type Config struct {
	Store *store.Store
	// Shared says that other nodes, or a predecessor, use the same database.
	Shared bool
	Log    *slog.Logger
}

// Keeper keeps what is set for the rooms of one hub. Its methods are safe for concurrent use.
type Keeper struct {
	config   Config
	hub      *hub.Hub
	observer *hub.Observer

	ctx     context.Context // ends what the goroutine waits for
	cancel  context.CancelFunc
	wake    chan struct{} // has a value when there is something to write
	stopped chan struct{} // closed when the goroutine has ended

	warning notice.Warning

	latest          int64     // the greatest Room.N that was read; used by the goroutine alone
	read, forgotten time.Time // when that was done; used by the goroutine alone

	mu    sync.Mutex
	ready bool                // the first snapshot, which repeats what was read, is over
	bans  map[banKey]*hub.Ban // not written yet
	rooms map[string]struct{} // those of which something is not written yet
	known map[string]hub.Kept // what the database has
}

type banKey struct{ room, id string }

// Keep gives h what was kept, and keeps what is set from its return on, until Close. The hub
// must have Config.RememberRooms, and nobody in it yet. It fails if the database does.
func Keep(ctx context.Context, h *hub.Hub, c Config) (*Keeper, error) {
	k := &Keeper{
		config: c, hub: h,
		wake: make(chan struct{}, 1), stopped: make(chan struct{}),
		bans: make(map[banKey]*hub.Ban), rooms: make(map[string]struct{}), known: make(map[string]hub.Kept),
		read: time.Now(),
	}
	if err := k.restore(ctx); err != nil {
		return nil, err
	}
	k.ctx, k.cancel = context.WithCancel(context.Background())
	k.observer = h.Observe("keeper", k.apply)
	if err := k.observer.Sync(ctx); err != nil {
		k.observer.Close()
		return nil, err
	}
	k.mu.Lock()
	k.ready = true
	k.mu.Unlock()
	go k.run()
	return k, nil
}

// restore gives the hub what the database has.
func (k *Keeper) restore(ctx context.Context) error {
	rows, err := k.config.Store.Bans(ctx)
	if err != nil {
		return err
	}
	bans := make([]hub.Ban, len(rows))
	for i, row := range rows {
		bans[i] = banOf(row)
	}
	if err := k.hub.RestoreBans(bans); err != nil {
		k.config.Log.Warn("keeper: a ban in the database can't be used", "err", err)
	}
	seen, err := k.config.Store.LastSeen(ctx)
	if err != nil {
		return err
	}
	return k.readRooms(ctx, seen)
}

// readRooms gives the hub what has been set for rooms since it did so last. A host who is there
// by the database, but in a room that is not in use here, was there until a time; the zero time
// is now.
func (k *Keeper) readRooms(ctx context.Context, until time.Time) error {
	for after, name := max(k.latest-readAgain, 0), ""; ; {
		rows, err := k.config.Store.Rooms(ctx, after, name, readAtOnce)
		if err != nil {
			return err
		}
		for _, row := range rows {
			after, name = row.N, row.Room
			if kept := keptOf(row); k.learned(row.Room, kept) {
				k.restoreRoom(row.Room, kept, until)
			}
		}
		k.latest = max(k.latest, after)
		if len(rows) < readAtOnce {
			return nil
		}
	}
}

// restoreRoom gives the hub what the database has of a room. What has ended, or begun to, while
// nobody was there to write it is written now, or it would begin again each time; but not where
// the hosts may be on another node, which writes it.
func (k *Keeper) restoreRoom(room string, kept hub.Kept, until time.Time) {
	known := kept
	if h := &kept.Hosting; h.Left == 0 && (h.Hosts != "" || h.Locked) && !until.IsZero() {
		h.Left = until.UnixMilli()
	}
	if err := k.hub.RestoreRoom(room, kept); err != nil {
		k.warning.Log(k.config.Log, "keeper: what a room in the database says of itself can't be used", "err", err)
		return
	}
	if !k.config.Shared && k.hub.Kept(room) != known {
		k.mu.Lock()
		k.rooms[room] = struct{}{}
		k.mu.Unlock()
	}
}

// learned notes what the database has of a room, and reports whether that is news: not if
// this node has something to write itself.
func (k *Keeper) learned(room string, kept hub.Kept) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, mine := k.rooms[room]; mine || k.known[room] == kept {
		return false
	}
	k.note(room, kept)
	return true
}

// note notes what the database has of a room. mu is held.
func (k *Keeper) note(room string, kept hub.Kept) {
	if kept == (hub.Kept{}) {
		delete(k.known, room)
	} else {
		k.known[room] = kept
	}
}

// apply notes what is to be written. It is what the hub's observer calls.
func (k *Keeper) apply(facts []hub.Fact) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.ready {
		return
	}
	for _, f := range facts {
		switch f.Kind {
		case hub.FactBanned, hub.FactUnbanned:
			k.bans[banKey{f.Room, f.Ban.ID}] = f.Ban
		case hub.FactRoomInfo:
			k.rooms[f.Room] = struct{}{}
		case hub.FactGap: // facts about rooms that are not in use are not repeated
			for room := range k.known {
				k.rooms[room] = struct{}{}
			}
			for _, room := range k.hub.RememberedRooms() {
				k.rooms[room] = struct{}{}
			}
		}
	}
	if len(k.bans)+len(k.rooms) > 0 {
		select {
		case k.wake <- struct{}{}:
		default:
		}
	}
}

// Close writes what is left. The hub must have been closed and its observers ended before.
// If ctx ends first, the error says how much was not written.
func (k *Keeper) Close(ctx context.Context) error {
	k.observer.Close()
	k.cancel()
	<-k.stopped
	if err := k.write(ctx); err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		return fmt.Errorf("keeper: bans and rooms that could not be written: %d and %d: %w", len(k.bans), len(k.rooms), err)
	}
	return nil
}

// run writes, reads and deletes until the keeper is closed.
func (k *Keeper) run() {
	defer close(k.stopped)
	for failed := 0; pace.Wait(k.ctx, k.wake, failed); {
		ctx, cancel := context.WithTimeout(k.ctx, doWithin)
		err := k.step(ctx)
		cancel()
		switch {
		case k.ctx.Err() != nil:
			return
		case err != nil:
			failed++
			k.warning.Log(k.config.Log, "keeper: the database does not answer, what is set for rooms is written when it does", "err", err)
		default:
			failed = 0
		}
	}
}

// step writes what is to be written, and does the rest if it is time.
func (k *Keeper) step(ctx context.Context) error {
	if err := k.write(ctx); err != nil {
		return err
	}
	now := time.Now()
	if k.config.Shared && now.Sub(k.read) >= readEvery {
		k.read = now
		if err := k.readRooms(ctx, time.Time{}); err != nil {
			return err
		}
	}
	if now.Sub(k.forgotten) < forgetEvery {
		return nil
	}
	k.forgotten = now
	if err := k.config.Store.ForgetBans(ctx, now.Add(-forgetAfter)); err != nil {
		return err
	}
	return k.config.Store.ForgetRooms(ctx, now.Add(-shared.HostOutlasts))
}
