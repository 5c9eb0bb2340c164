package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// person has one connection, and wants to keep it.
type person struct {
	fd   *field
	room int
	key  string
	id   string

	ctx  context.Context
	quit context.CancelFunc

	mu    sync.Mutex
	node  *node  // connected to; nil if to none
	stays []stay // the last is under way while connected
	mute  bool   // does not come back
}

// stay is from when a person was let in to when it lost its connection, zero if it has
// not.
type stay struct{ from, to time.Time }

func newPerson(fd *field, i int) *person {
	key := fmt.Sprintf("the-key-of-person-%06d", i)
	p := &person{fd: fd, room: i / roomSize, key: key, id: shared.MemberID(key)}
	p.ctx, p.quit = context.WithCancel(context.Background())
	return p
}

func roomName(i int) string { return fmt.Sprint("room-", i) }

// stay keeps the person connected to whichever node is up.
func (p *person) stay() {
	for p.ctx.Err() == nil && !p.isMute() {
		up := p.fd.up()
		if len(up) > 0 {
			p.connect(up[rand.IntN(len(up))])
		}
		select {
		case <-time.After(rand.N(time.Second)): // as the page waits
		case <-p.ctx.Done():
		}
	}
}

// connect joins through n and reads until the connection ends.
func (p *person) connect(n *node) {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, fmt.Sprintf("ws://127.0.0.1:%d/ws?room=%s", n.port, roomName(p.room)), nil)
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ws.SetReadLimit(shared.MaxServerFrame)
	if ws.Write(ctx, websocket.MessageText, shared.Encode(shared.GotANewUser{Name: "person", Key: p.key})) != nil {
		return
	}
	for first := true; ; first = false {
		if _, _, err := ws.Read(p.ctx); err != nil {
			break
		}
		if first {
			p.set(n)
		}
	}
	p.set(nil)
}

func (p *person) set(n *node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch now := time.Now(); {
	case n != nil:
		p.stays = append(p.stays, stay{from: now})
	case p.node != nil:
		p.stays[len(p.stays)-1].to = now
	}
	p.node = n
}

func (p *person) on() *node {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.node
}

// wasThere reports whether the person was connected at the given time, for
// longer than it takes to tell all nodes, or had been within the grace before.
func (p *person) wasThere(at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	const told = 100 * time.Millisecond
	return slices.ContainsFunc(p.stays, func(s stay) bool {
		return at.Sub(s.from) > told && (s.to.IsZero() || at.Sub(s.to) < shared.DefaultGrace-told)
	})
}

// setMute has the person not come back when it loses its connection.
func (p *person) setMute(on bool) {
	p.mu.Lock()
	was := p.mute
	p.mute = on
	p.mu.Unlock()
	if was && !on {
		go p.stay()
	}
}

func (p *person) isMute() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mute
}

// wants reports whether the person is to be shown: it is not if it has lost its
// connection and does not come back.
func (p *person) wants() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.mute || p.node != nil
}
