package main

import (
	"context"
	"net"
	"net/http"
	"time"
)

// adminWithin bounds how long a scrape or a profile that is under way when the
// program stops is waited for.
const adminWithin = time.Second

// serveAdmin serves the operator at addr until stop is called, and returns
// where that is.
func serveAdmin(addr string, h http.Handler) (at net.Addr, stop func(), err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: headerWithin, MaxHeaderBytes: maxHeaderBytes}
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
