package model

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	firstSeed = flag.Uint64("seed", 1, "the seed of the first schedule")
	count     = flag.Uint64("schedules", schedules, "how many schedules to play")
	soak      = flag.Duration("soak", 0, "play for so long, not a number of schedules, from a seed made of the time")
	tries     = flag.Int("tries", 400, "how many shorter schedules to try when one fails")
	showSeeds = flag.Bool("seeds", false, "print each seed before it is played, to find one that crashes the process")
)

// TestMain sets GOMAXPROCS to at least 4, so that hubs write with several goroutines on
// any machine. It makes garbage collection rare: it would take a third of the time, and
// there is little garbage.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	flag.Parse()
	if *soak > 0 { // run both campaigns at the same time, each with all its players
		_ = flag.Set("test.parallel", fmt.Sprint(4*runtime.NumCPU()))
	}
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	os.Exit(m.Run())
}

// TestSchedules plays one schedule per seed.
func TestSchedules(t *testing.T) { campaignOf(t, "TestSchedules", generate, *count) }

// campaignOf plays the schedules of count seeds, or of as many as fit in -soak, in
// parallel. It reports the first that fails.
func campaignOf(t *testing.T, test string, generate func(seed uint64) schedule, count uint64) {
	c := &campaign{test: test, next: *firstSeed, left: count, start: time.Now()}
	if *soak > 0 {
		t.Parallel()
		t.Cleanup(func() {
			fmt.Printf("%s: %d in all, in %v\n", test, c.next-c.first, time.Since(c.start).Round(time.Second))
		})
		c.next, c.left, c.until = uint64(time.Now().UnixNano()), 1<<62, c.start.Add(*soak)
		fmt.Println("the first seed of", test, "is", c.next)
	}
	c.first = c.next
	for i := range runtime.NumCPU() {
		t.Run(fmt.Sprint("player ", i), func(t *testing.T) {
			t.Parallel()
			for seed, ok := c.draw(); ok; seed, ok = c.draw() {
				if err := play(t, generate(seed)); err != nil {
					c.found.Store(true)
					report(t, test, generate(seed), seed, seed-c.first+1, err)
					return
				}
			}
		})
	}
}

// campaign hands out seeds until enough have been played, or one has failed.
type campaign struct {
	test              string
	first, next, left uint64
	start, until      time.Time // if until is zero, there is no time limit
	found             atomic.Bool
	mu                sync.Mutex // guards next and left
}

// draw returns the next seed to play, or false if the campaign is over.
func (c *campaign) draw() (seed uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == 0 || c.found.Load() || !c.until.IsZero() && time.Now().After(c.until) {
		return 0, false
	}
	seed = c.next
	c.next++
	c.left--
	if played := c.next - c.first; *showSeeds {
		fmt.Println("seed", seed)
	} else if *soak > 0 && played%1000 == 0 {
		fmt.Printf("%s: %d in %v, at seed %d\n", c.test, played, time.Since(c.start).Round(time.Second), seed)
	}
	return seed, true
}

// report fails the test with the error, how often the schedule fails when repeated, and
// the shortest schedule found that fails.
func report(t *testing.T, test string, s schedule, seed, nth uint64, err error) {
	const replays = 10
	again := 0
	for range replays {
		if play(t, s) != nil {
			again++
		}
	}
	small := shrink(s, *tries, func(s schedule) bool {
		for range 3 {
			if play(t, s) != nil {
				return true
			}
		}
		return false
	})
	t.Errorf("schedule %d, seed %d: %v\nIt fails again %d times of %d (-run %s -seed=%d -schedules=1). What it takes:\n%v%v",
		nth, seed, err, again, replays, test, seed, small, play(t, small))
}

// TestRegressions plays schedules that once found a bug. Each file has the name of its
// bug and describes it.
func TestRegressions(t *testing.T) {
	files, err := filepath.Glob("testdata/regressions/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are %d regressions: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := parse(string(text))
			if err != nil {
				t.Fatal(err)
			}
			for range 10 { // as the order of goroutines varies
				if err := play(t, s); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A schedule that is printed and parsed is the same.
func TestScheduleIsItsText(t *testing.T) {
	for seed := range uint64(200) {
		s := generate(seed)
		again, err := parse("# a comment\n\n" + s.String())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, s) {
			t.Fatalf("seed %d: %v\nreads as %v", seed, s, again)
		}
	}
}
