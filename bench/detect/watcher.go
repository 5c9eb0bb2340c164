package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// watcher is a member of the room who notes what the room is told.
type watcher struct {
	client *client.Client
	mu     sync.Mutex
	told   chan struct{}     // closed and made anew when anything is told
	here   map[string]string // ids by name
	gone   map[string]time.Time
}

func watch(url string) (*watcher, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := client.Dial(ctx, url, client.Options{Name: "watcher", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	w := &watcher{client: c, told: make(chan struct{}), here: map[string]string{}, gone: map[string]time.Time{}}
	go w.follow()
	return w, nil
}

func (w *watcher) follow() {
	for {
		u, err := w.client.Next(context.Background())
		now := time.Now()
		w.mu.Lock()
		for _, e := range u.Events {
			switch e := e.(type) {
			case shared.NewUser:
				w.here[e.User.Name] = e.User.ID
			case shared.DisconnectUser:
				w.gone[e.ID] = now
			}
		}
		close(w.told)
		w.told = make(chan struct{})
		w.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await waits until the room has been told something.
func (w *watcher) await(what string, most time.Duration, told func() bool) error {
	timeout := time.After(most)
	for {
		w.mu.Lock()
		done, next := told(), w.told
		w.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-next:
		case <-timeout:
			return fmt.Errorf("the room was not told within %v that %s", most, what)
		}
	}
}

func (w *watcher) arrived(name string) error {
	return w.await(name+" is here", 30*time.Second, func() bool { return w.here[name] != "" })
}

// departed waits for the departure of who has the name, and returns when it was told.
func (w *watcher) departed(name string) (at time.Time, err error) {
	err = w.await(name+" is gone", 2*time.Minute, func() bool {
		at = w.gone[w.here[name]]
		return !at.IsZero()
	})
	return at, err
}

// close ends the watching. A roster that was ever wrong makes all it saw worthless.
func (w *watcher) close() error {
	defer w.client.Close()
	if n := w.client.Desyncs(); n > 0 {
		return fmt.Errorf("the watcher's roster was wrong %d times", n)
	}
	return nil
}
