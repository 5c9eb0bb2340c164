package model

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// tab is a browser tab of a member: a client, a goroutine that calls its Next, and one
// that does what the person does.
type tab struct {
	w      *world
	index  int
	member *member
	orders chan func() // what the person does, one after the other

	// Guarded by world.mu.
	pending  int            // how many orders are not done
	life     int            // how often it was opened
	sentAway int            // the life in which its client was told that it is sent away
	inside   time.Time      // when the present client was first shown its member; zero before
	insideOn *server        // by which server
	client   *client.Client // nil while closed
	over     chan struct{}  // closed when follow returns
	state    client.State
	link     *link // the latest
	stream   *stream
	watches  shared.Detail         // "" if the tab is to be a member
	held     *shared.ExistingUsers // the roster of the last client
	status   shared.Status
	offline  bool
	swallow  bool // the next handshake gets no answer
	mute     bool // the next connection loses all messages
	paused   bool
	drip     time.Duration // the interval at which Next is called while paused
	changed  chan struct{} // closed and replaced when paused or drip changes
	random   *rand.Rand
}

func newTab(w *world, index int, m *member) *tab {
	t := &tab{
		w: w, index: index, member: m, orders: make(chan func(), 1<<12), status: shared.StatusActive,
		changed: make(chan struct{}),
		random:  rand.New(rand.NewPCG(w.shape.Delays, uint64(index))),
	}
	m.tabs = append(m.tabs, t)
	go func() {
		for order := range t.orders {
			order()
			w.locked(func() { t.pending-- })
		}
	}()
	return t
}

func (t *tab) String() string { return fmt.Sprintf("tab %d in %s", t.index, t.member.room) }

// do queues an order, which the person carries out after those before it.
func (t *tab) do(order func()) {
	t.w.locked(func() { t.pending++; t.member.disturbed = time.Now() })
	t.orders <- order
}

// seen is the source of client.Options.Seen.
type seen int

const (
	seenNothing seen = iota // no roster
	seenBefore              // the roster of the tab's last client
	seenPage                // the roster that the server puts into a page
)

// open starts a client that joins, unless the tab is open.
func (t *tab) open(s seen) { t.openAs(s, "") }

// watch starts a client that watches, unless the tab is open.
func (t *tab) watch(detail shared.Detail) { t.openAs(seenBefore, detail) }

// openAs starts a client that watches with the given detail, or joins if that is "".
func (t *tab) openAs(s seen, detail shared.Detail) {
	if t.isOpen() {
		return
	}
	o := client.Options{
		Watch: detail,
		Room:  t.member.room, Key: t.member.key, Connect: t.connect, Log: slog.New(slog.DiscardHandler),
		Seen: t.snapshot(s),
	}
	st := &stream{w: t.w, who: t.String(), room: t.member.room}
	if o.Seen != nil {
		if err := st.snapshot(*o.Seen); err != nil {
			t.w.fail(err)
		}
	}
	t.w.locked(func() {
		t.life++
		t.inside = time.Time{}
		if t.watches, o.Status = detail, t.status; detail == "" {
			t.member.opened(t)
			o.Name, o.Note = t.member.name.current.asked, t.member.note.current.asked
		}
	})
	c, err := client.Open("", o)
	if err != nil {
		t.w.fail(err)
		return
	}
	over := make(chan struct{})
	t.w.locked(func() { t.client, t.over, t.stream, t.state = c, over, st, client.Connecting })
	go t.follow(c, st, over)
}

// join makes the client of a tab that watches join.
func (t *tab) join() {
	if !t.isWatching() {
		return
	}
	t.onClient(func(c *client.Client) error {
		var name, note string
		t.w.locked(func() {
			t.watches = ""
			t.member.opened(t)
			name, note = t.member.name.current.asked, t.member.note.current.asked
		})
		if note != "" {
			_ = c.SetNote(context.Background(), note) // fails only where Join does
		}
		return c.Join(context.Background(), name)
	})
}

func (t *tab) isWatching() (watching bool) {
	t.w.locked(func() { watching = t.client != nil && t.watches != "" })
	return watching
}

// isMember reports whether the tab is open and is to be a member. world.mu is held.
func (t *tab) isMember() bool { return t.client != nil && t.watches == "" }

func (t *tab) isOpen() (open bool) {
	t.w.locked(func() { open = t.client != nil })
	return open
}

// snapshot returns the roster that the next client starts with, or nil.
func (t *tab) snapshot(s seen) *shared.ExistingUsers {
	srv := t.server()
	switch {
	case s == seenBefore && t.held != nil:
		return t.held
	case s == seenPage && srv != nil:
		if v := srv.hub.Preload(t.member.room, noLimit); v.Epoch != "" {
			return &shared.ExistingUsers{Room: t.member.room, Epoch: v.Epoch, Rev: v.Rev, Info: v.Info, Users: v.Users}
		}
	}
	return nil
}

