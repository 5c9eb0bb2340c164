package site

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/entry"
	"rollcall/server/hub"
	"rollcall/shared"
)

// sockets is the WebSocket endpoint: it turns each handshake into a session of
// the hub.
type sockets struct {
	hub     *hub.Hub
	options websocket.AcceptOptions
	gate    *entry.Gate // nil lets everybody in
	limits  *limits
	log     *slog.Logger
	running sync.WaitGroup // handshakes, read loops and closing handshakes
	turns   turns          // of reading a message; see conn.read
}

// newSockets makes an endpoint as c says: for pages of its own origin and those
// of c.AllowOrigin, and for those whom c.Gate lets in.
func newSockets(c Config) *sockets {
	return &sockets{
		hub: c.Hub,
		options: websocket.AcceptOptions{
			Subprotocols:    []string{shared.Subprotocol},
			OriginPatterns:  c.AllowOrigin,
			CompressionMode: websocket.CompressionDisabled, // costs more memory than the whole connection
		},
		gate:   c.Gate,
		limits: newLimits(c.Limits),
		log:    c.Log,
		turns:  make(turns, 2*runtime.GOMAXPROCS(0)),
	}
}

// ServeHTTP refuses a bad room before the upgrade, with the error event as the
// body of a 400, since a page is never served for such a room; what the hub
// refuses comes after the upgrade, because a browser's program is not shown
// the answer to a failed handshake.
//
// It returns once the connection is set up, so that the stack and the buffers
// of net/http are freed: the session goes on in a goroutine of its own.
func (s *sockets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	room, err := roomParam(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	pass, err := admit(s.gate, tokenOf(r), room)
	if err != nil {
		s.log.Debug("handshake refused", "remote", addrOf(r.RemoteAddr), "err", err)
		refuseEntry(w, err)
		return
	}
	from := addrOf(r.RemoteAddr)
	if err := s.limits.enter(from, room); err != nil {
		s.log.Debug("handshake refused", "remote", from, "err", err)
		refuseLimit(w, err)
		return
	}
	s.running.Add(1)
	defer s.running.Done()
	l := &lean{ResponseWriter: w}
	ws, err := websocket.Accept(l, r, &s.options)
	if err != nil { // Accept has answered
		s.limits.leave(from, room)
		s.log.Debug("handshake refused", "remote", from, "err", err)
		return
	}
	c := newConn(ws, l.stream, s)
	c.from, c.pace = from, s.limits.pace()
	s.begin(c, room, pass)
}

// begin connects c to its room. A nil pass is for who needs none.
func (s *sockets) begin(c *conn, room string, pass *entry.Pass) {
	var known *hub.Identity
	if pass != nil {
		known = &hub.Identity{ID: pass.ID, Name: pass.Name}
	}
	session, err := s.hub.ConnectAs(room, c, known)
	if err != nil {
		s.limits.leave(c.from, room)
		c.refuse(asError(err))
		return
	}
	c.session = session
	if pass != nil {
		c.expiry = time.AfterFunc(time.Until(pass.Until), func() {
			defer hub.Rescue(s.log, c.crashed)
			session.Fail(shared.Errorf(shared.CodeTokenExpired, "the token has expired"))
		})
	}
	s.running.Go(c.serve)
}

// CheckOrigin says why a pattern could match no origin (RFC 6454 §6.1): a wrong
// one would be noticed only by the people who can't connect. A pattern is as
// path.Match has it, of a host or of scheme://host; in a host is the port too.
func CheckOrigin(pattern string) error {
	host := pattern
	if scheme, rest, ok := strings.Cut(pattern, "://"); ok && scheme != "" {
		host = rest
	}
	if _, err := path.Match(pattern, ""); err != nil || host == "" || strings.ContainsAny(host, "/ ") {
		return fmt.Errorf("%q is not a host, or a scheme, :// and a host", pattern)
	}
	return nil
}

// roomParam is the room that a handshake asks for.
func roomParam(r *http.Request) (string, error) {
	rooms := r.URL.Query()[shared.RoomParam]
	if len(rooms) != 1 {
		return "", shared.Errorf(shared.CodeBadRoom, "the address needs one %s=, has %d", shared.RoomParam, len(rooms))
	}
	return rooms[0], shared.CheckRoom(rooms[0])
}

// asError is err as the peer is told it.
func asError(err error) shared.Error {
	var e shared.Error
	if !errors.As(err, &e) {
		e = shared.Errorf(shared.CodeInternal, "the server failed")
	}
	return e
}
