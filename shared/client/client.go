package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"rollcall/shared"
)

// ErrClosed is why a client has ended that Close was called on.
var ErrClosed = errors.New("the client was closed")

// ErrNotTold is Leave's error when there was no connection to say it on: the
// room sees the member go when the grace is over.
var ErrNotTold = errors.New("not connected: the room was not told")

// Options say who joins which room.
type Options struct {
	Room string // shared.Lobby if empty; see shared.CheckRoom
	Name string // required; see shared.CleanName

	// Key is the member's secret: who joins with the same key is the same
	// member. Keep it between runs to come back as the same; a fresh one of
	// shared.NewKey if empty.
	Key string

	// Token is for a server that lets in only who brings one; see
	// shared.TokenProtocol. When it is not valid there, or not any more, the client
	// ends with a shared.Error.
	Token string

	Status shared.Status // shared.StatusActive if empty
	Note   string        // see shared.CleanNote

	// Seen is a snapshot that the caller already has, as from a page: the first
	// join asks only for what happened since. It becomes the client's. Nil, or
	// one that is not whole (More), means none.
	Seen *shared.ExistingUsers

	// Connect makes a connection; a WebSocket to the client's URL if nil. It is
	// called by one goroutine at a time, must return when ctx ends and must not
	// call the client's methods.
	Connect func(ctx context.Context) (Conn, error)

	Log *slog.Logger // slog.Default() if nil
}

// Client is a member of a room. Its methods are safe for concurrent use.
type Client struct {
	room, key string
	connect   func(context.Context) (Conn, error)
	log       *slog.Logger

	ctx  context.Context         // ends, with the cause, when the client is to end
	end  context.CancelCauseFunc // the first call counts
	done chan struct{}           // closed when every goroutine has ended
	live chan struct{}           // closed when first in the room

	mu      sync.Mutex // guards the rest
	roster  shared.Roster
	sound   bool // roster is known to be the server's at its revision
	you     string
	arrived int64 // JoinedAt of the member that you were last
	desyncs int
	name    wish
	note    wish
	status  shared.Status
	leaving bool
	session *session      // nil while not connected
	cut     chan struct{} // closed to end the wait for the next try, if there still is one
	box     mailbox
}

// Open returns a client that connects to url, a ws: or wss: address such as
// ws://localhost:8000/ws, in the background and for ever: see Next for what
// becomes of it. The error, a shared.Error or one about url, says which option
// can't be used.
func Open(url string, o Options) (*Client, error) {
	c, err := newClient(url, o)
	if err != nil {
		return nil, err
	}
	go c.run()
	return c, nil
}

// Dial is Open that waits until the client is in the room. When ctx ends
// before that, or the server refuses for good, the client is closed. ctx has
// no say afterwards.
func Dial(ctx context.Context, url string, o Options) (*Client, error) {
	c, err := Open(url, o)
	if err != nil {
		return nil, err
	}
	select {
	case <-c.live:
		return c, nil
	case <-ctx.Done():
		c.end(context.Cause(ctx))
	case <-c.done:
	}
	<-c.done
	return nil, context.Cause(c.ctx)
}

func newClient(address string, o Options) (*Client, error) {
	o.Room = cmp.Or(o.Room, shared.Lobby)
	o.Key = cmp.Or(o.Key, shared.NewKey())
	o.Status = cmp.Or(o.Status, shared.StatusActive)
	name, err := shared.CleanName(o.Name)
	if err != nil {
		return nil, err
	}
	note, err := shared.CleanNote(o.Note)
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(shared.CheckRoom(o.Room), shared.CheckKey(o.Key), checkStatus(o.Status)); err != nil {
		return nil, err
	}
	if o.Connect == nil {
		if o.Connect, err = connectTo(address, o.Room, o.Token); err != nil {
			return nil, err
		}
	}
	c := &Client{
		room: o.Room, key: o.Key, connect: o.Connect, log: cmp.Or(o.Log, slog.Default()),
		done: make(chan struct{}), live: make(chan struct{}),
		name:   wish{want: name, open: true},
		note:   wish{want: note, open: note != ""},
		status: o.Status,
		box:    newMailbox(),
	}
	c.ctx, c.end = context.WithCancelCause(context.Background())
	if o.Seen != nil && !o.Seen.More {
		c.sound = c.roster.Apply(*o.Seen) == nil
	}
	return c, nil
}

