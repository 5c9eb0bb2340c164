package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/client/pipetest"
)

const (
	key = "ada-has-this-key-only"
	you = "ADA"
)

var errRefused = errors.New("connection refused")

// server is what the tests' clients connect to. It says only what a test
// tells it to.
type server struct {
	t     *testing.T
	links chan *link
	down  atomic.Bool // refuses connections
	tries chan time.Time
	log   slog.Handler
}

// link is the server's end of one connection.
type link struct {
	*pipetest.End
	t       *testing.T
	greeted bool // the client has said its status, as it does after each join
}

func newServer(t *testing.T) *server {
	return &server{t: t, links: make(chan *link, 1000), tries: make(chan time.Time, 1000), log: slog.DiscardHandler}
}

func (s *server) connect(context.Context) (client.Conn, error) {
	s.tries <- time.Now()
	if s.down.Load() {
		return nil, errRefused
	}
	a, b := pipetest.New(16)
	s.links <- &link{End: b, t: s.t}
	return a, nil
}

// open starts a client, Ada, with the given changes to its options.
func (s *server) open(changes ...func(*client.Options)) *client.Client {
	s.t.Helper()
	o := client.Options{Name: "Ada", Key: key, Connect: s.connect, Log: slog.New(s.log)}
	for _, change := range changes {
		change(&o)
	}
	c, err := client.Open("", o)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// link returns the next connection that a client made.
func (s *server) link() *link {
	s.t.Helper()
	select {
	case l := <-s.links:
		return l
	case <-time.After(time.Hour):
		s.t.Fatal("no client came")
		return nil
	}
}

// join lets the next connection in, with a snapshot of r, and returns it and
// what the client joined with.
func (s *server) join(r *shared.Roster) (*link, shared.GotANewUser) {
	s.t.Helper()
	l := s.link()
	joined := hear[shared.GotANewUser](l)
	l.say(snapshot(r))
	return l, joined
}

// say sends the events as one frame.
func (l *link) say(events ...shared.Event) {
	l.t.Helper()
	if err := l.Write(l.t.Context(), shared.Encode(events...)); err != nil {
		l.t.Fatalf("saying %v: %v", events, err)
	}
}

// hear returns the next event of the client, which must be an E.
func hear[E shared.Event](l *link) E {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Hour)
	defer cancel()
	var want E
	frame, err := l.Read(ctx)
	if err != nil {
		l.t.Fatalf("waiting for %s: %v", want.Event(), err)
	}
	var heard heard
	if err := shared.ReadClient(frame, &heard); err != nil || len(heard) != 1 {
		l.t.Fatalf("the client sent %q: %v", frame, err)
	}
	if l.isGreeting(frame) {
		return hear[E](l)
	}
	e, ok := heard[0].(E)
	if !ok {
		l.t.Fatalf("the client sent %q, not %s", frame, want.Event())
	}
	return e
}

// isGreeting reports whether frame is the first on l that says that the person
// is active, and nothing else. Most tests are not about that.
func (l *link) isGreeting(frame []byte) bool {
	active := shared.StatusActive
	if l.greeted || !bytes.Equal(frame, shared.Encode(shared.UpdateUser{Status: &active})) {
		return false
	}
	l.greeted = true
	return true
}

// quiet checks that the client has nothing to say.
func (l *link) quiet() {
	l.t.Helper()
	synctest.Wait()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Nanosecond)
	defer cancel()
	frame, err := l.Read(ctx)
	if l.isGreeting(frame) {
		frame, err = l.Read(ctx)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		l.t.Fatalf("the client sent %q (%v), which it should not", frame, err)
	}
}

// goodbye returns the code that the client closes the connection with.
func (l *link) goodbye() shared.CloseCode {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Hour)
	defer cancel()
	for {
		_, err := l.Read(ctx)
		var closed client.CloseError
		switch {
		case errors.As(err, &closed):
			return closed.Code
		case err != nil:
			l.t.Fatalf("no goodbye: %v", err)
		}
	}
}

