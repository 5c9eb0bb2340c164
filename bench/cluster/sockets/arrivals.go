package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
	"rollcall/shared/client"
)

// arrivals times how long it takes until somebody who comes to one node is seen
// there and on another, by somebody in the same room, one at a time.
func arrivals(here, there netip.AddrPort) error {
	var watches []*watch
	for _, node := range []netip.AddrPort{here, there} {
		w, err := newWatch(node)
		if err != nil {
			return err
		}
		defer w.client.Close()
		watches = append(watches, w)
	}
	took := make([][]time.Duration, len(watches))
	for i := range *times {
		key := fmt.Sprintf("the-key-of-arrival-%06d", i)
		leave, began, err := arrive(here, key)
		if err != nil {
			return err
		}
		for j, w := range watches {
			at, err := w.await(shared.MemberID(key))
			if err != nil {
				return err
			}
			took[j] = append(took[j], at.Sub(began))
		}
		leave()
	}
	for j, where := range []string{"the same node", "another node"} {
		slices.Sort(took[j])
		fmt.Printf("an arrival seen on %s: p50 %v, p99 %v\n", where,
			took[j][*times/2].Round(time.Microsecond), took[j][*times*99/100].Round(time.Microsecond))
	}
	return nil
}

// arrive has somebody come to the first room, and says when.
func arrive(node netip.AddrPort, key string) (leave func(), began time.Time, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	ws, _, err := websocket.Dial(ctx, fmt.Sprintf("ws://%s/ws?room=%s", node, roomName(0)), nil)
	if err != nil {
		cancel()
		return nil, began, err
	}
	ws.SetReadLimit(shared.MaxServerFrame)
	began = time.Now()
	err = ws.Write(ctx, websocket.MessageText, shared.Encode(shared.GotANewUser{Name: "arrival", Key: key}))
	return func() {
		_ = ws.Write(ctx, websocket.MessageText, shared.Encode(shared.Leave{}))
		_ = ws.Close(websocket.StatusNormalClosure, "")
		cancel()
	}, began, err
}

// watch is somebody who watches the first room on a node.
type watch struct {
	client *client.Client
	seen   chan arrival
}

type arrival struct {
	id string
	at time.Time
}

func newWatch(node netip.AddrPort) (*watch, error) {
	c, err := client.Open(fmt.Sprintf("ws://%s/ws", node), client.Options{Room: roomName(0), Name: "watch"})
	if err != nil {
		return nil, err
	}
	w := &watch{client: c, seen: make(chan arrival, 1000)}
	go w.follow()
	for end := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		known := 0
		c.Roster(func(r *shared.Roster) { known = r.Len() })
		if known > 0 {
			return w, nil
		}
		if time.Now().After(end) {
			return nil, errors.Join(errors.New("a watch is not let in"), c.Close())
		}
	}
}

func (w *watch) follow() {
	for {
		u, err := w.client.Next(context.Background())
		if err != nil {
			return
		}
		now := time.Now()
		for _, e := range u.Events {
			if e, ok := e.(shared.NewUser); ok {
				w.seen <- arrival{e.User.ID, now}
			}
		}
	}
}

// await returns when the member was seen.
func (w *watch) await(id string) (time.Time, error) {
	late := time.After(within)
	for {
		select {
		case a := <-w.seen:
			if a.id == id {
				return a.at, nil
			}
		case <-late:
			return time.Time{}, fmt.Errorf("%s was not seen", id)
		}
	}
}
