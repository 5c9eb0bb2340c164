package handover

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"time"

	"rollcall/server/hub"
)

// maxQueue bounds the lines that wait for another server; one that does not read them is
// disconnected. writeWithin bounds the writing of one line.
const (
	maxQueue    = 1 << 17
	writeWithin = 10 * time.Second
)

// line is one line of JSON between servers or in the file: the sender's name in the first,
// changes of a room, or that all that there was at first has been sent.
type line struct {
	Node    string       `json:"node,omitempty"`
	Room    string       `json:"room,omitempty"`
	Changes []hub.Change `json:"changes,omitempty"`
	All     bool         `json:"all,omitempty"`
}

// peer is another server, or the file that it has left. Guarded by Link.mu.
type peer struct {
	node  string
	conn  net.Conn                         // nil for a file
	rooms map[string]map[string]hub.Record // its members, by room and id
	infos map[string]hub.RoomRecord        // what its rooms say of themselves, where anybody has set that
	lines []line                           // waiting to be written
	wake  chan struct{}                    // has a value while lines wait
	lost  bool                             // the connection has ended, or is being closed
}

func newPeer(node string, conn net.Conn) *peer {
	return &peer{node: node, conn: conn, rooms: make(map[string]map[string]hub.Record), infos: make(map[string]hub.RoomRecord), wake: make(chan struct{}, 1)}
}

// ended reports whether nothing more comes from p.
func (p *peer) ended() bool { return p.conn == nil || p.lost }

// forget removes a member from p, and reports whether p had it.
func (p *peer) forget(room, id string) bool {
	_, had := p.rooms[room][id]
	delete(p.rooms[room], id)
	return had
}

// apply applies changes to the rooms of p, for rooms that come into use later.
func (p *peer) apply(said line) {
	held := p.rooms[said.Room]
	for _, c := range said.Changes {
		switch c.Kind {
		case hub.ChangeBegin:
			held = make(map[string]hub.Record)
			delete(p.infos, said.Room)
		case hub.ChangeRoom:
			p.infos[said.Room] = c.Room
			if c.Room.Stamp == 0 {
				delete(p.infos, said.Room)
			}
		case hub.ChangeHere:
			if held == nil {
				held = make(map[string]hub.Record)
			}
			held[c.Record.User.ID] = c.Record
		case hub.ChangeGone:
			delete(held, c.ID)
		}
	}
	p.rooms[said.Room] = held
	if len(held) == 0 {
		delete(p.rooms, said.Room)
	}
}

// changes returns what p has of a room as changes.
func (p *peer) changes(room string) []hub.Change {
	changes := []hub.Change{{Kind: hub.ChangeBegin}}
	for _, r := range p.rooms[room] {
		changes = append(changes, hub.Change{Kind: hub.ChangeHere, Record: r})
	}
	if info, ok := p.infos[room]; ok {
		changes = append(changes, hub.Change{Kind: hub.ChangeRoom, Room: info})
	}
	return append(changes, hub.Change{Kind: hub.ChangeEnd})
}

// queue queues l for p. If the queue is full, it disconnects p.
func (p *peer) queue(l line) {
	if p.ended() {
		return
	}
	if len(p.lines) >= maxQueue {
		p.lost = true
		_ = p.conn.Close()
		return
	}
	p.lines = append(p.lines, l)
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// run runs a connection after its handshake, until it ends and its members have expired. It
// calls synced when the other server has sent all that it had at first.
func (l *Link) run(p *peer, from *json.Decoder, synced func()) {
	l.mu.Lock()
	l.peers[p] = struct{}{}
	l.mu.Unlock()
	ended := make(chan struct{})
	l.running.Go(func() { l.write(p, ended) })
	l.queueAll(p)
	err := l.read(p, from, synced)
	l.mu.Lock()
	p.lost, p.lines = true, nil
	l.mu.Unlock()
	_ = p.conn.Close()
	close(ended)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
		l.log.Warn("handover: the other server is lost", "err", err)
	}
	l.removeReturned(p)
	l.expire(p)
}

func (l *Link) read(p *peer, from *json.Decoder, synced func()) error {
	for {
		var said line
		if err := from.Decode(&said); err != nil {
			return err
		}
		if said = l.validate(said); said.Room != "" {
			l.receive(p, said)
		}
		if said.All {
			synced()
		}
	}
}

func (l *Link) write(p *peer, ended <-chan struct{}) {
	to := json.NewEncoder(p.conn)
	for {
		select {
		case <-p.wake:
		case <-ended:
			return
		}
		l.mu.Lock()
		lines := p.lines
		p.lines = nil
		l.mu.Unlock()
		for _, line := range lines {
			_ = p.conn.SetWriteDeadline(time.Now().Add(writeWithin))
			if to.Encode(line) != nil {
				_ = p.conn.Close() // the reading goroutine cleans up
				return
			}
		}
	}
}
