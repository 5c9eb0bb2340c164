package model

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall/shared/client"
)

// connect connects a client to a server after a random delay. It fails if the tab is
// offline or no server is up.
func (t *tab) connect(ctx context.Context) (client.Conn, error) {
	var wait time.Duration
	t.w.locked(func() {
		wait = time.Duration(1 + t.random.Int64N(int64(3*time.Millisecond)))
		if t.random.IntN(4) == 0 {
			wait += time.Duration(t.random.Int64N(int64(time.Second)))
		}
	})
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	var offline, swallow, mute bool
	t.w.locked(func() {
		if offline = t.offline; !offline {
			swallow, mute = t.swallow, t.mute
			t.swallow, t.mute = false, false
		}
	})
	t.w.locked(func() { t.w.failLocked(t.checkReturn()) })
	srv := t.server()
	switch {
	case srv == nil || offline:
		return nil, errors.New("nobody answers")
	case swallow:
		return nil, t.unanswered(ctx)
	}
	return srv.accept(t, mute)
}

// handshakeLimit is longer than a client waits for the answer to a handshake.
const handshakeLimit = 20 * time.Second

// unanswered is a handshake that gets no answer, as when a phone changes to another
// network. It blocks until the client gives up, which it must before handshakeLimit.
func (t *tab) unanswered(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(handshakeLimit):
	}
	err := fmt.Errorf("%v waits for an answer to its handshake for more than %v", t, handshakeLimit)
	t.w.fail(err)
	return err
}
