// Package handover lets a server take over from its predecessor on the same machine, without
// showing anybody leaving who moves from one to the other.
//
// The two servers are a mesh of two nodes (see hub.Mesh). While both run they exchange the
// changes of their own parts of each room over a Unix socket, and each shows the union. The
// one that stops sends its clients away, and they reconnect through the port that both listen
// on. The members that it still had when it ended are shown by the other for HeldFor. If there
// is no successor yet, as when a service manager restarts the server, it leaves its members in
// a file, which its successor reads if it is at most a minute old.
//
// Socket and file are in a directory. The directory, and what is in it, must belong to the
// server's user and be writable by that user alone: nothing that another user could have put
// there is followed or read. What the other server sends is held to the rules for clients.
//
// Both carry lines of JSON. The first names the server. Then come changes, a room a line, and
// a line that says that these were all so far; on a socket, later changes follow.
//
// A Link is safe for concurrent use. Its locks are taken in this order: Link.order, the hub's,
// Link.mu. What waits for the other server is bounded.
//
//   - link.go: Link, and the members of other servers.
//   - peer.go: one connection to another server.
//   - enter.go: connecting to the predecessor, and accepting the successor.
//   - file.go: the file for a successor that does not run yet.
//   - dir.go, owner_*.go, user_*.go: who owns directory, files and connections.
//   - check.go: the validation of what another server sends.
package handover

import (
	"crypto/rand"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"rollcall/server/hub"
	"rollcall/server/notice"
	"rollcall/shared"
)

// HeldFor is how long the members of a server that has ended are still shown, for them to come
// back.
const HeldFor = 15 * time.Second

// Link is one server's end of a handover. Its methods are safe for concurrent use.
type Link struct {
	node                       string
	path                       string
	log                        *slog.Logger
	hub                        *hub.Hub // set by Enter
	dir                        *os.Root // the directory at path; set by Enter
	acceptWarning, lineWarning notice.Warning

	running  sync.WaitGroup
	stopped  chan struct{} // closed by Close
	listener net.Listener

	order sync.Mutex // held while changes are passed to the hub; taken before the hub's locks
	mu    sync.Mutex // guards peers and their fields; taken last
	peers map[*peer]struct{}
}

// New returns a link through the given directory, which Enter makes if needed.
func New(dir string, log *slog.Logger) *Link {
	return &Link{
		node:    rand.Text()[:8],
		path:    dir,
		log:     log,
		stopped: make(chan struct{}),
		peers:   make(map[*peer]struct{}),
	}
}

// Mesh returns the hooks with which the hub of this server must be made.
func (l *Link) Mesh() *hub.Mesh {
	return &hub.Mesh{Node: l.node, Opened: l.opened, Closed: func(string) {}, Tell: l.publish}
}

// Linked reports whether another server is connected.
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

// Holds reports whether members of another server may still be shown: it runs, or has ended less
// than HeldFor ago.
func (l *Link) Holds() bool {
	l.order.Lock() // the hub knows, too, when a server's members have expired
	defer l.order.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.peers) > 0
}

