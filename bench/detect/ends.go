package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"rollcall/shared"
)

// The ways to go.
const (
	wayLeave   = "leave"
	wayClose   = "close"
	wayKill    = "kill"
	wayBrowser = "browser"
	wayStop    = "stop"
	wayCut     = "cut"
)

// way is one of them: what the design promises, and what people call it.
type way struct {
	name, says string
	bound      time.Duration
}

// noticed is how long the server takes to notice that a connection is dead of
// which the system tells it nothing.
const noticed = shared.PingEvery + shared.PongWithin

var ways = []way{
	{wayLeave, "`leave`: the person says so", 0},
	{wayClose, "the connection is closed", shared.DefaultGrace},
	{wayKill, "the program is killed (`SIGKILL`)", shared.DefaultGrace},
	{wayBrowser, "the browser is killed (Chromium, `SIGKILL`)", shared.DefaultGrace},
	{wayStop, "the program is suspended (`SIGSTOP`)", noticed + shared.DefaultGrace},
	{wayCut, "the cable is cut (every packet lost, both ways)", noticed + shared.DefaultGrace},
}

// departures has some people go in each way, all from one room, and returns how
// long each was shown after that.
func departures(s settings) (map[string][]time.Duration, error) {
	srv, err := startServer(s.rollcall)
	if err != nil {
		return nil, err
	}
	defer srv.kill()
	w, err := watch(srv.socketURL(loopback))
	if err != nil {
		return nil, err
	}
	c, err := layCable()
	if err != nil {
		return nil, err
	}
	defer c.remove()
	b, err := openBrowser("http://"+srv.addr(loopback)+"/", wayBrowser)
	if err != nil {
		return nil, err
	}
	defer b.cancel()
	victims, err := seat(s, srv, c)
	for _, v := range victims {
		defer v.end()
	}
	for _, v := range victims {
		err = errors.Join(err, w.arrived(v.name))
	}
	if err = errors.Join(err, w.arrived(wayBrowser)); err != nil {
		return nil, err
	}
	gone, err := send(s, w, victims, c, b)
	return gone, errors.Join(err, w.close())
}

// seat starts those who are to go.
func seat(s settings, srv *server, c *cable) (victims []*victim, err error) {
	for _, way := range []string{wayLeave, wayClose, wayKill, wayStop, wayCut} {
		for i := range s.Each {
			host, prefix := loopback, []string(nil)
			if way == wayCut {
				host, prefix = serverEnd, c.inside()
			}
			v, err := newVictim(nameOf(way, i), srv.socketURL(host), prefix...)
			if err != nil {
				return victims, err
			}
			victims = append(victims, v)
		}
	}
	return victims, nil
}

func nameOf(way string, i int) string { return fmt.Sprintf("%s-%d", way, i) }

// send makes everybody go, and waits until the room has been told.
func send(s settings, w *watcher, victims []*victim, c *cable, b *browser) (map[string][]time.Duration, error) {
	gone := map[string][]time.Duration{}
	var mu sync.Mutex
	var failed error
	var all sync.WaitGroup
	see := func(way, name string, went time.Time, err error) {
		all.Go(func() {
			at, wrong := w.departed(name)
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err, wrong)
			gone[way] = append(gone[way], at.Sub(went))
		})
	}
	for i, v := range victims {
		way := v.name[:len(v.name)-len(fmt.Sprint("-", i%s.Each))]
		if way == wayCut {
			continue // all at once, below
		}
		time.Sleep(rand.N(20 * time.Millisecond))
		went := time.Now()
		see(way, v.name, went, v.goes(way))
	}
	went := time.Now()
	see(wayBrowser, wayBrowser, went, b.kill())
	went = time.Now()
	err := c.cut()
	for i := range s.Each {
		see(wayCut, nameOf(wayCut, i), went, err)
	}
	all.Wait()
	return gone, failed
}

// goes makes the victim go in one of the ways.
func (v *victim) goes(way string) error {
	switch way {
	case wayLeave:
		return v.tell(orderLeave)
	case wayClose:
		return v.tell(orderClose)
	case wayStop:
		return v.cmd.Process.Signal(syscall.SIGSTOP)
	default:
		return v.cmd.Process.Kill()
	}
}
