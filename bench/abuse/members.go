package abuse

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// members has n members join rooms and send changes until the attack is over or they are
// cut off. It returns how many changes were sent.
func (a *attacker) members(n int, room func(i int) string, change func(i, n int) string, pause time.Duration) int64 {
	return a.sessions(n, room, joinAsMallory, change, pause)
}

// sessions does what members does, with another first message than that of who joins.
func (a *attacker) sessions(n int, room func(i int) string, first string, change func(i, n int) string, pause time.Duration) int64 {
	var sent atomic.Int64
	many(n, n, func(i int) {
		ctx, cancel := context.WithDeadline(context.Background(), a.until.Add(time.Second))
		defer cancel()
		ws, err := a.socket(ctx, room(i))
		if err != nil {
			return
		}
		defer ws.CloseNow()
		go func() {
			for err := error(nil); err == nil; {
				_, _, err = ws.Read(ctx)
			}
		}()
		err = ws.Write(ctx, websocket.MessageText, []byte(first))
		for n := 0; err == nil && !a.over(); n++ {
			if err = ws.Write(ctx, websocket.MessageText, []byte(change(i, n))); err == nil {
				sent.Add(1)
			}
			time.Sleep(pause)
		}
	})
	return sent.Load()
}

func renames(a *attacker) string {
	sent := a.members(100, func(int) string { return "honest" }, func(i, n int) string {
		return fmt.Sprintf(`{"event":"update_user","data":{"name":"Mallory %d %d"}}`, i, n)
	}, 0)
	return fmt.Sprintf("%d renames written; a member's changes are shown ten at once, then one a second", sent)
}

// updates changes notes at the allowed rate, in as many rooms as an address may be in.
func updates(a *attacker) string {
	a.longer(20 * time.Second)
	sent := a.members(300, func(i int) string { return fmt.Sprintf("room-%d", i%99) }, func(_, n int) string {
		return fmt.Sprintf(`{"event":"update_user","data":{"note":"%0140d"}}`, n)
	}, every)
	return fmt.Sprintf("%d changes", sent)
}
