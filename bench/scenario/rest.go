package scenario

import (
	"sync/atomic"
	"time"
)

// dayWithin bounds how long a room waits for the end of its day.
const dayWithin = time.Hour

// rest is a stage that is left alone: its crowd answers pings and does nothing
// else, in a goroutine of its own.
type rest struct {
	over  atomic.Bool
	ended chan error
}

// rest leaves the stage alone until wake, for at least so long. After that, which
// is the same time for all servers, it notes the memory, and what it has
// cost to have everybody there.
func (st *stage) rest(d time.Duration) {
	r := &rest{ended: make(chan error, 1)}
	st.resting = r
	go func() {
		err := st.idleFor(d)
		if err == nil {
			err = st.crowd.Until(r.over.Load, dayWithin)
		}
		r.ended <- err
	}()
}

func (st *stage) idleFor(d time.Duration) error {
	before, err := st.server.CPU()
	if err != nil {
		return err
	}
	if err := st.crowd.Rest(d); err != nil {
		return err
	}
	after, err := st.server.CPU()
	if err != nil {
		return err
	}
	st.metrics["rest.cpu_ms_per_s"] = milliseconds(after-before) / d.Seconds()
	return st.resident("rested")
}

// wake ends the rest, if there is one, when it was long enough, and returns
// what went wrong.
func (st *stage) wake() error {
	if st.resting == nil {
		return nil
	}
	err := st.resting.end()
	st.resting = nil
	return err
}

func (r *rest) end() error {
	r.over.Store(true)
	return <-r.ended
}
