package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// watcher is a member who sits in a room, on one node.
type watcher struct {
	node   *node
	room   int
	id     string
	client *client.Client

	shown map[string]bool // by id; for follow alone

	mu   sync.Mutex
	gone []gone
}

// gone is somebody who was shown, and is not any more.
type gone struct {
	id string
	at time.Time
}

func watch(fd *field, n *node, room int) (*watcher, error) {
	key := fmt.Sprintf("the-key-of-watcher-%d-%d", n.index, room)
	w := &watcher{node: n, room: room, id: shared.MemberID(key)}
	var err error
	w.client, err = client.Open(fmt.Sprintf("ws://127.0.0.1:%d/ws", n.port), client.Options{
		Room: roomName(room), Name: "watcher", Key: key, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, err
	}
	go w.follow()
	return w, nil
}

func (w *watcher) follow() {
	for {
		u, err := w.client.Next(context.Background())
		if err != nil {
			return
		}
		now := time.Now()
		for _, e := range u.Events {
			w.note(e, now)
		}
		if u.State == client.Reconnecting {
			w.client.RetryNow()
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// note notes who is gone by what e says. A snapshot says it by leaving them out:
// that of a node that was started anew, too.
func (w *watcher) note(e shared.Event, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := e.(type) {
	case shared.ExistingUsers:
		before := w.shown
		w.shown = map[string]bool{}
		for _, u := range e.Users {
			w.shown[u.ID] = true
		}
		for id := range before {
			if !w.shown[id] {
				w.gone = append(w.gone, gone{id, now})
			}
		}
	case shared.NewUser:
		w.shown[e.User.ID] = true
	case shared.DisconnectUser:
		delete(w.shown, e.ID)
		w.gone = append(w.gone, gone{e.ID, now})
	}
}

// take returns the departures since the last call.
func (w *watcher) take() []gone {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.gone
	w.gone = nil
	return g
}

// sees reports whether the watcher is shown exactly who wants to be there.
func (w *watcher) sees(fd *field) bool { return w.amiss(fd) == "" }

// amiss says what is wrong with what the watcher is shown.
func (w *watcher) amiss(fd *field) (what string) {
	lo, hi := w.room*roomSize, min((w.room+1)*roomSize, len(fd.people))
	w.client.Roster(func(r *shared.Roster) {
		shown := 0
		for _, p := range fd.people[lo:hi] {
			_, ok := r.Get(p.id)
			if ok {
				shown++
			}
			if ok != p.wants() {
				what = fmt.Sprintf("node %d shows %s in %s: %v", w.node.index, p.id, roomName(w.room), ok)
				return
			}
		}
		watchers := 0
		for _, other := range fd.watches {
			if _, ok := r.Get(other.id); ok {
				watchers++
			}
		}
		if r.Len() != shown+watchers {
			what = fmt.Sprintf("node %d shows %d strangers in %s", w.node.index, r.Len()-shown-watchers, roomName(w.room))
		}
	})
	return what
}

func (w *watcher) quit() { _ = w.client.Close() }
