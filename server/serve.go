package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"rollcall/server/handover"
	"rollcall/server/hub"
	"rollcall/server/site"
	"rollcall/server/watch"
)

// Bounds of a plain HTTP connection. Writing has none: the program is 1.4 MB,
// which takes a poor connection minutes.
const (
	headerWithin   = 10 * time.Second // also bounds the handshake of a WebSocket
	requestWithin  = 20 * time.Second // with a body, which nothing here wants
	idleWithin     = 2 * time.Minute
	maxHeaderBytes = 16 << 10
	maxStreams     = 100 // requests at a time of one HTTP/2 connection; the least that RFC 9113 §6.5.2 advises
)

// serve is the command that serves rooms.
type serve struct{ settings }

// Run serves until the program is to stop.
func (s *serve) Run(p *program) error {
	log := s.logger(p.stderr)
	others := s.among(s.Grace, built(), log)
	mesh := others.mesh()
	var link *handover.Link
	if s.Handover != "" {
		link = handover.New(s.Handover, log)
		mesh = link.Mesh()
	}
	rooms := hub.New(hub.Config{
		Mesh:            mesh,
		Grace:           s.Grace,
		MaxRooms:        s.MaxRooms,
		MaxSessions:     s.MaxSessions,
		MaxRoomSessions: s.MaxRoomSessions,
		JoinWithin:      s.JoinWithin,
		MaxFrame:        s.MaxFrameBytes,
		LogBytes:        s.LogBytes,
		Log:             log,
	})
	gate, err := s.gate(log)
	if err != nil {
		return err
	}
	pages, err := site.New(site.Config{
		Hub:          rooms,
		Gate:         gate,
		Build:        p.build,
		Base:         s.Base,
		AllowOrigin:  s.AllowOrigin,
		Limits:       s.limits(),
		TrustedProxy: s.TrustedProxy,
		Forwarded:    s.ProxySays == "forwarded",
		HSTS:         s.HSTS,
		Log:          log,
	})
	if err != nil {
		return err
	}
	srv := newServer(pages, log)
	srv.ReadHeaderTimeout, srv.MaxHeaderBytes = s.HeaderWithin, s.MaxHeaderBytes
	unused := srv.ConnState
	srv.ConnState = func(c net.Conn, state http.ConnState) {
		unused(c, state)
		pages.Note(c, state)
	}
	if srv.TLSConfig, err = s.tls(log); err != nil {
		return err
	}
	if link != nil {
		if err := link.Enter(rooms); err != nil {
			return err
		}
	}
	listener, err := listen(s.Addr, link != nil)
	if err != nil {
		return err
	}
	if err := others.join(&s.mesh, rooms, log); err != nil {
		return errors.Join(err, listener.Close())
	}
	scheme := "http"
	if srv.TLSConfig != nil {
		scheme = "https"
	}
	fmt.Fprintf(p.stdout, "rollcall is at %s://%s%s\n", scheme, shown(listener.Addr()), strings.TrimSuffix(s.Base, "/"))
	if s.Admin != "" {
		ready := func() bool { return p.ctx.Err() == nil }
		admin := watch.New(watch.Config{Hub: rooms, Version: built(), Ready: ready})
		admin.Handle("GET /nodes", others)
		at, stop, err := serveAdmin(s.Admin, admin)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer stop()
		fmt.Fprintf(p.stdout, "metrics are at http://%s/metrics\n", at)
	}
	all := service{http: srv, rooms: rooms, pages: pages, others: others, link: link, drain: s.Drain}
	return all.until(p.ctx, listener)
}

// shown is the address as one can open it: localhost, if it is every interface.
func shown(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if ok && (tcp.IP.IsUnspecified() || tcp.IP.IsLoopback()) {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return a.String()
}

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	unused := new(spares)
	srv := &http.Server{
		ConnState:                    unused.note,
		Handler:                      h,
		ReadHeaderTimeout:            headerWithin,
		ReadTimeout:                  requestWithin,
		IdleTimeout:                  idleWithin,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true, // it would answer without our headers
		ErrorLog:                     stdlog.New(complaints{log}, "", 0),
		HTTP2:                        &http.HTTP2Config{MaxConcurrentStreams: maxStreams, MaxReceiveBufferPerConnection: 64 << 10},
	}
	srv.RegisterOnShutdown(unused.close)
	return srv
}

// complaints logs what net/http has to say. That somebody's TLS handshake failed
// is nobody's news on the open internet.
type complaints struct{ log *slog.Logger }

func (c complaints) Write(line []byte) (int, error) {
	level := slog.LevelWarn
	if bytes.HasPrefix(line, []byte("http: TLS handshake error")) {
		level = slog.LevelDebug
	}
	c.log.Log(context.Background(), level, string(bytes.TrimSpace(line)))
	return len(line), nil
}