// server returns the server to connect to, or nil if all are down.
func (t *tab) server() *server {
	if t.w.mesh != nil {
		return t.w.mesh.pick(t)
	}
	return t.w.current()
}

// noLimit is more than the number of members in any room.
const noLimit = 1 << 20

// follow calls Next until the client has ended.
func (t *tab) follow(c *client.Client, st *stream, over chan struct{}) {
	defer close(over)
	for {
		t.awaitResume()
		u, end := c.Next(context.Background())
		t.w.fail(t.checkUpdate(c, st, u, end != nil))
		if end != nil {
			t.ended(c, end)
			return
		}
		if u.State == client.Reconnecting && !u.RetryAt.IsZero() && !t.w.shape.Patient {
			c.RetryNow()
		}
	}
}

// checkUpdate checks the events of an update, and that the client's roster is what they
// make. After an update without events, except the last, the roster may be newer.
func (t *tab) checkUpdate(c *client.Client, st *stream, u client.Update, last bool) (err error) {
	var at point
	var p digest
	c.Roster(func(r *shared.Roster) {
		at, p = point{t.member.room, r.Epoch(), r.Rev()}, digest{r.Hash(), r.Len()}
	})
	t.w.mu.Lock()
	defer t.w.mu.Unlock()
	if t.state = u.State; u.You != "" && t.watches != "" && t.client == c {
		err = fmt.Errorf("%v watches as %s", t, u.You)
	}
	for _, e := range u.Events {
		err = errors.Join(err, st.apply(e))
		if t.client == c {
			t.noteSentAway(e)
		}
	}
	if u.You != "" && t.client == c {
		t.noteInside(u.You, st)
	}
	if err == nil {
		err = errors.Join(st.checkDigest(), t.w.agree(at, p, "the roster of "+t.String()))
	}
	held := point{st.room, st.epoch, st.rev}
	if err == nil && held != at && (len(u.Events) > 0 || last) {
		err = fmt.Errorf("the roster of %v is at %v, the events lead to %v", t, at, held)
	}
	return err
}

// ended notes that the client has ended. The tab must have ended it, the member must have
// left in another tab, or a locked room must not have let the member in.
func (t *tab) ended(c *client.Client, why error) {
	var told shared.Error
	var closed client.CloseError
	left := errors.As(why, &told) && told.Code == shared.CodeLeft ||
		errors.As(why, &closed) && closed.Code == shared.CloseLeft
	t.w.mu.Lock()
	defer t.w.mu.Unlock()
	if t.client != c {
		return
	}
	refused := told.Code == shared.CodeLocked && t.watches == "" ||
		(told.Code == shared.CodeKicked || told.Code == shared.CodeBanned) && t.member.sentAway && (t.watches == "" || t.member.signIn != nil)
	if !refused && (!left || t.member.leaves == 0 || t.watches != "") {
		t.w.failLocked(fmt.Errorf("%v ended by itself: %w", t, why))
	}
	t.shut(c)
}

// shut drops the client, and keeps its roster for seenBefore. world.mu is held.
func (t *tab) shut(c *client.Client) {
	t.client = nil
	t.member.disturbed = time.Now()
	c.Roster(func(r *shared.Roster) {
		if r.Epoch() != "" {
			t.held = &shared.ExistingUsers{Room: r.Room(), Epoch: r.Epoch(), Rev: r.Rev(), Info: r.Info()}
			for u := range r.All() {
				t.held.Users = append(t.held.Users, u)
			}
		}
	})
	if n := c.Desyncs(); n > 0 {
		t.w.failLocked(fmt.Errorf("%v was out of step %d times", t, n))
	}
}

// stop ends the client by a call of end, and waits until follow has returned.
func (t *tab) stop(end func(*client.Client) error) {
	var c *client.Client
	var over chan struct{}
	t.w.locked(func() {
		c, over = t.client, t.over
		t.client = nil
	})
	if c == nil {
		return
	}
	_ = end(c) // the oracle checks the effect
	t.resume()
	<-over
	t.w.locked(func() { t.shut(c) })
}

func (t *tab) close() { t.stop((*client.Client).Close) }

func (t *tab) leave() {
	if t.isWatching() {
		t.stop(func(c *client.Client) error { return c.Leave(context.Background()) })
		return
	}
	t.w.locked(func() { t.member.leaves++ })
	t.stop(func(c *client.Client) error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return c.Leave(ctx)
	})
}

func (t *tab) retry() { t.onClient(func(c *client.Client) error { c.RetryNow(); return nil }) }

