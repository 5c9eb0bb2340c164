package pipetest

import (
	"context"
	"slices"
	"sync"
)

// lane is one direction of a connection.
type lane struct {
	mu      sync.Mutex
	frames  [][]byte
	most    int           // write blocks while there are so many frames
	stalled bool          // read blocks
	lossy   bool          // frames written, and closed, are lost
	closed  error         // the error after the last frame; nil while open
	aborted bool          // reads and writes fail
	changed chan struct{} // closed and replaced with every change
}

func newLane(most int) *lane { return &lane{most: most, changed: make(chan struct{})} }

// do calls change under the lock and wakes all callers of await.
func (l *lane) do(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	close(l.changed)
	l.changed = make(chan struct{})
}

// await calls try under the lock, now and after every change, until it returns true.
func (l *lane) await(ctx context.Context, try func() bool) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		l.mu.Lock()
		done, changed := try(), l.changed
		l.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (l *lane) read(ctx context.Context) (frame []byte, err error) {
	taken := false
	gone := l.await(ctx, func() bool {
		switch {
		case l.aborted:
			err = errGone
		case l.stalled:
			return false
		case len(l.frames) > 0:
			frame, l.frames, taken = l.frames[0], l.frames[1:], true
		case l.closed != nil && !l.lossy:
			err = l.closed
		default:
			return false
		}
		return true
	})
	if gone != nil {
		return nil, gone
	}
	if taken {
		l.do(func() {}) // wakes a writer: the buffer has room
	}
	return frame, err
}

func (l *lane) write(ctx context.Context, frame []byte) (err error) {
	gone := l.await(ctx, func() bool {
		switch {
		case l.aborted || l.closed != nil:
			err = errGone
		case l.lossy:
		case len(l.frames) == l.most:
			return false
		default:
			l.frames = append(l.frames, slices.Clone(frame))
		}
		return true
	})
	if gone != nil {
		return gone
	}
	l.do(func() {})
	return err
}

func (l *lane) close(err error) {
	l.do(func() {
		if l.closed == nil {
			l.closed = err
		}
	})
}

func (l *lane) abort()        { l.do(func() { l.aborted = true }) }
func (l *lane) stall(on bool) { l.do(func() { l.stalled = on }) }
func (l *lane) cut()          { l.do(func() { l.lossy = true }) }
