package model

import (
	"fmt"
	"runtime"
	"strings"

	"rollcall/shared"
)

// guest is a peer that ignores what it receives.
type guest struct{ *seat }

func (guest) Write([][]byte) error           { runtime.Gosched(); return nil }
func (guest) Close(shared.CloseCode, string) {}

// The sizes of audiences that make a room use more of its code.
const (
	manyFlushers = 260 // several goroutines write to the sessions
	manyChunks   = 900 // a snapshot needs several frames
)

// seatAudience adds n sessions to a room that stay until the end: a few members with
// many sessions each, or from manyChunks on, one member each, with the longest name and
// note.
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

// crowd has n guests come to a room and leave it, one after the other. It calls pause
// before each, which may give others time to receive the last change.
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