func connectTo(address, room, token string) (func(context.Context) (Conn, error), error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
		return nil, fmt.Errorf("%q is not a ws: or wss: address", address)
	}
	query := u.Query()
	query.Set(shared.RoomParam, room)
	u.RawQuery = query.Encode()
	return func(ctx context.Context) (Conn, error) { return dialSocket(ctx, u.String(), token) }, nil
}

func checkStatus(s shared.Status) error {
	if !s.Valid() {
		return shared.Errorf(shared.CodeBadStatus, "%q is not a status", string(s))
	}
	return nil
}

// Roster calls read with the room's roster, which is only to be looked at, and
// only during the call; read must not call the client's methods. From an Update
// with Events to the next call of Next the roster stands still, as they left it;
// after one without it may be ahead, with Events that the next Update has.
func (c *Client) Roster(read func(*shared.Roster)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	read(&c.roster)
}

// Desyncs counts how often the roster turned out not to be the server's and
// was asked for anew. Anything but 0 is a bug on one of the two ends.
func (c *Client) Desyncs() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.desyncs
}

// Rename asks to be shown under another name. It returns as soon as the wish
// is kept: it is sent in the background, now or when connected again, and the
// last wish wins. What becomes of it is seen in the Updates. The error is a
// shared.Error for a name that CleanName refuses, or why c or ctx has ended;
// then nothing changes.
func (c *Client) Rename(ctx context.Context, name string) error {
	name, err := shared.CleanName(name)
	return c.wish(ctx, err, func() { c.name.set(name) })
}

// SetNote is Rename for the note; see shared.CleanNote.
func (c *Client) SetNote(ctx context.Context, note string) error {
	note, err := shared.CleanNote(note)
	return c.wish(ctx, err, func() { c.note.set(note) })
}

// SetStatus says how attentive the person at this client is. It goes the way
// of Rename. The room is shown the most attentive of a member's clients.
func (c *Client) SetStatus(ctx context.Context, status shared.Status) error {
	return c.wish(ctx, checkStatus(status), func() { c.status = status })
}

func (c *Client) wish(ctx context.Context, err error, set func()) error {
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case c.ctx.Err() != nil:
		return context.Cause(c.ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	set()
	c.session.wake()
	return nil
}

// RetryNow ends the wait for the next try to connect, if there is one. A
// connection over which a heartbeat is overdue is given up for a new one: call
// it when the person, or the network, is back.
func (c *Client) RetryNow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil && c.session.overdue() {
		c.session.part(errOverdue)
	}
	if c.cut != nil {
		close(c.cut)
		c.cut = nil
	}
}

// Leave takes the member out of the room at once, with all its clients, and
// closes c for good. It waits until that is said, or ctx ends. The error says
// why the room may not know: ErrNotTold, or why ctx ended.
func (c *Client) Leave(ctx context.Context) error {
	c.mu.Lock()
	c.leaving = true
	if c.session == nil || !c.session.joined {
		c.end(ErrNotTold)
	} else {
		c.session.wake()
	}
	c.mu.Unlock()
	select {
	case <-ctx.Done():
		c.end(context.Cause(ctx))
	case <-c.done:
	}
	<-c.done
	if err := context.Cause(c.ctx); !isCode(err, shared.CodeLeft) {
		return err
	}
	return nil
}

// Close ends c without leaving: to the room it is a lost connection, and the
// member stays for the grace. It returns when all of c's goroutines have
// ended, about a second after a server that does not answer. It always
// returns nil, so that a deferred call needs no check. In a browser don't call
// it, or Leave, in a JavaScript callback, which must not block.
func (c *Client) Close() error {
	c.end(ErrClosed)
	<-c.done
	return nil
}

func isCode(err error, code shared.Code) bool {
	var e shared.Error
	return errors.As(err, &e) && e.Code == code
}

// since is how long ago t was; 0 if it never was.
func since(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return time.Since(t)
}