func (t *tab) check() { t.onClient(func(c *client.Client) error { c.Check(); return nil }) }

func (t *tab) rename(n int) {
	if t.isWatching() {
		return
	}
	v := names[n%len(names)]
	t.onClient(func(c *client.Client) error {
		t.w.locked(func() { t.member.name.add(t, v) })
		return c.Rename(context.Background(), v.asked)
	})
}

func (t *tab) setNote(n int) {
	if t.isWatching() {
		return
	}
	v := notes[n%len(notes)]
	t.onClient(func(c *client.Client) error {
		t.w.locked(func() { t.member.note.add(t, v) })
		return c.SetNote(context.Background(), v.asked)
	})
}

// setNoteUntil sets a note that ends after d.
func (t *tab) setNoteUntil(n int, d time.Duration) {
	v := notes[1+n%(len(notes)-1)]
	if t.isWatching() || d < 2*time.Millisecond {
		return
	}
	t.onClient(func(c *client.Client) error {
		t.w.locked(func() {
			t.member.note.add(t, v)
			t.member.note.ends = true
		})
		return c.SetNoteUntil(context.Background(), v.asked, time.Now().Add(d))
	})
}

func (t *tab) setStatus(n int) {
	v := statuses[n%len(statuses)]
	t.onClient(func(c *client.Client) error {
		t.w.locked(func() { t.status = v })
		return c.SetStatus(context.Background(), v)
	})
}

// fidget changes the name, the note and the status, more often than a room allows.
func (t *tab) fidget(n int) {
	change := []func(*tab, int){(*tab).rename, (*tab).setNote, (*tab).setStatus}
	for i := range shared.UpdateBurst + n {
		change[i%len(change)](t, n+i)
		time.Sleep(time.Millisecond) // so that the client sends each, not only the last
	}
}

// onClient calls do with the client, unless the tab is closed. Only a client that has
// ended may return an error.
func (t *tab) onClient(do func(*client.Client) error) {
	var c *client.Client
	t.w.locked(func() { c = t.client })
	if c == nil {
		return
	}
	if err := do(c); err != nil && !errors.Is(err, client.ErrClosed) {
		var told shared.Error
		var closed client.CloseError
		if !errors.As(err, &told) && !errors.As(err, &closed) { // the reasons why a client ends
			t.w.fail(fmt.Errorf("%v: %w", t, err))
		}
	}
}

func (t *tab) setOffline(on bool) { t.w.locked(func() { t.offline = on }) }

// heal cancels the planned faults of the tab, and repairs its link as far as possible.
func (t *tab) heal() {
	t.w.locked(func() { t.offline, t.swallow, t.mute = false, false, false })
	t.onLink((*link).heal)
}

// forGood is longer than any schedule.
const forGood = 1000 * time.Hour

// pause has Next called only at intervals of drip, until resume.
func (t *tab) pause(drip time.Duration) {
	t.w.locked(func() {
		if t.client != nil {
			t.setPaused(true, drip)
		}
		t.w.noteSlowness(t.member)
	})
}

func (t *tab) resume() {
	t.w.locked(func() {
		t.setPaused(false, 0)
		t.w.noteSlowness(t.member)
	})
}

// setPaused sets paused and drip and wakes awaitResume. world.mu is held.
func (t *tab) setPaused(paused bool, drip time.Duration) {
	t.paused, t.drip = paused, drip
	close(t.changed)
	t.changed = make(chan struct{})
}

// awaitResume waits until Next may be called.
func (t *tab) awaitResume() {
	for start := time.Now(); ; {
		var wait time.Duration
		var changed chan struct{}
		t.w.locked(func() {
			changed = t.changed
			if t.paused {
				wait = t.drip - time.Since(start)
			}
		})
		if wait <= 0 {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// onLink calls do with the tab's latest connection, if it has had any.
func (t *tab) onLink(do func(*link)) {
	var l *link
	t.w.locked(func() { l = t.link })
	if l != nil {
		do(l)
	}
}

// endAgain ends the member's sessions that have ended, twice more.
func (t *tab) endAgain() {
	var old []*seat
	t.w.locked(func() {
		for _, s := range t.member.past {
			if s.ended {
				old = append(old, s)
			}
		}
	})
	for _, s := range old {
		s.session.End(shared.ReasonTimeout)
		s.session.End(shared.ReasonClosed)
	}
}

// live reports whether the tab's client must have received everything. world.mu is
// held, and every goroutine must be blocked.
func (t *tab) live() bool {
	l := t.link
	return t.client != nil && t.pending == 0 && !t.paused && t.state == client.Live &&
		l != nil && (l.joined && t.watches == "" || l.watches != "" && l.watches == t.watches) && !l.ended && l.sound()
}
