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

// ErrClosed is the error of Next and of the other methods after Close.
var ErrClosed = errors.New("the client was closed")

// ErrNotTold is the error of Leave when there was no connection to send the leave
// on: the room sees the member depart when the server's grace period is over.
var ErrNotTold = errors.New("not connected: the room was not told")

// errLeft ends a client that has left the room.
var errLeft = shared.Errorf(shared.CodeLeft, "left the room")

// Options configure a Client. Only Name is required, and with Watch nothing is.
type Options struct {
	Room string // shared.Lobby if empty; see shared.CheckRoom
	Name string // required; see shared.CleanName

	// Watch has the client watch the room, with this detail, until Join makes it a
	// member. If empty, the client joins at once. See shared.Watch.
	Watch shared.Detail

	// Key is the member's secret: clients with the same key are the same member.
	// Keep it between runs to return as that member. If empty, shared.NewKey
	// makes one. See shared.CheckKey.
	Key string

	// Token authenticates the client to a server that requires one; see
	// shared.TokenProtocol. If it is not valid, or expires, the client ends with a
	// shared.Error: unauthorized, forbidden or token_expired.
	Token string

	Status shared.Status // shared.StatusActive if empty
	Note   string        // see shared.CleanNote

	// NoteUntil is when the server clears Note; the zero Time is never. See SetNoteUntil.
	NoteUntil time.Time

	// JoinedAt has the client continue a former one, such as that of a page before it was
	// reloaded: it is the JoinedAt with which that was first shown its member. If the member
	// was kicked since, the client ends with that shared.Error. 0 if a person joins anew.
	JoinedAt int64

	// Seen is a snapshot that the caller already has, such as one that came in a
	// page: the first join or watch asks only for the changes since. The client
	// keeps it. Nil means none, and so does one that is incomplete (More) or of a room that
	// nobody has entered (no Epoch).
	Seen *shared.ExistingUsers

	// Connect makes a connection; a WebSocket to the client's URL if nil. It is
	// called by one goroutine at a time, must return when ctx ends and must not
	// call the client's methods.
	Connect func(ctx context.Context) (Conn, error)

	Log *slog.Logger // slog.Default() if nil
}

// Client is a member or a watcher of a room. Its methods are safe for concurrent use.
type Client struct {
	room, key string
	connect   func(context.Context) (Conn, error)
	log       *slog.Logger

	ctx  context.Context         // ends, with the cause, when the client must end
	end  context.CancelCauseFunc // ends ctx; the first call sets the cause
	done chan struct{}           // closed when every goroutine has ended
	live chan struct{}           // closed at the first join

	mu        sync.Mutex // guards the rest
	roster    shared.Roster
	watch     shared.Detail // "" if the client is to be a member
	sound     bool          // roster equals the server's at its revision
	you       string
	arrived   int64 // JoinedAt of this member when last seen
	since     int64 // and when first seen
	desyncs   int
	texts     pendingTexts
	announced []shared.Announcement // the latest
	knock     string                // under which name a watcher asks to be let in; "" if it does not
	status    shared.Status
	leaving   bool
	dialing   *handshake    // nil unless an attempt is under way
	session   *session      // nil while not connected
	skipWait  chan struct{} // closed to end the wait before the next attempt; nil when none waits
	box       mailbox
}

// Open starts a client that connects to url, such as ws://localhost:8000/ws, in
// the background and returns it at once. The client reconnects until Close,
// Leave or a final error of the server ends it: see Next. Close or Leave must be
// called to release its goroutines.
//
// The error is a shared.Error with code bad_event, bad_name, bad_note, bad_status, bad_room
// or bad_key for an option that is not valid, or says what is wrong with url.
func Open(url string, o Options) (*Client, error) {
	c, err := newClient(url, o)
	if err != nil {
		return nil, err
	}
	go c.run()
	return c, nil
}

// Dial is like Open, but waits until the client has joined or watches the room. If ctx ends
// before, Dial returns its cause; if the server rejects the client for good, Dial
// returns its shared.Error. Either way the client is closed. After Dial has
// returned, ctx has no effect.
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
	if o.Watch != "" && !o.Watch.Valid() {
		return nil, shared.Errorf(shared.CodeBadEvent, "nobody can watch with the detail %q", string(o.Watch))
	}
	texts, err := textsOf(o)
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
		watch: o.Watch, done: make(chan struct{}), live: make(chan struct{}),
		texts: texts, status: o.Status, since: o.JoinedAt, box: newMailbox(),
	}
	c.ctx, c.end = context.WithCancelCause(context.Background())
	if o.Seen != nil && !o.Seen.More && o.Seen.Epoch != "" {
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

// Roster calls read with the room's roster. read must not change or retain it,
// and must not call the client's methods. From an Update with Events to the next
// call of Next, the roster does not change and includes exactly these events;
// after an Update without Events it may already include those of the next one.
func (c *Client) Roster(read func(*shared.Roster)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	read(&c.roster)
}

// Desyncs returns how often the roster differed from the server's and was
// requested again. Any value but 0 indicates a bug in the client or the server.
func (c *Client) Desyncs() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.desyncs
}

