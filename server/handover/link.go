// Package handover lets a server take over from the one before it on the same
// machine, so that those who move from one to the other are not shown leaving.
//
// The two are nodes of a mesh of two (see hub.Mesh): while both run they tell
// each other of their members, over a socket in a directory that only their
// user can enter, and each shows the union. The one that stops sends its
// clients away; they come back through the port that both listen on; and whom
// it still has when it ends, the other holds for a while. Where nobody follows
// yet, as when a service manager restarts it, it leaves that in a file.
//
//   - link.go: what the other has said, and what it is told.
//   - peer.go: one connection to another.
//   - enter.go: finding the one before, and being found by the next.
//   - file.go: what is left for one that is not there yet.
package handover

import (
	"crypto/rand"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// HeldFor is how long members are shown after the server that had them has
// ended, for them to come back.
const HeldFor = 15 * time.Second

// Link is a server's part in a handover. Its methods are safe for concurrent use.
type Link struct {
	node   string
	socket string
	file   string
	log    *slog.Logger
	hub    *hub.Hub // set by Enter

	running  sync.WaitGroup
	stopped  chan struct{} // closed by Close
	listener net.Listener

	order sync.Mutex // held while the hub is told something; taken before any of its locks
	mu    sync.Mutex // guards peers and all they hold; taken last
	peers map[*peer]struct{}
}

// New returns a link through the given directory.
func New(dir string, log *slog.Logger) *Link {
	return &Link{
		node:    rand.Text()[:8],
		socket:  filepath.Join(dir, "socket"),
		file:    filepath.Join(dir, "rooms"),
		log:     log,
		stopped: make(chan struct{}),
		peers:   make(map[*peer]struct{}),
	}
}

// Mesh is what the hub needs to take part.
func (l *Link) Mesh() *hub.Mesh {
	return &hub.Mesh{Node: l.node, Opened: l.opened, Closed: func(string) {}, Tell: l.tell}
}

// Linked reports whether another server is there.
func (l *Link) Linked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.peers {
		if !p.ended() {
			return true
		}
	}
	return false
}

// opened has the hub hear what is held of a room that somebody enters.
func (l *Link) opened(room string) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := false
	for p := range l.peers {
		held = held || len(p.rooms[room]) > 0
	}
	if !held {
		return nil
	}
	loaded := make(chan struct{})
	l.running.Go(func() {
		defer close(loaded)
		l.deliver(room)
	})
	return loaded
}

func (l *Link) deliver(room string) {
	l.order.Lock()
	defer l.order.Unlock()
	told := make(map[string][]hub.Change)
	l.mu.Lock()
	for p := range l.peers {
		told[p.node] = p.all(room)
	}
	l.mu.Unlock()
	for node, changes := range told {
		l.hub.Remote(room, node, changes)
	}
}

// tell is called by the hub, in the order in which things happen in a room.
func (l *Link) tell(room string, c hub.Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.peers {
		p.queue(line{Room: room, Changes: []hub.Change{c}})
		if c.Kind == hub.Here && p.ended() && p.forget(room, c.Record.User.ID) {
			l.running.Go(func() { l.release(p, room, c.Record.User.ID) })
		}
	}
}

// release has the hub forget what p, which has ended, had of members who are back.
func (l *Link) release(p *peer, room string, ids ...string) {
	defer hub.Rescue(l.log, nil)
	l.order.Lock()
	defer l.order.Unlock()
	var changes []hub.Change
	for _, id := range ids {
		changes = append(changes, hub.Change{Kind: hub.Gone, ID: id, Reason: shared.ReasonClosed})
	}
	l.hub.Remote(room, p.node, changes)
}

// releaseBack is release for all who were back before p ended.
func (l *Link) releaseBack(p *peer) {
	for _, room := range l.hub.Rooms() {
		var back []string
		l.hub.Own(room, func(_ hub.Digest, records func(func(hub.Record))) {
			l.mu.Lock()
			defer l.mu.Unlock()
			records(func(r hub.Record) {
				if p.forget(room, r.User.ID) {
					back = append(back, r.User.ID)
				}
			})
		})
		l.release(p, room, back...)
	}
}

// introduce tells p all that the hub has.
func (l *Link) introduce(p *peer) {
	l.each(func(room string, changes []hub.Change) {
		l.mu.Lock()
		defer l.mu.Unlock()
		p.queue(line{Room: room, Changes: changes})
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	p.queue(line{All: true})
}

// each calls do with this node's part of each room. The room waits meanwhile.
func (l *Link) each(do func(room string, changes []hub.Change)) {
	for _, room := range l.hub.Rooms() {
		l.hub.Own(room, func(d hub.Digest, records func(func(hub.Record))) {
			changes := []hub.Change{{Kind: hub.Begin}}
			records(func(r hub.Record) { changes = append(changes, hub.Change{Kind: hub.Here, Record: r}) })
			do(room, append(changes, hub.Change{Kind: hub.End, Digest: d, Reason: shared.ReasonClosed}))
		})
	}
}

// hear takes in what p said.
func (l *Link) hear(p *peer, said line) {
	defer hub.Rescue(l.log, nil)
	l.order.Lock()
	defer l.order.Unlock()
	l.mu.Lock()
	p.hold(said)
	l.mu.Unlock()
	l.hub.Remote(said.Room, p.node, said.Changes)
}

// expire forgets p, which has ended, when those that it had have had time to
// come back.
func (l *Link) expire(p *peer) {
	select {
	case <-time.After(HeldFor):
	case <-l.stopped:
	}
	l.order.Lock()
	defer l.order.Unlock()
	l.mu.Lock()
	rooms := p.rooms
	delete(l.peers, p)
	l.mu.Unlock()
	for room := range rooms {
		l.hub.Remote(room, p.node, []hub.Change{{Kind: hub.Begin}, {Kind: hub.End, Reason: shared.ReasonClosed}})
	}
}

// Close ends the link; the hub has ended, or is about to. It returns when
// nothing of it runs any more.
func (l *Link) Close() {
	close(l.stopped)
	if l.listener != nil {
		_ = l.listener.Close()
	}
	l.mu.Lock()
	for p := range l.peers {
		if p.conn != nil {
			_ = p.conn.Close()
		}
	}
	l.mu.Unlock()
	l.running.Wait()
}
