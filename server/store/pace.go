package store

import (
	"context"
	"time"
)

// Pace is the rhythm of a goroutine that writes to a database what it is told.
type Pace struct {
	Gather time.Duration // from the first thing that it is told to the transaction that has it
	Every  time.Duration // the longest time between two transactions, though it is told nothing
	Retry  time.Duration // the longest pause after a transaction that failed
}

// Wait waits until the next transaction is due: after wake, or, if so many in a row have failed,
// after a pause that doubles with each. It returns false when ctx is done.
func (p Pace) Wait(ctx context.Context, wake <-chan struct{}, failed int) bool {
	pause := p.Gather
	if failed > 0 {
		pause = min(p.Gather<<min(failed, 10), p.Retry)
	} else {
		select {
		case <-wake:
		case <-time.After(p.Every - p.Gather):
		case <-ctx.Done():
			return false
		}
	}
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}
