package model

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	firstSeed = flag.Uint64("seed", 1, "the seed of the first schedule")
	count     = flag.Uint64("schedules", schedules, "how many schedules to play")
	soak      = flag.Duration("soak", 0, "play for so long, beginning with a seed of today, not a number of schedules")
	tries     = flag.Int("tries", 400, "how many shorter schedules to try when one fails")
	showSeeds = flag.Bool("seeds", false, "print each seed before it is played, for what ends the whole process")
)

// TestMain has hubs that write with several goroutines, on however small a machine.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	os.Exit(m.Run())
}

// TestSchedules plays one schedule per seed.
func TestSchedules(t *testing.T) { campaignOf(t, "TestSchedules", generate, *count) }

func campaignOf(t *testing.T, test string, generate func(seed uint64) schedule, count uint64) {
	c := &campaign{next: *firstSeed, left: count, start: time.Now()}
	if *soak > 0 {
		c.next, c.left, c.until = uint64(time.Now().UnixNano()), 1<<62, c.start.Add(*soak)
		fmt.Println("the first seed is", c.next)
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

// campaign hands out seeds until enough are played, or one fails.
type campaign struct {
	first, next, left uint64
	start, until      time.Time // until zero: no end
	found             atomic.Bool
	mu                sync.Mutex // guards next and left
}

// draw returns the next seed, if there is one to play.
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
		fmt.Printf("%d schedules in %v, at seed %d\n", played, time.Since(c.start).Round(time.Second), seed)
	}
	return seed, true
}

// report says what failed, how often it does, and how little it takes.
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

// TestRegressions plays what was found once. A file is named after what was
// wrong then, and says so.
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
			for range 10 { // since who is first is not up to the schedule
				if err := play(t, s); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// What is printed of a schedule is the schedule.
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
