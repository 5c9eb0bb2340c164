package handover

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"time"

	"rollcall/server/hub"
)

// maxQueue bounds the lines that wait for another server to read them; one that
// does not read is given up. writeWithin bounds the writing of one.
const (
	maxQueue    = 1 << 17
	writeWithin = 10 * time.Second
)

// line is what one server says to another: who it is, first; then of a room;
// and once that this was all there is so far.
type line struct {
	Node    string       `json:"node,omitempty"`
	Room    string       `json:"room,omitempty"`
	Changes []hub.Change `json:"changes,omitempty"`
	All     bool         `json:"all,omitempty"`
}

// peer is another server, or the file that it left. Guarded by Link.mu.
type peer struct {
	node  string
	conn  net.Conn // nil for a file
	rooms map[string]map[string]hub.Record
	lines []line        // to be written
	poke  chan struct{} // there are some
	lost  bool          // the connection has ended, or is to
}

func newPeer(node string, conn net.Conn) *peer {
	return &peer{node: node, conn: conn, rooms: make(map[string]map[string]hub.Record), poke: make(chan struct{}, 1)}
}

// ended reports whether nothing more comes from p.
func (p *peer) ended() bool { return p.conn == nil || p.lost }

// forget drops what p had of a member, and reports whether it had something.
func (p *peer) forget(room, id string) bool {
	_, had := p.rooms[room][id]
	delete(p.rooms[room], id)
	return had
}

// hold keeps what was said, for those who enter the room later.
func (p *peer) hold(said line) {
	held := p.rooms[said.Room]
	for _, c := range said.Changes {
		switch c.Kind {
		case hub.Begin:
			held = make(map[string]hub.Record)
		case hub.Here:
			if held == nil {
				held = make(map[string]hub.Record)
			}
			held[c.Record.User.ID] = c.Record
		case hub.Gone:
			delete(held, c.ID)
		}
	}
	p.rooms[said.Room] = held
	if len(held) == 0 {
		delete(p.rooms, said.Room)
	}
}

// all is what p has in a room, as p would tell it.
func (p *peer) all(room string) []hub.Change {
	changes := []hub.Change{{Kind: hub.Begin}}
	for _, r := range p.rooms[room] {
		changes = append(changes, hub.Change{Kind: hub.Here, Record: r})
	}
	return append(changes, hub.Change{Kind: hub.End})
}

// queue has l written to p.
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
	case p.poke <- struct{}{}:
	default:
	}
}

// converse runs a connection, on which hello was said and heard, until it ends.
func (l *Link) converse(p *peer, from *json.Decoder, synced func()) {
	l.mu.Lock()
	l.peers[p] = struct{}{}
	l.mu.Unlock()
	ended := make(chan struct{})
	l.running.Go(func() { l.write(p, ended) })
	l.introduce(p)
	err := l.read(p, from, synced)
	l.mu.Lock()
	p.lost, p.lines = true, nil
	l.mu.Unlock()
	_ = p.conn.Close()
	close(ended)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
		l.log.Warn("handover: the other server is lost", "err", err)
	}
	l.releaseBack(p)
	l.expire(p)
}

func (l *Link) read(p *peer, from *json.Decoder, synced func()) error {
	for {
		var said line
		if err := from.Decode(&said); err != nil {
			return err
		}
		if said.Room != "" {
			l.hear(p, said)
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
		case <-p.poke:
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
				_ = p.conn.Close() // the reading side sees to the rest
				return
			}
		}
	}
}
