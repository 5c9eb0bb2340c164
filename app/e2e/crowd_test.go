//go:build !js

package e2e

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// joining is how many members of a crowd join at the same time.
const joining = 64

// crowd lets n members join a room, who only read. It returns when all of them have
// joined.
func crowd(t *testing.T, s *server, room string, n int) {
	t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	var reading, entering sync.WaitGroup
	t.Cleanup(func() { leave(); reading.Wait() })
	door := make(chan struct{}, joining)
	for i := range n {
		door <- struct{}{}
		entering.Go(func() {
			defer func() { <-door }()
			c, err := joinRaw(ctx, s, room, fmt.Sprintf("Person %d", i))
			if err != nil {
				t.Errorf("person %d does not get in: %v", i, err)
				return
			}
			reading.Go(func() {
				defer c.CloseNow()
				for {
					if _, r, err := c.Reader(ctx); err != nil {
						return
					} else if _, err := io.Copy(io.Discard, r); err != nil {
						return
					}
				}
			})
		})
	}
	entering.Wait()
}

// joinRaw joins without the client, and returns when the first frame has arrived.
func joinRaw(ctx context.Context, s *server, room, name string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, _, err := websocket.Dial(ctx, s.socket()+"?"+shared.RoomParam+"="+room, nil)
	if err != nil {
		return nil, err
	}
	c.SetReadLimit(-1)
	err = c.Write(ctx, websocket.MessageText, shared.Encode(shared.GotANewUser{Name: name}))
	if err == nil {
		_, _, err = c.Read(ctx)
	}
	if err != nil {
		c.CloseNow()
		return nil, err
	}
	return c, nil
}
