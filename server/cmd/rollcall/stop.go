package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"rollcall/server"
	"rollcall/server/api"
	"rollcall/server/events"
	"rollcall/server/handover"
)

// pagesWithin bounds how long requests under way are waited for.
const pagesWithin = 5 * time.Second

// service is all that serves, and what it takes to end it.
type service struct {
	http    *http.Server
	rooms   *server.Server
	others  *others        // nodes that share the rooms; nil for a server alone
	link    *handover.Link // nil where nobody is to follow
	records *records
	calls   *api.API
	told    *events.Log   // nil if nobody could be told
	drain   time.Duration // bounds the end of it all, but for what is written to the database
}

// until serves until ctx is done, and then until everything has ended.
func (s *service) until(ctx context.Context, l net.Listener) error {
	failed := make(chan error, 1)
	go func() {
		if s.http.TLSConfig != nil {
			failed <- s.http.ServeTLS(l, "", "") // the certificate is in the configuration
		} else {
			failed <- s.http.Serve(l)
		}
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	_ = l.Close() // before anybody is sent away: who comes back comes to the next
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	select {
	case err := <-stopped:
		return err
	case <-time.After(s.drain):
		return errors.New("stopped without having told every connection: some did not end in time")
	}
}

// stop tells everybody, and returns when all is quiet. Where another server
// is there to take over, clients go one by one for a quarter of the time and
// have as long again to come back there; the rest is for who does not read.
func (s *service) stop() error {
	var requests sync.WaitGroup
	requests.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), min(pagesWithin, s.drain))
		defer cancel()
		if s.http.Shutdown(ctx) != nil {
			_ = s.http.Close() // cuts what took too long
		}
	})
	s.records.stopping()
	ctx, cancel := context.WithTimeout(context.Background(), s.drain/2)
	defer cancel()
	var err error
	if s.link != nil && s.link.Linked() {
		s.rooms.Drain(ctx, s.drain/4)
	} else {
		s.rooms.Drain(ctx, 0)
		if s.link != nil {
			err = s.link.Leave()
		}
	}
	s.others.leave(returnWithin)
	err = errors.Join(err, s.rooms.Shutdown(context.Background())) // drain bounds it all
	requests.Wait()
	if s.link != nil {
		s.link.Close()
	}
	return err
}