type heard []shared.Event

func (h *heard) GotANewUser(e shared.GotANewUser) error { *h = append(*h, e); return nil }
func (h *heard) UpdateUser(e shared.UpdateUser) error   { *h = append(*h, e); return nil }
func (h *heard) Leave(e shared.Leave) error             { *h = append(*h, e); return nil }
func (h *heard) Unknown(event string) error             { return errors.New("unknown " + event) }

// room returns a roster with Ada and the others, who came after her.
func room(epoch string, others ...string) *shared.Roster {
	r := shared.NewRoster(shared.Lobby, epoch)
	do(&r, arrival(&r, you, "Ada"))
	for _, name := range others {
		do(&r, arrival(&r, name, name))
	}
	return &r
}

func arrival(r *shared.Roster, id, name string) shared.NewUser {
	rev := r.Rev() + 1
	return shared.NewUser{Rev: rev, User: shared.User{ID: id, Name: name, Status: shared.StatusActive, JoinedAt: int64(rev)}}
}

func departure(r *shared.Roster, id string) shared.DisconnectUser {
	return shared.DisconnectUser{Rev: r.Rev() + 1, ID: id, Reason: shared.ReasonClosed}
}

func change(r *shared.Roster, id string, f func(*shared.User)) shared.UserUpdated {
	u, _ := r.Get(id)
	f(&u)
	return shared.UserUpdated{Rev: r.Rev() + 1, User: u}
}

// do applies e to the server's roster and returns it, to be said.
func do(r *shared.Roster, e shared.Event) shared.Event {
	if err := r.Apply(e); err != nil {
		panic(err)
	}
	return e
}

func snapshot(r *shared.Roster) shared.ExistingUsers {
	return shared.ExistingUsers{You: you, Room: r.Room(), Epoch: r.Epoch(), Rev: r.Rev(), Users: slices.Collect(r.All())}
}

func heartbeat(r *shared.Roster) shared.Heartbeat {
	return shared.Heartbeat{Rev: r.Rev(), Count: r.Len(), Hash: r.Hash()}
}

// next returns the next update, which must be there within a fake hour.
func next(t *testing.T, c *client.Client) client.Update {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	u, err := c.Next(ctx)
	if err != nil {
		t.Fatalf("no update: %v", err)
	}
	return u
}

// until takes updates up to the first with the given state and returns it.
func until(t *testing.T, c *client.Client, s client.State) client.Update {
	t.Helper()
	for range 1000 {
		if u := next(t, c); u.State == s {
			return u
		}
	}
	t.Fatalf("never %s", s)
	return client.Update{}
}

// events takes updates until the client has nothing new and returns their events.
func events(t *testing.T, c *client.Client) (all []shared.Event) {
	t.Helper()
	for {
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		u, err := c.Next(ctx)
		cancel()
		if err != nil {
			return all
		}
		all = append(all, u.Events...)
	}
}

// end takes updates until the client has ended and returns why.
func end(t *testing.T, c *client.Client) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for {
		u, err := c.Next(ctx)
		if err == nil {
			continue
		}
		if u.State != client.Closed {
			t.Fatalf("the client did not end: %v", err)
		}
		return err
	}
}

// same checks that the client's roster is r.
func same(t *testing.T, c *client.Client, r *shared.Roster) {
	t.Helper()
	c.Roster(func(got *shared.Roster) {
		if got.Epoch() != r.Epoch() || got.Rev() != r.Rev() || got.Hash() != r.Hash() || got.Len() != r.Len() || got.Room() != r.Room() {
			t.Errorf("the client holds %d at %s/%d, the room has %d at %s/%d",
				got.Len(), got.Epoch(), got.Rev(), r.Len(), r.Epoch(), r.Rev())
		}
	})
}

// bubble runs f with a fake clock.
func bubble(t *testing.T, f func(t *testing.T, s *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newServer(t)) })
}

var _ io.Closer = (*client.Client)(nil)
