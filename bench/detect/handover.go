package detect

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"time"

	"rollcall/bench/crowd"
	"rollcall/bench/process"
	"rollcall/bench/report"
	"rollcall/bench/wires"
	"rollcall/shared"
)

// returning is a crowd in one room whose clients reconnect as those of package client do.
type returning struct {
	*crowd.Crowd
	wire   *wires.Rollcall
	people []*crowd.Client

	failures []int       // failed tries of each client in a row; -1 while it is connected
	tried    []time.Time // when the last try of each began
	whole    []time.Time // when each was first seen to have the whole room again
	goings   int         // departures that clients were shown
}

// settled is long enough that the next loss of a connection is again the first failure in
// a row.
const settled = 6 * time.Second

// gather has n clients join, and returns when all see all and have settled. Close what
// it returns, if that is not nil, also after an error.
func gather(addr netip.AddrPort, n int) (*returning, error) {
	r := &returning{wire: wires.NewRollcall(), failures: make([]int, n), tried: make([]time.Time, n), whole: make([]time.Time, n)}
	var err error
	if r.Crowd, err = crowd.New(addr, r.wire); err != nil {
		return nil, err
	}
	r.Lost, r.Gone = r.reconnect, func(*crowd.Client, int) { r.goings++ }
	r.Entered = func(c *crowd.Client) { r.failures[c.Member] = -1 }
	r.people = r.Gather(n, crowd.Spec{
		Room: func(int) string { return shared.Lobby },
		Name: func(i int) string { return fmt.Sprint("client ", i) },
	}, 2*time.Minute)
	r.Partly = 0 // it counted while they joined
	r.Rest(settled + rand.N(time.Second))
	return r, r.Err()
}

// reconnect has a client that lost its connection connect again after a pause.
func (r *returning) reconnect(c *crowd.Client, err error) {
	r.failures[c.Member]++
	r.After(waitAfter(err, r.failures[c.Member]), func() {
		r.tried[c.Member] = time.Now()
		r.Dial(c, r.wire.Return)
	})
}

// waitAfter returns how long to wait after err, the last of so many failures in a row. It
// is the rule of package client for a server that stops.
func waitAfter(err error, failures int) time.Duration {
	var said shared.Error
	if errors.As(err, &said) && said.RetryAfter() > 0 {
		return said.RetryAfter() // the server says when
	}
	most := shared.CloseAbnormal.Pause()
	if failures > 0 {
		most = max(most, min(shared.RetryFirst<<min(failures, 16), shared.RetryMost))
	}
	return rand.N(most + 1)
}

// awaitBack waits until every client has reconnected after since and sees all others.
func (r *returning) awaitBack(since time.Time) error {
	missing := 0
	back := func() bool {
		missing = 0
		for i, c := range r.people {
			switch {
			case r.tried[i].Before(since) || c.Have() < len(r.people):
				missing++
			case r.whole[i].Before(since):
				r.whole[i] = time.Now()
			}
		}
		return missing == 0
	}
	if err := r.Until(back, time.Minute); err != nil {
		return fmt.Errorf("%d of %d have not come back: %w", missing, len(r.people), err)
	}
	return nil
}

// RunHandover measures how a crowd moves to a server that takes over, as often as there
// are rounds, and fails if anybody was shown leaving. Times are from the signal to the
// first server.
func RunHandover(args []string) error {
	var s settings
	f := s.flags("handover")
	size := f.Int("crowd", 3000, "how many move to the other server")
	if err := f.Parse(args); err != nil {
		return err
	}
	fmt.Print(report.Head("round", "moved: first / half / last", "a client's own gap: half / longest", "the first server ended", "shown leaving", "shown without everybody"))
	var failed error
	for round := range s.Rounds {
		row, seen, err := s.handover(*size)
		if err != nil {
			return err
		}
		fmt.Print(report.Row(append([]any{round + 1}, row...)...))
		if seen {
			failed = errors.New("somebody was shown leaving, or was not there when others came")
		}
	}
	return failed
}

// handover fills a room on a server, starts a second server, terminates the first, and
// returns the cells of a row and whether anybody saw it. At last everybody's roster is
// compared with the server's.
func (s settings) handover(size int) (row []any, seen bool, err error) {
	dir, err := os.MkdirTemp("", "rollcall-handover-")
	if err != nil {
		return nil, false, err
	}
	defer os.RemoveAll(dir)
	addr, err := process.FreeAddr()
	if err != nil {
		return nil, false, err
	}
	start := func() (*process.Process, error) { return s.start(addr, "-handover", dir, "-log-level", "warn") }
	first, err := start()
	if err != nil {
		return nil, false, err
	}
	defer first.Stop()
	r, err := gather(addr, size)
	if r != nil {
		defer r.Close()
	}
	if err != nil {
		return nil, false, err
	}
	var second *process.Process
	if err := r.During(func() (err error) { second, err = start(); return err }); err != nil {
		return nil, false, err
	}
	defer second.Stop()
	r.Rest(settled) // while the two exchange their rooms
	var ended time.Duration
	began, over := time.Now(), make(chan error, 1)
	go func() {
		err := first.Terminate()
		ended = time.Since(began)
		over <- err
	}()
	if err := errors.Join(r.awaitBack(began), r.During(func() error { return <-over })); err != nil {
		return nil, false, err
	}
	r.Rest(settled) // for what the second may show later
	return r.moved(began, ended), r.goings > 0 || r.Partly > 0, r.Verify(time.Minute)
}

// moved returns the cells of a row: when the clients had the whole room again, how long
// each of them was without it, when the first server ended, and what was shown meanwhile.
func (r *returning) moved(began time.Time, ended time.Duration) []any {
	var back, away []time.Duration
	for i, at := range r.whole {
		back, away = append(back, at.Sub(began)), append(away, at.Sub(r.tried[i]))
	}
	slices.Sort(back)
	slices.Sort(away)
	half, last := len(back)/2, len(back)-1
	return []any{
		report.Duration(back[0]) + " / " + report.Duration(back[half]) + " / " + report.Duration(back[last]),
		report.Duration(away[half]) + " / " + report.Duration(away[last]), report.Duration(ended), r.goings, r.Partly,
	}
}
