package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

// moved is how a crowd moved to a server that took over. Times are from when the
// first was told to stop.
type moved struct {
	Back   []time.Duration // when each client had the whole room again
	Away   []time.Duration // for how long each had it not: from its try, until then
	Ended  time.Duration   // when the first process had ended
	Goings int64           // how often somebody was shown leaving to somebody
	Partly int64           // how often somebody was shown a room without everybody
}

// moveWithin bounds the whole of it, and is longer than a server takes to stop.
const moveWithin = time.Minute

// printMoves measures as often as there are rounds, and fails if anybody was shown
// leaving.
func printMoves(s settings) error {
	fmt.Println("| round | moved: first / half / last | a client's own gap: half / longest | the first server ended | shown leaving | shown without everybody |")
	fmt.Println("|---|---|---|---|---|---|")
	var failed error
	for round := range s.Rounds {
		m, err := move(s)
		if err != nil {
			return err
		}
		fmt.Printf("| %d | %v / %v / %v | %v / %v | %v | %d | %d |\n", round+1,
			seconds(m.Back[0]), seconds(m.Back[len(m.Back)/2]), seconds(m.Back[len(m.Back)-1]),
			seconds(m.Away[len(m.Away)/2]), seconds(m.Away[len(m.Away)-1]), seconds(m.Ended), m.Goings, m.Partly)
		if m.Goings > 0 || m.Partly > 0 {
			failed = errors.New("somebody was shown leaving, or was not there when others came")
		}
	}
	return failed
}

// move fills a room, starts another server on its port, and has the first stop.
func move(s settings) (m moved, err error) {
	dir, err := os.MkdirTemp("", "rollcall-handover-")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(dir)
	first, err := startServer(s.rollcall, "-handover", dir, "-log-level", "warn")
	if err != nil {
		return m, err
	}
	defer first.kill()
	c := gather(first.addr(loopback), s.Crowd)
	defer c.end()
	if err := c.await(2 * time.Minute); err != nil {
		return m, fmt.Errorf("the first time: %w", err)
	}
	time.Sleep(settled)
	partly := c.partial.Load() // while they came
	second := &server{program: first.program, args: first.args, port: first.port}
	if err := second.start(); err != nil {
		return m, err
	}
	defer second.kill()
	time.Sleep(settled) // until it has told and been told all
	began := time.Now()
	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return m, err
	}
	_ = first.cmd.Wait()
	m.Ended = time.Since(began)
	if err := c.awaitMoved(began); err != nil {
		return m, err
	}
	time.Sleep(settled) // for what the second may have to show later
	c.mu.Lock()
	for i, at := range c.back {
		m.Back, m.Away = append(m.Back, at.Sub(began)), append(m.Away, at.Sub(c.tried[i]))
	}
	c.mu.Unlock()
	slices.Sort(m.Back)
	slices.Sort(m.Away)
	m.Goings, m.Partly = c.goings.Load(), c.partial.Load()-partly
	return m, nil
}

// awaitMoved waits until everybody has come again since then, and knows of everybody.
func (c *crowd) awaitMoved(since time.Time) error {
	for end := time.Now().Add(moveWithin); ; time.Sleep(10 * time.Millisecond) {
		c.mu.Lock()
		stayed := 0
		for i := range c.tried {
			if c.tried[i].Before(since) || c.back[i].Before(c.tried[i]) {
				stayed++
			}
		}
		c.mu.Unlock()
		if stayed == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("after %v %d of %d have not moved", moveWithin, stayed, len(c.tried))
		}
	}
}
