package attendance

import (
	"context"
	"time"

	"rollcall/server/store"
	"rollcall/shared/api"
)

// Bounds of reading, so that whoever reads leaves connections of the database to the recorder.
const (
	readsAtOnce = 3                // each with up to two connections
	readWithin  = 10 * time.Minute // bounds a report, which may be as slow as whoever reads it
	waitAtMost  = 5 * time.Second  // for one of the other reads to end
)

// ErrBusy is an *api.Problem, which is returned while too many others read.
var ErrBusy error = &api.Problem{Type: api.Unavailable, Title: "Too many reports are being made"}

// Roll answers who was in a room, and who should have been there, from a database. Its methods
// are safe for concurrent use, on several nodes too. Three of them read at a time; others wait
// up to 5 s and then return ErrBusy. An argument that makes no sense is an *api.InvalidField,
// which repeats no names; other errors are of the database or the context.
type Roll struct {
	store *store.Store
	reads chan struct{} // a counting semaphore
}

// NewRoll returns a Roll of what is in a database.
func NewRoll(s *store.Store) *Roll { return &Roll{s, make(chan struct{}, readsAtOnce)} }

// begin waits until there may be one more read. Unless it returns an error, end must be called.
func (r *Roll) begin(ctx context.Context) (_ context.Context, end func(), err error) {
	timer := time.NewTimer(waitAtMost)
	defer timer.Stop()
	select {
	case r.reads <- struct{}{}:
		ctx, cancel := context.WithTimeout(ctx, readWithin)
		return ctx, func() { cancel(); <-r.reads }, nil
	case <-timer.C:
		return ctx, nil, ErrBusy
	case <-ctx.Done():
		return ctx, nil, context.Cause(ctx)
	}
}

// span returns what a report of a room and a time, [from, to), is about.
func (r *Roll) span(ctx context.Context, room string, from, to, now time.Time) (api.Span, error) {
	s := api.Span{Room: room, From: from.UTC(), To: to.UTC(), Gaps: []api.Gap{}}
	if !from.Before(to) {
		return s, invalid("to", "is not after from")
	}
	gaps, err := r.store.Gaps(ctx, from, to, now)
	for _, g := range gaps {
		s.Gaps = append(s.Gaps, api.Gap(g))
	}
	return s, err
}

func invalid(location, message string) *api.InvalidField {
	return &api.InvalidField{Location: location, Message: message}
}
