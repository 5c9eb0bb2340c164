// Package server is Rollcall as a library: rooms that show who is in them, as one
// http.Handler that another program mounts beside its own routes.
//
//	rooms, err := server.New(server.Config{Base: "/presence/", Assets: web.Assets()})
//	...
//	mux.Handle("/presence/", rooms)
//
// A zero Config serves WebSockets alone, at "/ws". With Config.Assets there are the
// pages too. The program in server/cmd/rollcall is built on this package and adds what
// a process needs: settings, listeners, TLS, metrics, and other servers that share the
// rooms. Package server compiles none of those.
package server

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"rollcall/server/hosts"
	"rollcall/server/hub"
	"rollcall/server/site"
	"rollcall/shared"
)

// Server serves rooms. Its methods are safe for concurrent use, except that Listening
// comes before the first request.
type Server struct {
	config Config
	hub    *hub.Hub
	site   *site.Site

	drained atomic.Bool // Drain was called
}

// New returns a server with the given configuration, with the defaults in fields that
// are zero. Where a field can't be used, the error is a *FieldError. Nothing runs until
// the first request; Shutdown ends what does.
func New(c Config) (*Server, error) {
	c = c.WithDefaults()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Server{config: c, hub: hub.New(hub.Config{
		Mesh:            c.Mesh,
		RememberRooms:   c.RememberRooms,
		Grace:           c.Grace,
		MaxRooms:        c.MaxRooms,
		MaxSessions:     c.MaxSessions,
		MaxRoomSessions: c.MaxRoomSessions,
		JoinWithin:      c.JoinWithin,
		MaxFrame:        c.MaxFrameBytes,
		LogBytes:        c.LogBytes,
		Log:             c.Log,
	})}
	var err error
	if s.site, err = site.New(site.Config{
		Hub:            s.hub,
		Build:          c.Assets,
		Base:           c.Base,
		AllowOrigin:    c.AllowOrigin,
		Admit:          c.admit(),
		Tokens:         c.VerifyToken != nil,
		Limits:         c.siteLimits(),
		TrustedProxy:   c.TrustedProxy,
		Forwarded:      c.Forwarded,
		HSTS:           c.HSTS,
		AwayAfter:      c.AwayAfter,
		AttendanceKept: c.AttendanceKept,
		AttendancePage: c.AttendancePage,
		PublicNames:    c.PublicNames,
		Badges:         c.Badges,
		Handlers:       c.Handlers,
		Log:            c.Log,
	}); err != nil {
		return nil, &FieldError{"Assets", err} // all else has been checked
	}
	s.site.SetNames(hosts.Public(nil, c.Host, nil))
	return s, nil
}

// ServeHTTP answers one request for a page or a file, or begins a WebSocket. The path is
// the one that the client asked for, or what http.StripPrefix left of it. A WebSocket
// needs a connection of HTTP/1.1 that can be hijacked: where a middleware wraps the
// http.ResponseWriter in a type without Unwrap, it is answered with 501.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.site.ServeHTTP(w, r) }

// Listening tells the server the address at which it is served. At an address of
// loopback it then answers to the names of loopback, those of Config.Host and those
// given, and to no other: a page that leads a browser there under a name of its own (DNS
// rebinding) learns nothing. It must be called before the first request. Without it,
// the names are those of Config.Host, or every name if there is none.
func (s *Server) Listening(at net.Addr, names ...string) {
	s.site.SetNames(hosts.Public(at, s.config.Host, names))
}

// ConnState may be an http.Server's ConnState. Connections that have sent no request
// then count towards Limits.MaxAddressConnections as well; those beyond it are closed.
func (s *Server) ConnState(c net.Conn, state http.ConnState) { s.site.ConnState(c, state) }

// ConnContext may be an http.Server's ConnContext. Answers on one connection of HTTP/2
// then share the time that a client may take nothing of any of them.
func (s *Server) ConnContext(ctx context.Context, c net.Conn) context.Context {
	return s.site.ConnContext(ctx, c)
}

// Rooms returns the names of the rooms that somebody is in, in order.
func (s *Server) Rooms() (names []string) {
	rooms, _ := s.hub.List("", "", math.MaxInt)
	for _, r := range rooms {
		names = append(names, r.Room)
	}
	return names
}

// Members returns who is in a room, by arrival; nobody is in one that does not exist.
// Where other servers share the rooms, it knows those in whom it has clients.
func (s *Server) Members(room string) []shared.User { return s.hub.View(room, math.MaxInt).Users }

// RoomInfo returns what a room says of itself; one that does not exist says nothing.
func (s *Server) RoomInfo(room string) shared.RoomInfo { return s.hub.View(room, 0).Info }

// SetRoomInfo sets what a room says of itself, and locks or unlocks it: see
// hub.Hub.SetRoomInfo, also for the errors.
func (s *Server) SetRoomInfo(room string, info shared.RoomInfo) error {
	return s.hub.SetRoomInfo(room, info)
}

// Observe has do called with everything that happens in the rooms, in order, until the
// observer is closed or the server has shut down: see hub.Hub.Observe. The name stands in
// the log where do panics.
func (s *Server) Observe(name string, do func([]hub.Fact)) *hub.Observer {
	return s.hub.Observe(name, do)
}

// Hub returns the rooms behind the server, for what reads or shares them: metrics, or
// the other end of Config.Mesh.
func (s *Server) Hub() *hub.Hub { return s.hub }

// Drain sends every client away, and from now on refuses new ones; Shutdown must follow.
// With a spread there are other servers to go to: sessions end over that time, and Drain
// returns when all members are back elsewhere. Without one, each is told to come back
// after a time of its own. It returns when ctx is done at the latest.
func (s *Server) Drain(ctx context.Context, spread time.Duration) {
	s.drained.Store(true)
	s.hub.Drain(ctx, spread)
}

// Shutdown tells every client that the server is going away, closes the connections, and
// returns when nothing of the server runs any more, and the observers have been given the
// last facts. If ctx is done before, it returns
// its error; the rest ends by itself within seconds. Requests for pages are the
// http.Server's to wait for; new WebSockets are answered with 503. Calling it again does
// no harm.
func (s *Server) Shutdown(ctx context.Context) error {
	if !s.drained.Load() {
		s.Drain(ctx, 0)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.hub.Close()
		s.site.Wait()
		s.hub.WaitObservers()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("server: some connections did not end in time: %w", ctx.Err())
	}
}
