//go:build !race

// A room of 100,000 takes the race detector a minute, so that make unit runs this
// without it.

package site

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/client"
)

// mute is a peer that takes everything and hears nothing.
type mute struct{}

func (mute) Write([][]byte) error           { return nil }
func (mute) Close(shared.CloseCode, string) {}

// A room as large as one may be reaches a client whole, in frames that its read
// limit accepts: were one larger, the client would close the connection.
func TestTheLargestRoomReachesAClient(t *testing.T) {
	const members = hub.DefaultMaxRoomSessions - 1
	r := start(t, hub.Config{})
	for i := range members {
		s, err := r.hub.Connect("lobby", mute{})
		if err != nil {
			t.Fatal(err)
		}
		s.Receive(shared.Encode(shared.GotANewUser{Name: "member " + strconv.Itoa(i)}))
		if i%1000 == 0 {
			runtime.Gosched() // to those who write to the others
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	c, err := client.Dial(ctx, strings.Replace(r.url, "http", "ws", 1)+shared.SocketPath("/"), client.Options{Name: "last"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Roster(func(seen *shared.Roster) {
		if seen.Len() != members+1 {
			t.Errorf("the client sees %d members, want %d", seen.Len(), members+1)
		}
	})
	if n := c.Desyncs(); n > 0 {
		t.Errorf("the roster went wrong %d times", n)
	}
}
