// Package scenario is what is done to a server and measured of it, one file
// per scenario. Each starts a server of its own, and fails if any client ends
// up with anything but the true roster.
package scenario

import (
	"fmt"
	"time"

	"rollcall/bench/crowd"
	"rollcall/bench/subject"
)

// Metrics are what a scenario measured, by name. A name ends with its unit.
type Metrics map[string]float64

// Bounds of waiting.
const (
	stormWithin   = 10 * time.Minute // the slowest peer needs 90 s for 3,000
	arrivalWithin = 30 * time.Second
	truthWithin   = 30 * time.Second
)

// stage is a server with its crowd.
type stage struct {
	subject *subject.Subject
	server  *subject.Process
	crowd   *crowd.Crowd
	metrics Metrics
	idle    subject.Memory // when only one had come, and gone again
	resting *rest          // if it does
}

// open starts a server, with more arguments than its own.
func open(s *subject.Subject, args ...string) (*stage, error) {
	server, err := s.Start(args...)
	if err != nil {
		return nil, err
	}
	st := &stage{subject: s, server: server, metrics: Metrics{}}
	if err := st.prepare(); err != nil {
		st.close()
		return nil, err
	}
	return st, nil
}

func (st *stage) prepare() error {
	if err := st.firstGuest(); err != nil {
		return fmt.Errorf("the first guest: %w", err)
	}
	var err error
	if st.idle, err = st.server.Memory(); err != nil {
		return err
	}
	st.crowd, err = crowd.New(st.server.Addr, st.subject.NewWire())
	return err
}

// close ends the server, and what may still serve its crowd.
func (st *stage) close() {
	st.server.Stop()
	if st.resting != nil {
		_ = st.resting.end() // of what went wrong before
	}
	if st.crowd != nil {
		st.crowd.Close()
	}
}

// play runs a scenario with a server of its own.
func play(s *subject.Subject, scenario func(*stage) error, args ...string) (Metrics, error) {
	st, err := open(s, args...)
	if err != nil {
		return nil, err
	}
	defer st.close()
	if err := scenario(st); err != nil {
		return nil, err
	}
	return st.metrics, nil
}

// firstGuest has one client join a room of its own and go, so that what a
// server needs for its first (code, tables, caches) is nobody else's burden.
func (st *stage) firstGuest() error {
	w, err := crowd.New(st.server.Addr, st.subject.NewWire())
	if err != nil {
		return err
	}
	defer w.Close()
	guests, err := w.Open(1, crowd.Spec{Room: inRoom("first"), Name: named("guest")})
	if err != nil || st.subject.Silent {
		return err
	}
	w.Watch(guests, false)
	w.Expect(guests[0], 1)
	if err := w.Join(guests[0]); err != nil {
		return err
	}
	_, err = w.Await(arrivalWithin)
	return err
}

// usage is what has been spent so far.
type usage struct {
	server, own            time.Duration
	bytes, messages, diffs int64
}

func (st *stage) usage() (u usage, err error) {
	if u.server, err = st.server.CPU(); err != nil {
		return u, err
	}
	u.own, err = subject.OwnCPU()
	u.bytes, u.messages, u.diffs = st.crowd.Bytes, st.crowd.Messages, st.crowd.Diffs
	return u, err
}

// spend adds what an action costs to the metrics that begin with name.
func (st *stage) spend(name string, action func() error) error {
	before, err := st.usage()
	if err != nil {
		return err
	}
	if err := action(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	after, err := st.usage()
	if err != nil {
		return err
	}
	st.metrics[name+".server_cpu_s"] += (after.server - before.server).Seconds()
	st.metrics[name+".generator_cpu_s"] += (after.own - before.own).Seconds()
	st.metrics[name+".bytes"] += float64(after.bytes - before.bytes)
	st.metrics[name+".messages"] += float64(after.messages - before.messages)
	st.metrics[name+".diffs"] += float64(after.diffs - before.diffs)
	return nil
}

// times waits until everybody has what was expected, and notes when the median
// and when the last had it.
func (st *stage) times(name string, within time.Duration) error {
	waits, err := st.crowd.Await(within)
	if err != nil {
		return err
	}
	st.metrics[name+".median_s"] = quantile(waits, 0.5) / 1e3
	st.metrics[name+".last_s"] = quantile(waits, 1) / 1e3
	return nil
}

// perDiff derives the server's time per delivered diff.
func (st *stage) perDiff(name string) {
	st.metrics[name+".cpu_per_diff_us"] = st.metrics[name+".server_cpu_s"] * 1e6 / st.metrics[name+".diffs"]
}

// resident notes the server's memory per client, beyond what it had idle.
func (st *stage) resident(name string) error {
	m, err := st.server.Memory()
	st.metrics["memory."+name+"_kb"] = float64(m.Now-st.idle.Now) / 1024 / float64(len(st.crowd.Clients()))
	return err
}

// quantile of sorted durations, in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	i := min(int(q*float64(len(sorted))), len(sorted)-1)
	return milliseconds(sorted[i])
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// inRoom and named make parts of a crowd.Spec.
func inRoom(name string) func(int) string { return func(int) string { return name } }

func named(prefix string) func(int) string {
	return func(i int) string { return fmt.Sprintf("%s-%05d", prefix, i) }
}
