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

// server accepts the connections of the tests' clients. It sends nothing by itself:
// each test plays the server on its links.
type server struct {
	t        *testing.T
	links    chan *link
	down     atomic.Bool    // connect fails
	attempts chan time.Time // when each attempt to connect began // when each attempt to connect began
	log      slog.Handler
}

// link is the server's end of one connection.
type link struct {
	*pipetest.End
	t          *testing.T
	sentStatus bool // isFirstStatus has found that frame
}

func newServer(t *testing.T) *server {
	return &server{t: t, links: make(chan *link, 1000), attempts: make(chan time.Time, 1000), log: slog.DiscardHandler}
}

func (s *server) connect(context.Context) (client.Conn, error) {
	s.attempts <- time.Now()
	if s.down.Load() {
		return nil, errRefused
	}
	a, b := pipetest.New(16)
	s.links <- &link{End: b, t: s.t}
	return a, nil
}

// open starts a client, Ada, with the given changes to its options. The client is
// closed at the end of the test. The client is
// closed at the end of the test.
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
	s.t.Cleanup(func() { c.Close() })
	return c
}

// joined opens a client, has it join r, and returns it and its connection. It has
// called Next up to the update with State Live.
func (s *server) joined(r *shared.Roster) (*client.Client, *link) {
	s.t.Helper()
	c := s.open()
	l, _ := s.join(r)
	waitFor(s.t, c, client.Live)
	return c, l
}

// link returns the next connection that a client has made.
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

// joining returns the next connection and the join that the client sends on it.
func (s *server) joining() (*link, shared.GotANewUser) {
	s.t.Helper()
	l := s.link()
	return l, receive[shared.GotANewUser](l)
}

// join answers the join on the next connection with a snapshot of r. It returns the
// connection and the join.
func (s *server) join(r *shared.Roster) (*link, shared.GotANewUser) {
	s.t.Helper()
	l, joined := s.joining()
	l.send(snapshot(r))
	return l, joined
}

// send sends the events as one frame.
func (l *link) send(events ...shared.Event) {
	l.t.Helper()
	if err := l.Write(l.t.Context(), shared.Encode(events...)); err != nil {
		l.t.Fatalf("sending %v: %v", events, err)
	}
}

// receive returns the client's next event, which must be an E. It skips the status
// that a client sends after its join; see isFirstStatus.
func receive[E shared.Event](l *link) E {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Hour)
	defer cancel()
	var want E
	frame, err := l.Read(ctx)
	if err != nil {
		l.t.Fatalf("waiting for %s: %v", want.Event(), err)
	}
	var got clientEvents
	if err := shared.ReadClient(frame, &got); err != nil || len(got) != 1 {
		l.t.Fatalf("the client sent %q: %v", frame, err)
	}
	if l.isFirstStatus(frame) {
		return receive[E](l)
	}
	e, ok := got[0].(E)
	if !ok {
		l.t.Fatalf("the client sent %q, not %s", frame, want.Event())
	}
	return e
}

// isFirstStatus reports whether frame is the first on l that sets the status to
// active and nothing else. Each client sends that after its join, and most tests are
// not about it.
func (l *link) isFirstStatus(frame []byte) bool {
	active := shared.StatusActive
	if l.sentStatus || !bytes.Equal(frame, shared.Encode(shared.UpdateUser{Status: &active})) {
		return false
	}
	l.sentStatus = true
	return true
}

// expectNothing checks that the client has sent nothing more.
func (l *link) expectNothing() {
	l.t.Helper()
	synctest.Wait()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Nanosecond)
	defer cancel()
	frame, err := l.Read(ctx)
	if l.isFirstStatus(frame) {
		frame, err = l.Read(ctx)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		l.t.Fatalf("the client sent %q (%v), which it should not", frame, err)
	}
}

// closeCode returns the code that the client closes the connection with.
func (l *link) closeCode() shared.CloseCode {
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

// clientEvents collects the events that shared.ReadClient finds in a frame.
type clientEvents []shared.Event

func (h *clientEvents) GotANewUser(e shared.GotANewUser) error { *h = append(*h, e); return nil }
func (h *clientEvents) Watch(e shared.Watch) error             { *h = append(*h, e); return nil }
func (h *clientEvents) UpdateUser(e shared.UpdateUser) error   { *h = append(*h, e); return nil }
func (h *clientEvents) Leave(e shared.Leave) error             { *h = append(*h, e); return nil }
func (h *clientEvents) RemoveUser(e shared.RemoveUser) error   { *h = append(*h, e); return nil }
func (h *clientEvents) UpdateRoom(e shared.UpdateRoom) error   { *h = append(*h, e); return nil }
func (h *clientEvents) UpdateRole(e shared.UpdateRole) error   { *h = append(*h, e); return nil }
func (h *clientEvents) Knock(e shared.Knock) error             { *h = append(*h, e); return nil }
func (h *clientEvents) AnswerKnock(e shared.AnswerKnock) error { *h = append(*h, e); return nil }
func (h *clientEvents) Ping(e shared.Ping) error               { *h = append(*h, e); return nil }
func (h *clientEvents) Unknown(e shared.Unknown) error         { return errors.New("unknown " + e.Name) }

// room returns the roster of a room with Ada and the others, who came after her.
func room(epoch string, others ...string) *shared.Roster {
	r := shared.NewRoster(shared.Lobby, epoch)
	apply(&r, arrival(&r, you, "Ada"))
	for _, name := range others {
		apply(&r, arrival(&r, name, name))
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

// apply applies e to the server's roster and returns it, to be sent.
func apply(r *shared.Roster, e shared.Event) shared.Event {
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

// waitFor calls Next until an update has the given state, and returns that update.
func waitFor(t *testing.T, c *client.Client, s client.State) client.Update {
	t.Helper()
	for range 1000 {
		if u := next(t, c); u.State == s {
			return u
		}
	}
	t.Fatalf("never %s", s)
	return client.Update{}
}

// waitForPause calls Next until the client waits to reconnect, and returns the update
// that has the time of the next attempt.
func waitForPause(t *testing.T, c *client.Client) client.Update {
	t.Helper()
	for {
		if u := next(t, c); !u.RetryAt.IsZero() {
			return u
		}
	}
}

// drain calls Next until the client has nothing new, and returns the events of all
// updates.
func drain(t *testing.T, c *client.Client) (all []shared.Event) {
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

// waitForEnd calls Next until the client has ended, and returns the reason.
func waitForEnd(t *testing.T, c *client.Client) error {
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

// wantRoster checks that the client's roster equals r.
func wantRoster(t *testing.T, c *client.Client, r *shared.Roster) {
	t.Helper()
	c.Roster(func(got *shared.Roster) {
		if got.Epoch() != r.Epoch() || got.Rev() != r.Rev() || got.Hash() != r.Hash() || got.Len() != r.Len() || got.Room() != r.Room() {
			t.Errorf("the client holds %d at %s/%d, the room has %d at %s/%d",
				got.Len(), got.Epoch(), got.Rev(), r.Len(), r.Epoch(), r.Rev())
		}
	})
}

// bubble runs f, with a server, in a bubble of testing/synctest: its clock is fake.
func bubble(t *testing.T, f func(t *testing.T, s *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newServer(t)) })
}

var _ io.Closer = (*client.Client)(nil)
