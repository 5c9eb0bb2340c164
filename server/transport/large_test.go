//go:build !race

// A room of 100,000 takes the race detector a minute, so that make unit runs this
// without it.

package transport

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
	"rollcall/shared/client"
)

// A snapshot of the largest room reaches a client complete, in frames within its read
// limit: if one were larger, the client would close the connection.
func TestTheLargestRoomReachesAClient(t *testing.T) {
	const members = hub.DefaultMaxRoomSessions - 1
	r := start(t, hub.Config{})
	for i := range members {
		s, err := r.hub.Connect("lobby", wiretest.DiscardPeer{})
		if err != nil {
			t.Fatal(err)
		}
		s.Receive(shared.Encode(shared.GotANewUser{Name: "member " + strconv.Itoa(i)}))
		if i%1000 == 0 {
			runtime.Gosched() // to the goroutines that write to the others
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), wiretest.Within)
	defer cancel()
	c, err := client.Dial(ctx, strings.Replace(r.URL, "http", "ws", 1)+shared.SocketPath("/"), client.Options{Name: "last"})
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
