package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The limits of one key, or of all tokens of one member.
const (
	callsPerSecond = 50
	callsAtOnce    = 200
	maxCallers     = 4096 // callers, or rooms, with a limiter of their own; further ones share one
)

// The limits of what everybody in one room is shown, by all callers together: a call costs as
// much as there are people. It is that of a member's changes.
const (
	shownPerSecond = 1
	shownAtOnce    = 10
)

// limiter limits how often each caller may call.
type limiter struct {
	perSecond rate.Limit
	atOnce    int

	mu      sync.Mutex
	callers map[string]*rate.Limiter
	trying  map[*rate.Limiter]int // calls of try that are under way
}

func newLimiter(perSecond rate.Limit, atOnce int) *limiter {
	return &limiter{perSecond: perSecond, atOnce: atOnce, callers: make(map[string]*rate.Limiter), trying: make(map[*rate.Limiter]int)}
}

// allow counts a call. If the caller has made too many, it does not count the call, and
// returns how long the caller must wait.
func (l *limiter) allow(id string) (wait time.Duration) {
	r := l.of(id).Reserve()
	if wait = r.Delay(); wait > 0 {
		r.Cancel()
	}
	return wait
}

// try calls do, and counts that if it succeeds. If the caller has made too many calls, with
// those under way, try does not call it and returns false.
func (l *limiter) try(id string, do func() error) (tried bool, err error) {
	lim := l.of(id)
	if !l.start(lim) {
		return false, nil
	}
	succeeded := false
	defer func() { l.finish(lim, succeeded) }() // also after a panic
	err = do()
	succeeded = err == nil
	return true, err
}

// start notes that a call is under way, if it can be counted then.
func (l *limiter) start(lim *rate.Limiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lim.Tokens()-float64(l.trying[lim]) < 1 {
		return false
	}
	l.trying[lim]++
	return true
}

// finish notes the end of a call, and counts it if it succeeded.
func (l *limiter) finish(lim *rate.Limiter, succeeded bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if succeeded {
		lim.Allow()
	}
	if l.trying[lim]--; l.trying[lim] == 0 {
		delete(l.trying, lim)
	}
}

// of returns the limiter of a caller.
func (l *limiter) of(id string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.callers) >= maxCallers && l.callers[id] == nil {
		l.forget()
		if len(l.callers) >= maxCallers {
			id = ""
		}
	}
	if l.callers[id] == nil {
		l.callers[id] = rate.NewLimiter(l.perSecond, l.atOnce)
	}
	return l.callers[id]
}

// forget removes the limiters that are full, which are equal to new ones.
func (l *limiter) forget() {
	for id, lim := range l.callers {
		if lim.Tokens() >= float64(l.atOnce) && l.trying[lim] == 0 {
			delete(l.callers, id)
		}
	}
}