// Join makes a client that watches the room a member with the given name, with the
// key, note and status of its Options. It does not wait for the server: Update.You is
// the member's id once the room has it. A roster of more than shared.ResumeAbove members
// is not sent again. Of a client that is a member, Join is Rename, also in its errors.
func (c *Client) Join(ctx context.Context, name string) error {
	name, err := shared.CleanName(name)
	return c.change(ctx, err, func() {
		if c.watch == "" {
			c.texts[textName].set(name)
			return
		}
		c.enter(name)
	})
}

// enter has a watcher join.
func (c *Client) enter(name string) {
	c.watch, c.knock, c.texts[textName] = "", "", pendingChange{want: name, open: true}
}

// Rename asks the server to show the member under another name. It does not wait
// for the server: the change is sent in the background, now or after the next
// reconnect, and a later change replaces it. Updates show the result: a
// shared.UserUpdated, or a shared.Error event with code bad_name. The error is a
// shared.Error with code bad_name for a name that shared.CleanName rejects, or
// the cause of the end of c or ctx; then nothing changes.
func (c *Client) Rename(ctx context.Context, name string) error {
	name, err := shared.CleanName(name)
	return c.setText(ctx, textName, name, err)
}

// SetNote is like Rename, for the note, with code bad_note; see shared.CleanNote.
func (c *Client) SetNote(ctx context.Context, note string) error {
	return c.SetNoteUntil(ctx, note, time.Time{})
}

// SetNoteUntil is like SetNote, for a note that the server clears at the given time, to
// the millisecond. That must be in the future and at most shared.NoteWithin away. The zero
// Time is never.
func (c *Client) SetNoteUntil(ctx context.Context, note string, until time.Time) error {
	text, err := noteText(note, until)
	return c.setText(ctx, textNote, text, err)
}

// SetStatus sets how attentive the person at this client is. It is like Rename,
// with code bad_status. The room sees the most attentive status of a member's
// clients.
func (c *Client) SetStatus(ctx context.Context, status shared.Status) error {
	return c.change(ctx, checkStatus(status), func() { c.status = status })
}

func (c *Client) setText(ctx context.Context, i int, text string, err error) error {
	return c.change(ctx, err, func() { c.texts[i].set(text) })
}

func (c *Client) change(ctx context.Context, err error, set func()) error {
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

// RetryNow ends the wait before the next attempt to connect. It also gives up, for
// a new one, an attempt that is older than 2 s and a connection on which a
// heartbeat is overdue. There is never more than one attempt at a time. Call it
// when the person asks to reconnect.
func (c *Client) RetryNow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retry()
}

// Check is like RetryNow, and also tests a connection that seems alive: it sends a
// ping and reconnects if no pong comes within 5 s. Call it when the connection
// may have broken unnoticed, as when the person, the network or the machine is
// back. However often it is called, one ping is outstanding at a time.
func (c *Client) Check() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retry()
	if s := c.session; s != nil && s.synced && !s.pinging {
		s.ping = true
		s.wake()
	}
}

// retry is RetryNow with c.mu held.
func (c *Client) retry() {
	if h := c.dialing; h != nil && ago(h.began) > impatientAfter {
		h.abandon(errDead)
	}
	if s := c.session; s != nil && (s.overdue() || !s.joined && !s.partial && ago(s.began) > impatientAfter) {
		s.cancel(errDead)
	}
	if c.skipWait != nil {
		close(c.skipWait)
		c.skipWait = nil
	}
}

// Leave removes the member from the room at once, for all its clients, and closes
// c. It waits until the leave is sent or ctx ends. An error means that the room
// may not know: ErrNotTold, the cause of ctx, or what had ended c before. A client that
// only watches is closed at once. To watch again, open another one.
func (c *Client) Leave(ctx context.Context) error {
	c.mu.Lock()
	c.leaving = true
	switch s := c.session; {
	case c.watch != "" || s != nil && s.watching != "":
		c.end(errLeft)
	case s == nil || !s.joined:
		c.end(ErrNotTold)
	default:
		s.wake()
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
// member stays for the server's grace period. It returns when all of c's
// goroutines have ended, at most about a second later if the server does not
// answer the close frame. It always returns nil and may be called repeatedly. In
// a browser, neither Close nor Leave may be called in a JavaScript callback,
// which must not block.
func (c *Client) Close() error {
	c.end(ErrClosed)
	<-c.done
	return nil
}

func isCode(err error, code shared.Code) bool {
	var e shared.Error
	return errors.As(err, &e) && e.Code == code
}

// since returns the time since t; 0 if t is zero.
func since(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return time.Since(t)
}
