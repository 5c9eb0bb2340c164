package hub

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"

	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

// peer is the far end of a session in memory: a client that folds all it is
// sent into a roster, and can be made to stop reading.
type peer struct {
	t *testing.T

	mu       sync.Mutex
	reading  *sync.Cond
	stalled  bool
	closed   bool
	code     shared.CloseCode
	roster   shared.Roster
	you      string
	heard    []shared.Event
	messages int
	largest  int
}

func newPeer(t *testing.T) *peer {
	p := &peer{t: t}
	p.reading = sync.NewCond(&p.mu)
	return p
}

func (p *peer) Write(parts [][]byte) error {
	frame := bytes.Join(parts, nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.stalled && !p.closed {
		p.reading.Wait()
	}
	if p.closed {
		return errors.New("closed")
	}
	p.messages++
	p.largest = max(p.largest, len(frame))
	events, err := wiretest.Events(frame)
	for _, e := range events {
		err = errors.Join(err, p.roster.Apply(e))
		switch e := e.(type) {
		case shared.ExistingUsers:
			p.you = e.You
		case shared.Resumed:
			p.you = e.You
		}
	}
	p.heard = append(p.heard, events...)
	if err != nil {
		p.t.Errorf("message %q: %v", frame[:min(len(frame), 300)], err)
	}
	return nil
}

func (p *peer) Close(code shared.CloseCode, _ string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed, p.code = true, code
	}
	p.reading.Broadcast()
}

// stall makes the peer's reading stop or go on.
func (p *peer) stall(on bool) {
	p.mu.Lock()
	p.stalled = on
	p.mu.Unlock()
	p.reading.Broadcast()
}

// take returns the events heard since the last call.
func (p *peer) take() []shared.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	heard := p.heard
	p.heard = nil
	return heard
}

// names returns the names of the events heard since the last call.
func (p *peer) names() []string {
	var names []string
	for _, e := range p.take() {
		names = append(names, e.Event())
	}
	return names
}

func (p *peer) users() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for u := range p.roster.All() {
		names = append(names, u.Name)
	}
	slices.Sort(names)
	return names
}

func (p *peer) hash() shared.Hash {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.roster.Hash()
}

func (p *peer) closedWith() (shared.CloseCode, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.code, p.closed
}

// enter connects a new peer to a room and joins it.
func enter(t *testing.T, h *Hub, room string, join shared.GotANewUser) (*peer, *Session) {
	t.Helper()
	return enterAs(t, h, room, newPeer(t), join)
}

func enterAs(t *testing.T, h *Hub, room string, p *peer, join shared.GotANewUser) (*peer, *Session) {
	t.Helper()
	s, err := h.Connect(room, p)
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(join))
	return p, s
}
