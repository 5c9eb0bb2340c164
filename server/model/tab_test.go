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

// tab is a program of a member: a client, and somebody who calls its Next.
type tab struct {
	w      *world
	index  int
	member *member
	orders chan func() // what its person wants, one after the other

	// Guarded by world.mu.
	pending int // orders not done
	life    int // how often it was opened
	client  *client.Client
	over    chan struct{} // closed when nobody calls Next any more
	state   client.State
	link    *link // the latest
	stream  *stream
	held    *shared.ExistingUsers // what the client before held
	status  shared.Status
	offline bool
	paused  bool
	drip    time.Duration // how often Next is called though paused
	proceed chan struct{} // closed when that changes
	random  *rand.Rand
}

func newTab(w *world, index int, m *member) *tab {
	t := &tab{
		w: w, index: index, member: m, orders: make(chan func(), 1<<12), status: shared.StatusActive,
		proceed: make(chan struct{}),
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

// do has the person do something when they are done with what they do.
func (t *tab) do(order func()) {
	t.w.locked(func() { t.pending++; t.member.disturbed = time.Now() })
	t.orders <- order
}

// What a client may have seen before it is opened.
type seen int

const (
	seenNothing seen = iota
	seenBefore       // what the client before it held
	seenPage         // a page that the server has filled
)

func (t *tab) open(s seen) {
	if t.isOpen() {
		return
	}
	o := client.Options{
		Room: t.member.room, Key: t.member.key, Connect: t.connect, Log: slog.New(slog.DiscardHandler),
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
		t.member.opened(t)
		o.Name, o.Note, o.Status = t.member.name.current.asked, t.member.note.current.asked, t.status
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

func (t *tab) isOpen() (open bool) {
	t.w.locked(func() { open = t.client != nil })
	return open
}

// snapshot is what the client to be opened has seen, if anything.
func (t *tab) snapshot(s seen) *shared.ExistingUsers {
	srv := t.server()
	switch {
	case s == seenBefore && t.held != nil:
		return t.held
	case s == seenPage && srv != nil:
		if v := srv.hub.Look(t.member.room, everybody); v.Epoch != "" {
			return &shared.ExistingUsers{Room: t.member.room, Epoch: v.Epoch, Rev: v.Rev, Users: v.Users}
		}
	}
	return nil
}

// server is where the tab connects to now; nil if nobody answers.
func (t *tab) server() *server {
	if t.w.mesh != nil {
		return t.w.mesh.pick(t)
	}
	return t.w.current()
}

// everybody is more than there are.
const everybody = 1 << 20

// connect makes a connection after a little while.
func (t *tab) connect(ctx context.Context) (client.Conn, error) {
	var wait time.Duration
	t.w.locked(func() {
		wait = time.Duration(1 + t.random.Int64N(int64(3*time.Millisecond)))
		if t.random.IntN(4) == 0 {
			wait += time.Duration(t.random.Int64N(int64(time.Second)))
		}
	})
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	var offline bool
	t.w.locked(func() { offline = t.offline })
	if srv := t.server(); srv != nil && !offline {
		return srv.accept(t)
	}
	return nil, errors.New("nobody answers")
}

// follow calls Next until the client has ended.
func (t *tab) follow(c *client.Client, st *stream, over chan struct{}) {
	defer close(over)
	for {
		t.awaitGoOn()
		u, end := c.Next(context.Background())
		t.w.fail(t.take(c, st, u, end != nil))
		if end != nil {
			t.ended(c, end)
			return
		}
		if u.State == client.Reconnecting && !u.RetryAt.IsZero() && !t.w.shape.Patient {
			c.RetryNow()
		}
	}
}

// take checks an update: its events, and the roster, which must be as they left
// it. After an update without events, other than the last, it may be ahead.
func (t *tab) take(c *client.Client, st *stream, u client.Update, last bool) (err error) {
	var at point
	var p proof
	c.Roster(func(r *shared.Roster) {
		at, p = point{t.member.room, r.Epoch(), r.Rev()}, proof{r.Hash(), r.Len()}
	})
	t.w.mu.Lock()
	defer t.w.mu.Unlock()
	t.state = u.State
	for _, e := range u.Events {
		err = errors.Join(err, st.take(e))
	}
	if err == nil {
		err = errors.Join(st.prove(), t.w.agree(at, p, "the roster of "+t.String()))
	}
	held := point{st.room, st.epoch, st.rev}
	if err == nil && held != at && (len(u.Events) > 0 || last) {
		err = fmt.Errorf("the roster of %v is at %v, the events lead to %v", t, at, held)
	}
	return err
}

// ended notes that the client is over: because the tab wanted it, or because
// the member left in another one.
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
	if !left || t.member.leaves == 0 {
		t.w.failLocked(fmt.Errorf("%v ended by itself: %w", t, why))
	}
	t.shut(c)
}

// shut forgets the client, and keeps what it held. world.mu is held.
func (t *tab) shut(c *client.Client) {
	t.client = nil
	t.member.disturbed = time.Now()
	c.Roster(func(r *shared.Roster) {
		if r.Epoch() != "" {
			t.held = &shared.ExistingUsers{Room: r.Room(), Epoch: r.Epoch(), Rev: r.Rev()}
			for u := range r.All() {
				t.held.Users = append(t.held.Users, u)
			}
		}
	})
	if n := c.Desyncs(); n > 0 {
		t.w.failLocked(fmt.Errorf("%v was out of step %d times", t, n))
	}
}

// part ends the client with end, which waits until it has.
func (t *tab) part(end func(*client.Client) error) {
	var c *client.Client
	var over chan struct{}
	t.w.locked(func() {
		c, over = t.client, t.over
		t.client = nil
	})
	if c == nil {
		return
	}
	_ = end(c) // how it went is the oracle's to know
	t.goOn()
	<-over
	t.w.locked(func() { t.shut(c) })
}

func (t *tab) close() { t.part((*client.Client).Close) }

func (t *tab) leave() {
	t.w.locked(func() { t.member.leaves++ })
	t.part(func(c *client.Client) error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return c.Leave(ctx)
	})
}

func (t *tab) retry() { t.wish(func(c *client.Client) error { c.RetryNow(); return nil }) }

func (t *tab) rename(n int) {
	v := names[n%len(names)]
	t.wish(func(c *client.Client) error {
		t.w.locked(func() { t.member.name.wished(t, v) })
		return c.Rename(context.Background(), v.asked)
	})
}

func (t *tab) setNote(n int) {
	v := notes[n%len(notes)]
	t.wish(func(c *client.Client) error {
		t.w.locked(func() { t.member.note.wished(t, v) })
		return c.SetNote(context.Background(), v.asked)
	})
}

func (t *tab) setStatus(n int) {
	v := statuses[n%len(statuses)]
	t.wish(func(c *client.Client) error {
		t.w.locked(func() { t.status = v })
		return c.SetStatus(context.Background(), v)
	})
}

// fidget changes everything again and again, more often than a room allows.
func (t *tab) fidget(n int) {
	change := []func(*tab, int){(*tab).rename, (*tab).setNote, (*tab).setStatus}
	for i := range shared.UpdateBurst + n {
		change[i%len(change)](t, n+i)
		time.Sleep(time.Millisecond) // so that each is said, and not the last alone
	}
}

// wish asks something of the client, if there is one.
func (t *tab) wish(ask func(*client.Client) error) {
	var c *client.Client
	t.w.locked(func() { c = t.client })
	if c == nil {
		return
	}
	if err := ask(c); err != nil && !errors.Is(err, client.ErrClosed) {
		var told shared.Error
		var closed client.CloseError
		if !errors.As(err, &told) && !errors.As(err, &closed) { // why it has ended meanwhile
			t.w.fail(fmt.Errorf("%v: %w", t, err))
		}
	}
}

func (t *tab) setOffline(on bool) { t.w.locked(func() { t.offline = on }) }

// forGood is longer than any schedule.
const forGood = 1000 * time.Hour

// pause has Next called only so often, until goOn.
func (t *tab) pause(drip time.Duration) {
	t.w.locked(func() {
		if t.client != nil {
			t.proceedWith(true, drip)
		}
		t.w.shake(t.member)
	})
}

func (t *tab) goOn() {
	t.w.locked(func() {
		t.proceedWith(false, 0)
		t.w.shake(t.member)
	})
}

func (t *tab) proceedWith(paused bool, drip time.Duration) {
	t.paused, t.drip = paused, drip
	close(t.proceed)
	t.proceed = make(chan struct{})
}

// awaitGoOn waits until Next may be called.
func (t *tab) awaitGoOn() {
	for start := time.Now(); ; {
		var wait time.Duration
		var changed chan struct{}
		t.w.locked(func() {
			changed = t.proceed
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

// onLink does something to the connection that the tab has, if any.
func (t *tab) onLink(do func(*link)) {
	var l *link
	t.w.locked(func() { l = t.link })
	if l != nil {
		do(l)
	}
}

// endAgain has the member's old connections end late, and twice.
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

// live reports whether the tab must see and show everything as it is.
// world.mu is held; every goroutine waits.
func (t *tab) live() bool {
	l := t.link
	return t.client != nil && t.pending == 0 && !t.paused && t.state == client.Live &&
		l != nil && l.joined && !l.ended && l.sound()
}
