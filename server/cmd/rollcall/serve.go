package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"rollcall/server"
	"rollcall/server/events"
	"rollcall/server/handover"
	"rollcall/server/hosts"
	"rollcall/server/metrics"
	"rollcall/server/roll"
	"rollcall/server/sink"
)

// Bounds of a plain HTTP connection. The program is 1.2 MB, which takes a poor
// connection minutes: an answer may take as long as it is read; see site.ConnContext.
const (
	headerWithin   = 10 * time.Second // also bounds the handshake of a WebSocket
	requestWithin  = 20 * time.Second // with a body, which nothing here wants
	idleWithin     = 2 * time.Minute
	maxHeaderBytes = 16 << 10
	stalledWithin  = 30 * time.Second // takes nothing of what the site does not write itself
	maxStreams     = 32               // requests at a time of one HTTP/2 connection; a first visit has a dozen
)

// serve is the command that serves rooms.
type serve struct{ settings }

// Run serves until the program is to stop.
func (s *serve) Run(p *program) (err error) {
	signal.Ignore(syscall.SIGPIPE) // the end of whoever reads the log is none of ours
	log, end := s.logger(p.stderr)
	defer end()
	if err := s.checkFiles(); err != nil {
		return err
	}
	hooks, err := s.readHooks()
	if err != nil {
		return err
	}
	records, err := s.openRecords(p.ctx)
	if err != nil {
		return err
	}
	records.hooks = hooks
	defer func() { err = errors.Join(err, records.close()) }()
	all, err := s.open(p.build, &records, log)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil { // what follows the rooms would go on
			all.calls.Stop()
			all.rooms.Hub().Close()
		}
	}()
	var counted *metrics.Rooms
	if s.Admin != "" { // before a predecessor hands over those who are here
		counted = metrics.Observe(all.rooms.Hub())
		defer counted.Close()
	}
	if err := s.keepRooms(p.ctx, &records, all.rooms, log); err != nil {
		return err
	}
	if err := s.recordVisits(p.ctx, &records, all.rooms, log); err != nil {
		return err
	}
	if all.link != nil {
		if err := all.link.Enter(all.rooms.Hub()); err != nil {
			return about("handover", err)
		}
	}
	if err := s.tellHooks(p.ctx, &all, log); err != nil {
		return err
	}
	listener, err := listen(s.Addr, all.link != nil)
	if err != nil {
		return err
	}
	all.rooms.Listening(listener.Addr(), append(nameIn(s.Addr), s.ACMEHost...)...)
	s.warnOfProxies(listener.Addr(), log)
	if err := all.others.join(&s.mesh, all.rooms, log); err != nil {
		return errors.Join(err, listener.Close())
	}
	says := sink.New(p.stdout, nil)
	defer says.Close(flushWithin)
	fmt.Fprintf(says, "rollcall is at %s\n", s.address(listener.Addr()))
	if counted != nil {
		at, stop, err := s.serveMetrics(p.ctx, counted, all, log)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer stop()
		fmt.Fprintf(says, "metrics are at http://%s/metrics\n", shown(at))
	}
	return all.until(p.ctx, listener)
}

// open makes the service, which neither listens nor shares rooms with others yet.
func (s *serve) open(build fs.FS, records *records, log *slog.Logger) (all service, err error) {
	all = service{records: records, others: s.among(s.Grace, built(), log), drain: s.Drain}
	c := s.config()
	c.Log, c.Assets = log, build
	if all.others != nil {
		c.Mesh = all.others.cluster.Mesh()
	}
	if s.Handover != "" {
		all.link = handover.New(s.Handover, log)
		c.Mesh = all.link.Mesh()
	}
	tokens, err := s.tokens(log)
	if err != nil {
		return all, err
	}
	c.VerifyToken = admit(tokens)
	known, err := s.keys(log)
	if err != nil {
		return all, err
	}
	encrypted, err := s.tls(log)
	if err != nil {
		return all, err
	}
	calls := s.api(known, tokens, all.others, records, log)
	c.AttendancePage = roll.New(roll.Config{Roll: records.roll, Check: readsRoll(known, tokens), Log: log})
	c.Handlers = calls.Handlers()
	if all.rooms, err = server.New(c); err != nil {
		return all, inFlags(err)
	}
	all.calls = calls
	calls.Start(all.rooms.Hub())
	if all.told = calls.Events(); all.told == nil && len(records.hooks) > 0 {
		all.told = events.Observe(all.rooms.Hub(), events.Config{Shared: s.Handover != "", Log: log})
	}
	all.http = newServer(all.rooms, log)
	all.http.RegisterOnShutdown(calls.Stop)
	s.tune(all.http, all.rooms)
	all.http.TLSConfig = encrypted
	return all, nil
}

// serveMetrics serves the operator until stop is called.
func (s *serve) serveMetrics(ctx context.Context, rooms *metrics.Rooms, all service, log *slog.Logger) (at net.Addr, stop func(), err error) {
	ready := func() bool { return ctx.Err() == nil }
	admin := metrics.New(metrics.Config{Rooms: rooms, Version: built(), Ready: ready, Told: all.measured()})
	admin.Handle("GET /nodes", all.others)
	private := func(at net.Addr) *hosts.Names { return hosts.Private(at, append(nameIn(s.Admin), s.Host...)) }
	return serveAdmin(s.Admin, admin, private, log)
}

// tune has an http.Server do for rooms what it can do beside answering requests.
func (s *serve) tune(srv *http.Server, rooms *server.Server) {
	srv.ConnContext = rooms.ConnContext
	unused := srv.ConnState
	srv.ConnState = func(c net.Conn, state http.ConnState) {
		unused(c, state)
		rooms.ConnState(c, state)
	}
}

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	unused := new(unusedConns)
	srv := &http.Server{
		ConnState:                    unused.note,
		Handler:                      h,
		ReadHeaderTimeout:            headerWithin,
		ReadTimeout:                  requestWithin,
		WriteTimeout:                 stalledWithin,
		IdleTimeout:                  idleWithin,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true, // it would answer without our headers
		ErrorLog:                     stdlog.New(complaints{log}, "", 0),
		HTTP2:                        &http.HTTP2Config{MaxConcurrentStreams: maxStreams, MaxReceiveBufferPerConnection: 64 << 10, WriteByteTimeout: stalledWithin},
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
