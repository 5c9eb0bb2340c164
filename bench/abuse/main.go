// Program abuse attacks a server of its own, on the loopback interface, while
// 1,000 honest clients use it, and tells what the attacker got, what the honest
// ones saw, and what the attack left behind. Every attack is bounded in count and
// time.
//
//   - attacks.go: what is done to it.
//   - honest.go: who must not notice.
//   - target.go: the server, and what it says of itself.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	binary := flag.String("rollcall", "../bin/rollcall", "the program to attack")
	only := flag.String("only", "", "attacks whose names begin so")
	lasts := flag.Duration("for", 8*time.Second, "how long an attack lasts")
	crowd := flag.Int("honest", 1000, "honest clients")
	flag.Parse()
	if err := run(*binary, *only, *crowd, *lasts); err != nil {
		fmt.Fprintln(os.Stderr, "abuse:", err)
		os.Exit(1)
	}
}

func run(binary, only string, crowd int, lasts time.Duration) error {
	fmt.Println("| attack | what the attacker got | latency before, p50 / p99 | during | lost, shown leaving | goroutines before, after | memory before, after |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, a := range attacks {
		if !strings.HasPrefix(a.name, only) {
			continue
		}
		row, err := try(binary, a, crowd, lasts)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		fmt.Println(row)
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
	h, err := gather(t.addr, crowd)
	if err != nil {
		return "", err
	}
	defer h.leave()
	before := h.watch(lasts / 2)
	goroutines, memory, err := t.rest(0)
	if err != nil {
		return "", err
	}
	got := make(chan string, 1)
	go func() { got <- a.run(&attacker{target: t.addr, until: time.Now().Add(lasts)}) }()
	during := h.watch(lasts)
	loot := <-got
	goroutinesAfter, memoryAfter, err := t.rest(goroutines)
	if err != nil {
		return "", err
	}
	ended, shown := h.lost()
	return fmt.Sprintf("| %s | %s | %v | %v | %d, %d | %d, %d | %d MB, %d MB |", a.name, loot, before, during, ended, shown,
		goroutines, goroutinesAfter, memory>>20, memoryAfter>>20), nil
}
