package compare

import (
	"fmt"
	"time"

	"rollcall/bench/crowd"
	"rollcall/bench/process"
)

// Metrics are what a scenario measured, by name. A name ends with its unit.
type Metrics map[string]float64

// Bounds of waiting.
const (
	stormWithin   = 10 * time.Minute // the slowest peer needs 90 s for 3,000
	arrivalWithin = 30 * time.Second
	truthWithin   = 30 * time.Second
)

// stage is a server with its crowd, whose errors are sticky. It fails if any client
// ends up with anything but the true roster.
type stage struct {
	*crowd.Crowd
	subject   *Subject
	server    *process.Process
	metrics   Metrics
	idle      int64           // bytes resident after one client has joined and left
	residents []*crowd.Client // see fill
}

// open starts a server and connects one client to a room of its own, so that what the
// first client costs (code, tables, caches) is not counted for the others.
func open(s *Subject) (*stage, error) {
	server, err := s.Start()
	if err != nil {
		return nil, err
	}
	st := &stage{subject: s, server: server, metrics: Metrics{}}
	first, err := crowd.New(server.Addr, s.NewWire())
	if err != nil {
		st.close()
		return nil, err
	}
	defer first.Close()
	if s.Silent {
		first.Open(1, people("first", "guest"))
	} else {
		first.Gather(1, people("first", "guest"), arrivalWithin)
	}
	if err = first.Err(); err == nil {
		st.idle, _, err = server.Memory()
	}
	if err == nil {
		st.Crowd, err = crowd.New(server.Addr, s.NewWire())
	}
	if err != nil {
		st.close()
		return nil, fmt.Errorf("the first guest: %w", err)
	}
	return st, nil
}

// close ends the server and its crowd.
func (st *stage) close() {
	st.server.Stop()
	if st.Crowd != nil {
		st.Close()
	}
}

// cpu returns the server's processor time so far.
func (st *stage) cpu() time.Duration {
	spent, err := st.server.CPU()
	st.Fail(err)
	return spent
}

// spend adds what an action costs to the metrics that begin with name.
func (st *stage) spend(name string, action func()) {
	cpu, bytes, messages, diffs := st.cpu(), st.Bytes, st.Messages, st.Diffs
	action()
	st.metrics[name+".server_cpu_s"] += (st.cpu() - cpu).Seconds()
	st.metrics[name+".bytes"] += float64(st.Bytes - bytes)
	st.metrics[name+".messages"] += float64(st.Messages - messages)
	st.metrics[name+".diffs"] += float64(st.Diffs - diffs)
}

// times waits until all clients see what they expect, and records the median time and the
// longest.
func (st *stage) times(name string) {
	waits := st.Await(stormWithin)
	st.metrics[name+".median_s"] = quantile(waits, 0.5) / 1e3
	st.metrics[name+".last_s"] = quantile(waits, 1) / 1e3
}

// resident records the server's memory per client, beyond what it had idle.
func (st *stage) resident(name string) {
	now, _, err := st.server.Memory()
	st.Fail(err)
	st.metrics["memory."+name+"_kb"] = float64(now-st.idle) / 1024 / float64(len(st.Clients()))
}

// quantile returns one of sorted durations in milliseconds, 0 if there are none.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := min(int(q*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[i]) / float64(time.Millisecond)
}

// people describes clients of one room.
func people(room, prefix string) crowd.Spec {
	return crowd.Spec{
		Room: func(int) string { return room },
		Name: func(i int) string { return fmt.Sprintf("%s-%05d", prefix, i) },
	}
}