// opened is called by the hub when a room comes into use. If other servers have members in it,
// it passes these to the hub, and closes the channel it returns when that is done.
func (l *Link) opened(room string) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := false
	for p := range l.peers {
		held = held || len(p.rooms[room]) > 0 || p.infos[room].Stamp > 0
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

// deliver passes the members that other servers have in a room to the hub.
func (l *Link) deliver(room string) {
	defer hub.Rescue(l.log, nil)
	l.order.Lock()
	defer l.order.Unlock()
	told := make(map[string][]hub.Change)
	l.mu.Lock()
	for p := range l.peers {
		told[p.node] = p.changes(room)
	}
	l.mu.Unlock()
	for node, changes := range told {
		l.hub.Remote(room, node, changes)
	}
}

// publish is called by the hub for each change of this server's part of a room. It queues the
// change for every peer, and removes a member who has come back from a peer that has ended.
func (l *Link) publish(room string, c hub.Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.peers {
		p.queue(line{Room: room, Changes: []hub.Change{c}})
		if id := movedOrGone(c); id != "" && p.ended() && p.forget(room, id) {
			l.running.Go(func() { l.remove(p, room, id) })
		}
	}
}

// movedOrGone returns the id of the member who, by a change of this server, is here or is to be
// shown nowhere, or "".
func movedOrGone(c hub.Change) string {
	switch c.Kind {
	case hub.ChangeHere:
		return c.Record.User.ID
	case hub.ChangeLeft, hub.ChangeKick:
		return c.ID
	case hub.ChangeBan:
		if !c.Ban.Lifted {
			return c.Ban.ID
		}
	}
	return ""
}

// remove removes members who are back from what the hub has of p, which has ended.
func (l *Link) remove(p *peer, room string, ids ...string) {
	defer hub.Rescue(l.log, nil)
	l.order.Lock()
	defer l.order.Unlock()
	var changes []hub.Change
	for _, id := range ids {
		changes = append(changes, hub.Change{Kind: hub.ChangeGone, ID: id, Reason: shared.ReasonClosed})
	}
	l.hub.Remote(room, p.node, changes)
}

// removeReturned removes all members who were back before p ended.
func (l *Link) removeReturned(p *peer) {
	for _, room := range l.hub.Rooms() {
		var back []string
		l.hub.Own(room, func(own hub.Part) {
			l.mu.Lock()
			defer l.mu.Unlock()
			own.Each(func(r hub.Record) {
				if p.forget(room, r.User.ID) {
					back = append(back, r.User.ID)
				}
			})
		})
		l.remove(p, room, back...)
	}
}

// queueAll queues this server's part of every room for p.
func (l *Link) queueAll(p *peer) {
	l.each(func(room string, changes []hub.Change) {
		l.mu.Lock()
		defer l.mu.Unlock()
		p.queue(line{Room: room, Changes: changes})
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	p.queue(line{All: true})
}

// each calls do with this server's part of each room, under the room's lock, and then with the
// bans and kicks of each room.
func (l *Link) each(do func(room string, changes []hub.Change)) {
	for _, room := range l.hub.Rooms() {
		l.hub.Own(room, func(own hub.Part) {
			changes := []hub.Change{{Kind: hub.ChangeBegin}}
			own.Changes(func(c hub.Change) { changes = append(changes, c) })
			do(room, append(changes, hub.Change{Kind: hub.ChangeEnd, Digest: own.Digest, Reason: shared.ReasonClosed}))
		})
	}
	for _, room := range l.hub.SentAwayRooms() {
		do(room, l.hub.SentAway(room))
	}
}

// receive processes a line from p.
func (l *Link) receive(p *peer, said line) {
	defer hub.Rescue(l.log, nil)
	l.order.Lock()
	defer l.order.Unlock()
	l.mu.Lock()
	p.apply(said)
	l.mu.Unlock()
	l.hub.Remote(said.Room, p.node, said.Changes)
}

// expire removes p, which has ended, after HeldFor, with the members who have not come back.
func (l *Link) expire(p *peer) {
	select {
	case <-time.After(HeldFor):
	case <-l.stopped:
	}
	defer hub.Rescue(l.log, nil)
	l.order.Lock()
	defer l.order.Unlock()
	l.mu.Lock()
	rooms := slices.AppendSeq(slices.Collect(maps.Keys(p.rooms)), maps.Keys(p.infos)) // for a room in both, the second time changes nothing
	delete(l.peers, p)
	l.mu.Unlock()
	for _, room := range rooms {
		l.hub.Remote(room, p.node, []hub.Change{{Kind: hub.ChangeBegin}, {Kind: hub.ChangeEnd, Reason: shared.ReasonClosed}})
	}
}

// Close ends the link, and returns when its goroutines have ended. Call it after, or shortly
// before, closing the hub. It must be called once.
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
	if l.dir != nil {
		_ = l.dir.Close()
	}
}
