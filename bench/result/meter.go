package result

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Meter measures what everything else on the machine takes of it: figures from
// a machine that was busy with something else are worth little.
type Meter struct {
	began      time.Time
	busy, ours time.Duration
}

// NewMeter begins to measure.
func NewMeter() (m Meter, err error) {
	m.began = time.Now()
	if m.busy, err = busyTime(); err != nil {
		return m, err
	}
	m.ours, err = ourTime()
	return m, err
}

// Others returns the share of the processors' time, from 0 to 1, that was
// neither idle nor spent by this program or the servers that it has started
// and that have ended, and how long that was measured.
func (m Meter) Others() (float64, time.Duration, error) {
	now, err := NewMeter()
	if err != nil {
		return 0, 0, err
	}
	took := now.began.Sub(m.began)
	others := (now.busy - m.busy) - (now.ours - m.ours)
	return max(0, others.Seconds()/took.Seconds()/float64(runtime.NumCPU())), took, nil
}

// ticksPerSecond is the unit of times in /proc (USER_HZ), the same on every Linux.
const ticksPerSecond = 100

// busyTime is what the processors have worked since the machine started, and
// what was taken from it by others on its host.
func busyTime() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line) // cpu user nice system idle iowait irq softirq steal, see proc(5)
	var ticks int64
	for _, i := range []int{1, 2, 3, 6, 7, 8} {
		if i >= len(fields) {
			return 0, fmt.Errorf("/proc/stat begins with %q", line)
		}
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/stat: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// ourTime is what this program and its children have worked.
func ourTime() (time.Duration, error) {
	var total time.Duration
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if err := unix.Getrusage(who, &u); err != nil {
			return 0, fmt.Errorf("getrusage: %w", err)
		}
		total += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return total, nil
}
