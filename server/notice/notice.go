// Package notice limits how often a line of the log is written that anybody can cause:
// often enough to be seen, and not as often as it happens.
package notice

import (
	"cmp"
	"log/slog"
	"sync"
	"time"
)

// defaultEvery is the interval of a Warning that sets none.
const defaultEvery = time.Minute

// A Warning is a rate-limited line of the log. The zero Warning is ready, and is due once
// a minute. Its methods are safe for concurrent use.
type Warning struct {
	Every time.Duration // the least time between two lines; a minute if zero

	mu    sync.Mutex // guards the rest
	last  time.Time  // when the Warning was due last
	count int        // occurrences since then
}

// Log logs the line at warning level if it is due.
func (w *Warning) Log(log *slog.Logger, text string, args ...any) {
	if w.Due() > 0 {
		log.Warn(text, args...)
	}
}

// Due counts one occurrence. If the line is due, Due returns the number of occurrences
// since it was due last, this one included, and otherwise 0.
func (w *Warning) Due() (count int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	now := time.Now()
	if now.Sub(w.last) < cmp.Or(w.Every, defaultEvery) {
		return 0
	}
	count, w.last, w.count = w.count, now, 0
	return count
}
