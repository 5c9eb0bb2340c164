package main

import (
	"context"

	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// comeback is how a crowd came back to a server that was killed. Times are from
// when it was killed.
type comeback struct {
	Outage time.Duration   // how long it was to stay away
	Down   time.Duration   // until it accepted connections again
	Tries  []time.Duration // when each client's try began that succeeded
	Whole  time.Duration   // from then, until everybody knew of everybody again
}

// wholeWithin is the bound: a room is whole again so soon after its server is back.
const wholeWithin = 10 * time.Second

// crowd is clients in one room, each of which counts the others.
type crowd struct {
	addr    string
	clients []*client.Client
	whole   atomic.Int32 // how many know of everybody
	changed chan struct{}
	goings  atomic.Int64 // how often somebody was shown leaving to somebody
	partial atomic.Int64 // how often somebody was shown a room without everybody

	mu    sync.Mutex
	tried []time.Time // when the last try of each client began
	back  []time.Time // when each came to know of everybody, the last time
}

// restart fills a room, kills its server, starts it again after a while, and
// returns how the crowd came back.
func restart(s settings, outage time.Duration) (comeback, error) {
	srv, err := startServer(s.rollcall)
	if err != nil {
		return comeback{}, err
	}
	defer func() { srv.kill() }()
	c := gather(srv.addr(loopback), s.Crowd)
	defer c.end()
	if err := c.await(2 * time.Minute); err != nil {
		return comeback{}, fmt.Errorf("the first time: %w", err)
	}
	time.Sleep(settled + rand.N(time.Second)) // so that this was no failure to anybody
	srv.kill()
	killed := time.Now()
	c.forget()
	time.Sleep(outage)
	if err := srv.start(); err != nil {
		return comeback{}, err
	}
	back := comeback{Outage: outage, Down: time.Since(killed)}
	if err := c.await(time.Minute); err != nil {
		return back, err
	}
	back.Whole = time.Since(killed) - back.Down
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, at := range c.tried {
		back.Tries = append(back.Tries, at.Sub(killed))
	}
	slices.Sort(back.Tries)
	return back, nil
}

// settled is longer than a client must have been in a room for the next loss of
// the connection to be the first.
const settled = 6 * time.Second

func gather(addr string, n int) *crowd {
	c := &crowd{addr: addr, clients: make([]*client.Client, n), changed: make(chan struct{}, 1), tried: make([]time.Time, n), back: make([]time.Time, n)}
	for i := range c.clients {
		c.clients[i], _ = client.Open("", client.Options{ // which can't fail with these
			Name: fmt.Sprint("client ", i), Connect: c.connector(i), Log: slog.New(slog.DiscardHandler),
		})
		go func() {
			for {
				if _, err := c.clients[i].Next(context.Background()); err != nil {
					return
				}
			}
		}()
	}
	return c
}

// connector makes the connections of one client.
func (c *crowd) connector(i int) func(context.Context) (client.Conn, error) {
	whole := false
	var mu sync.Mutex
	known := func(people, goings int) {
		c.goings.Add(int64(goings))
		if people > 0 && people < len(c.clients) {
			c.partial.Add(1)
		}
		mu.Lock()
		defer mu.Unlock()
		if now := people == len(c.clients); now != whole {
			whole = now
			c.note(i, now)
			c.count(now)
		}
	}
	return func(ctx context.Context) (client.Conn, error) {
		known(0, 0)
		c.mu.Lock()
		c.tried[i] = time.Now()
		c.mu.Unlock()
		conn, err := dialThrifty(ctx, c.addr, known)
		if err != nil {
			return nil, err
		}
		return conn, nil
	}
}

// note remembers when client i came to know of everybody.
func (c *crowd) note(i int, whole bool) {
	if whole {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.back[i] = time.Now()
	}
}

func (c *crowd) count(whole bool) {
	n := int32(-1)
	if whole {
		n = 1
	}
	if int(c.whole.Add(n)) == len(c.clients) {
		select {
		case c.changed <- struct{}{}:
		default:
		}
	}
}

// forget forgets that everybody was there.
func (c *crowd) forget() {
	select {
	case <-c.changed:
	default:
	}
}

// await waits until everybody knows of everybody.
func (c *crowd) await(most time.Duration) error {
	select {
	case <-c.changed:
		return nil
	case <-time.After(most):
		return fmt.Errorf("after %v only %d of %d know of everybody", most, c.whole.Load(), len(c.clients))
	}
}

func (c *crowd) end() {
	var all sync.WaitGroup
	for _, one := range c.clients {
		all.Go(func() { one.Close() })
	}
	all.Wait()
}

// expected simulates how the rule for reconnecting brings clients back to a
// server that is away for so long: when their successful tries are.
func expected(down time.Duration, clients int) (tries []time.Duration) {
	first, _ := shared.CloseAbnormal.Returns()
	for range clients {
		at, longest := time.Duration(0), first
		for failures := 1; ; failures++ {
			if at += rand.N(longest + 1); at >= down {
				break
			}
			longest = max(first, min(shared.RetryFirst<<min(failures, 16), shared.RetryMost))
		}
		tries = append(tries, at)
	}
	slices.Sort(tries)
	return tries
}
