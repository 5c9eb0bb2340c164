package model

import (
	"fmt"
	"runtime"
	"strings"

	"rollcall/shared"
)

// guest is a peer who wants to hear nothing.
type guest struct{ *seat }

func (guest) Write([][]byte) error           { runtime.Gosched(); return nil }
func (guest) Close(shared.CloseCode, string) {}

// Audiences of these sizes make a room work in more ways than one: with several
// goroutines that write, and with a snapshot that comes in several frames.
const (
	manyFlushers = 260
	manyChunks   = 900
)

// seatAudience fills a room with sessions that stay: a few members with many
// each, or many with a long name and note.
func (srv *server) seatAudience(room string, n int) {
	long := n >= manyChunks
	for i := range n {
		key := fmt.Sprintf("the-key-of-audience-%04d", i)
		if !long {
			key = fmt.Sprintf("the-key-of-audience-%04d", i%8)
		}
		g := guest{srv.newSeat(room, key)}
		var err error
		if g.session, err = srv.hub.Connect(room, g); err != nil {
			srv.w.fail(err)
			return
		}
		srv.audience = append(srv.audience, g)
		if !long {
			g.receive(shared.Encode(shared.GotANewUser{Name: "audience", Key: key}))
			continue
		}
		note := strings.Repeat("<", shared.MaxNoteRunes) // six bytes each on the wire
		g.receive(shared.Encode(shared.GotANewUser{Name: strings.Repeat("&", shared.MaxNameRunes), Key: key}))
		g.receive(shared.Encode(shared.UpdateUser{Note: &note}))
	}
}

// crowd has n guests come to a room and leave it. Between them, others have
// time to hear of it, or not.
func (w *world) crowd(room string, n int, pause func()) {
	srv := w.current()
	if srv == nil {
		return
	}
	for range n {
		pause()
		w.guests++
		key := fmt.Sprintf("the-key-of-guest-%04d", w.guests)
		g := guest{srv.newSeat(room, key)}
		var err error
		if g.session, err = srv.hub.Connect(room, g); err != nil {
			w.fail(err)
			return
		}
		g.receive(shared.Encode(shared.GotANewUser{Name: fmt.Sprint("guest ", w.guests), Key: key}))
		g.receive(shared.Encode(shared.Leave{}))
	}
}
