package main

import (
	"context"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"rollcall/server/hosts"
)

// adminWithin bounds how long a scrape or a profile that is under way when the
// program stops is waited for.
const adminWithin = time.Second

// serveAdmin serves the operator at addr until stop is called, and returns
// where that is. It answers to the names of that address only.
func serveAdmin(addr string, h http.Handler, names func(net.Addr) *hosts.Names, log *slog.Logger) (at net.Addr, stop func(), err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	if at, ok := l.Addr().(*net.TCPAddr); ok && !at.IP.IsLoopback() {
		log.Warn("the address of -admin is not one of loopback: whoever reaches it sees everything, and can slow the server down", "at", at)
	}
	guard := hosts.Guard{Names: names(l.Addr()), Log: log}
	srv := &http.Server{
		Handler: guard.Protect(h, "/healthz", "/readyz"), ReadHeaderTimeout: headerWithin, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: stdlog.New(complaints{log}, "", 0),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // until stop
	}()
	return l.Addr(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), adminWithin)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			_ = srv.Close()
		}
		<-done
	}, nil
}
