package model

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"rollcall/shared"
)

// pest is a peer that requests the roster again and again, and never reads.
type pest struct {
	*seat
	gone  chan struct{} // closed by Close
	close sync.Once

	// Guarded by world.mu.
	room  int       // how many more messages its connection can buffer
	stuck time.Time // when the blocked write began; zero if there is none
}

// pester adds a pest to the room, which sends 1+often requests a second.
func (w *world) pester(room string, often int) {
	srv := w.current()
	if srv == nil {
		return
	}
	w.guests++
	key := fmt.Sprintf("the-key-of-pest-%04d", w.guests)
	p := &pest{seat: srv.newSeat(room, key), gone: make(chan struct{}), room: w.shape.Buffer}
	var err error
	if p.session, err = srv.hub.Connect(room, p); err != nil {
		w.fail(err)
		return
	}
	w.locked(func() { srv.pests = append(srv.pests, p) })
	p.receive(shared.Encode(shared.GotANewUser{Name: "pest", Key: key}))
	ask := shared.Encode(shared.GotANewUser{Name: "pest", Key: key, Resume: &shared.Resume{}})
	go func() {
		for !p.isGone(time.Second / time.Duration(1+often)) {
			p.receive(ask)
		}
	}()
}

// isGone waits for d, and reports whether the connection was closed before then.
func (p *pest) isGone(d time.Duration) bool {
	select {
	case <-p.gone:
		return true
	case <-time.After(d):
		return false
	}
}

// Write accepts as many messages as the connection can buffer, and then blocks until
// Close.
func (p *pest) Write([][]byte) error {
	var full bool
	p.server.w.locked(func() {
		if full = p.room == 0; full {
			p.stuck = time.Now()
		} else {
			p.room--
		}
	})
	if full {
		<-p.gone
		return errors.New("closed")
	}
	return nil
}

// Close fails the test unless a write has been stuck for too long, the room is locked, or
// the server stops.
func (p *pest) Close(code shared.CloseCode, _ string) {
	p.server.w.locked(func() {
		if p.server.dead || p.ended || code == shared.CloseLocked && p.asked.Equal(time.Now()) {
			return // in the last case seat.receive is about to note the end
		}
		if code != shared.CloseTooSlow || p.stuckFor() < shared.StuckWriteAfter-slack {
			p.server.w.failLocked(fmt.Errorf("the hub hung up with %d on who asks and never reads, stuck for %v", code, p.stuckFor()))
		}
		p.noteEnd(shared.ReasonTimeout)
	})
	p.close.Do(func() { close(p.gone) })
}

// stuckFor returns how long a write has been blocked. world.mu is held.
func (p *pest) stuckFor() time.Duration {
	if p.stuck.IsZero() {
		return 0
	}
	return time.Since(p.stuck)
}

// checkPests checks that the hub ends the sessions of pests in time. world.mu is held.
func (srv *server) checkPests() error {
	for _, p := range srv.pests {
		if stuck := p.stuckFor(); !p.ended && stuck > shared.StuckWriteAfter+slack {
			return fmt.Errorf("who asks and never reads is still in %s, stuck for %v", p.at.room, stuck)
		}
	}
	return nil
}
