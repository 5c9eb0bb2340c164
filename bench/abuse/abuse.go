// Package abuse attacks a server of its own, on the loopback interface, while 1,000
// honest clients use it, and reports what the attacker got, what the honest clients saw,
// and what the attack left behind. Every attack is bounded in count and time.
//
//   - attacks.go, members.go, unread.go, api.go, moderation.go: the attacks. attacker.go: their common parts.
//   - honest.go: the honest clients.
//   - target.go: the server, and what it holds.
package abuse

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"

	"rollcall/bench/report"
	"rollcall/shared"
)

// Run tries all attacks, or those whose names begin with the value of -only.
func Run(args []string) error {
	f := flag.NewFlagSet("abuse", flag.ContinueOnError)
	binary := f.String("rollcall", "../bin/rollcall", "the program to attack")
	only := f.String("only", "", "attacks whose names begin so")
	lasts := f.Duration("for", 8*time.Second, "how long an attack lasts")
	crowd := f.Int("honest", 1000, "honest clients")
	if err := f.Parse(args); err != nil {
		return err
	}
	fmt.Print(report.Head("attack", "what the attacker got", "latency before, p50 / p99", "during", "lost, shown leaving",
		"goroutines before, after", "memory before, most, after", "of the kernel for TCP"))
	for _, a := range attacks {
		if !strings.HasPrefix(a.name, *only) {
			continue
		}
		row, err := try(*binary, a, *crowd, *lasts)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		fmt.Print(row)
	}
	return nil
}

// try attacks a fresh server in one way and returns a row of the table.
func try(binary string, a attack, crowd int, lasts time.Duration) (string, error) {
	t, err := start(binary)
	if err != nil {
		return "", err
	}
	defer t.stop()
	h, err := gather(t, crowd)
	if err != nil {
		return "", err
	}
	defer h.Close()
	calm := h.listen(lasts / 2)
	before := t.state()
	over := make(chan struct{})
	peak := t.most(over)
	loot := make(chan string, 1)
	go func() {
		loot <- a.run(&attacker{target: t.Addr.String(), until: time.Now().Add(lasts), cpu: t.cpu, key: t.key, hosts: t.hosts})
	}()
	during := h.listen(lasts)
	var got string
	var after state
	h.Fail(h.During(func() error {
		got = <-loot
		close(over)
		after = t.rest(before.goroutines)
		return t.failure
	}))
	h.Rest(2 * shared.DefaultGrace) // an attacker from within the room is shown for the grace
	if err := h.Verify(30 * time.Second); err != nil {
		return "", fmt.Errorf("what the honest hold: %w", err)
	}
	most := <-peak
	return report.Row(a.name, got, calm, during, fmt.Sprintf("%d, %d", h.lost, h.shown),
		fmt.Sprintf("%d, %d", before.goroutines, after.goroutines),
		megabytes(0, before.resident, most.resident, after.resident),
		megabytes(1, before.kernel, most.kernel, after.kernel)), nil
}

// megabytes formats sizes in bytes, with the given number of digits after the point.
func megabytes(digits int, sizes ...int) string {
	var all []string
	for _, bytes := range sizes {
		all = append(all, strconv.FormatFloat(float64(bytes)/(1<<20), 'f', digits, 64))
	}
	return strings.Join(all, ", ") + " MB"
}
