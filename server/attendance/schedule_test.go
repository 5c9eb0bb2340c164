//go:build unix

package attendance

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/shared"
)

var (
	seed      = flag.Uint64("seed", 0, "play this schedule alone")
	schedules = flag.Int("schedules", 10, "how many schedules to play")
)

// interval is a time that somebody was here, by the oracle.
type interval struct {
	from, to time.Time // to is zero while it lasts
	stopped  bool      // it ended because the server stopped
}

// person is somebody who comes and goes on one node, and what the oracle knows of that.
type person struct {
	name     string
	session  *hub.Session
	was      []interval
	came     time.Time // the beginning of the latest session
	lastSeen time.Time // the end of the latest session
}

// world is a schedule: nodes that know nothing of each other and share a database.
type world struct {
	*rand.Rand
	t       *testing.T
	store   *store.Store
	nodes   []*node
	people  [][]*person // by node
	crashes []time.Time
	stopped time.Time // when a node stopped last
	steps   []string
}

func (w *world) step(format string, args ...any) {
	w.steps = append(w.steps, fmt.Sprintf("%v ", time.Now().Format("04:05.000"))+fmt.Sprintf(format, args...))
}

// come has p enter node i, unless it is too close to a moment that decides whether they were
// away.
func (w *world) come(i int, p *person) {
	away := time.Since(p.lastSeen)
	for _, undecided := range []time.Duration{shared.DefaultGrace, ReturnWithin} {
		if d := away - undecided; d > -time.Second && d < time.Second {
			return
		}
	}
	w.step("%s comes to %d", p.name, i)
	p.session, p.came = w.nodes[i].enter("lobby", p.name), time.Now()
	if last := len(p.was) - 1; last >= 0 && !p.was[last].to.IsZero() && !p.was[last].stopped && away < shared.DefaultGrace && p.lastSeen.Equal(p.was[last].to) {
		p.was[last].to = time.Time{} // within the grace
		return
	}
	p.was = append(p.was, interval{from: time.Now()})
}

// gone notes the end of a session; a graceful one may be followed by another unnoticed.
func (p *person) gone(at time.Time, graceful bool) {
	p.session = nil
	p.was[len(p.was)-1].to = at
	if p.lastSeen = at; !graceful {
		p.lastSeen = at.Add(-shared.DefaultGrace - time.Second)
	}
}

func (w *world) leave(i int, p *person) {
	switch session := p.session; w.IntN(4) {
	case 0:
		w.step("%s leaves %d", p.name, i)
		session.Receive(shared.Encode(shared.Leave{}))
		p.gone(time.Now(), false)
	case 1:
		at := time.Now().Add(-time.Duration(w.IntN(2000)) * time.Millisecond)
		if at.Before(p.came) {
			at = p.came
		}
		w.step("%s is silent at %d since %v", p.name, i, at.Format("04:05.000"))
		session.Silent(at)
		p.gone(at, true)
		time.Sleep(shared.DefaultGrace + 1001*time.Millisecond) // the grace begins now, not then
	default:
		w.step("%s is cut from %d", p.name, i)
		session.End(shared.ReasonClosed)
		p.gone(time.Now(), true)
	}
}

// undecided reports whether the grace of p has just ended, which may not be written yet.
func (p *person) undecided() bool {
	d := time.Since(p.lastSeen) - shared.DefaultGrace
	return p.session == nil && d > -gatherFor && d < 3*gatherFor
}

// end ends node i, and begins it anew.
func (w *world) end(i int, crash bool) {
	for crash && slices.ContainsFunc(w.people[i], (*person).undecided) {
		time.Sleep(gatherFor)
	}
	now := time.Now()
	n := w.nodes[i]
	for _, p := range w.people[i] {
		if p.session != nil {
			p.gone(now, false)
			p.was[len(p.was)-1].stopped = !crash
			if !crash {
				p.lastSeen = now
			}
		} else if last := len(p.was) - 1; last >= 0 && !p.was[last].stopped && now.Sub(p.was[last].to) < shared.DefaultGrace && p.lastSeen.Equal(p.was[last].to) {
			if p.was[last].stopped = !crash; crash { // in the grace they are shown, and nothing else is known
				p.was[last].to = now
			}
		}
	}
	if crash {
		w.step("%d crashes", i)
		w.crashes = append(w.crashes, now)
		n.crash()
	} else {
		w.step("%d stops", i)
		w.stopped = now
		n.stop()
	}
	w.begin(i)
}

func (w *world) begin(i int) {
	n := start(w.t, w.store, Config{Node: fmt.Sprint("node ", i)})
	w.nodes[i] = &n
}

// play plays a schedule and compares what is recorded with what the oracle knows.
func play(t *testing.T, s *store.Store, seed uint64, crashing bool) {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 18)), t: t, store: s}
	begin := time.Now()
	for i := range 1 + w.IntN(3) {
		w.nodes, w.people = append(w.nodes, nil), append(w.people, nil)
		w.begin(i)
		for k := range 5 {
			w.people[i] = append(w.people[i], &person{name: fmt.Sprint("Person-", k)})
		}
	}
	for range 150 {
		time.Sleep(time.Duration(w.IntN(1500)) * time.Millisecond) // which is what times are kept to
		synctest.Wait()
		i := w.IntN(len(w.nodes))
		p := w.people[i][w.IntN(len(w.people[i]))]
		switch {
		case w.IntN(40) == 0:
			// Whoever came back after a stop of any node, and was not written before a
			// crash, seems to have come back after that.
			w.end(i, crashing && w.IntN(2) == 0 && time.Since(w.stopped) > 2*ReturnWithin)
		case p.session == nil:
			w.come(i, p)
		default:
			w.leave(i, p)
		}
	}
	pass(1)
	for i := range w.nodes {
		w.end(i, false)
		w.nodes[i].stop()
	}
	w.compare(begin)
	if t.Failed() {
		t.Logf("go test ./server/attendance -run %s -seed=%d\n%s", t.Name(), seed, strings.Join(w.steps, "\n"))
	}
}

// truth is when somebody was here, on whatever node, by the oracle.
func (w *world) truth(k int) (merged []interval) {
	var all []interval
	for _, people := range w.people {
		all = append(all, people[k].was...)
	}
	slices.SortFunc(all, func(a, b interval) int { return a.from.Compare(b.from) })
	for _, i := range all {
		if last := len(merged) - 1; last >= 0 {
			until := merged[last].to
			if merged[last].stopped {
				until = until.Add(ReturnWithin)
			}
			if !i.from.After(until) {
				if !i.to.Before(merged[last].to) {
					merged[last].to, merged[last].stopped = i.to, i.stopped
				}
				continue
			}
		}
		merged = append(merged, i)
	}
	return merged
}

// compare compares stays with the truth: exactly if nothing has crashed, and otherwise but for
// the second before a crash.
func (w *world) compare(begin time.Time) {
	recorded := make(map[string][]interval)
	now := time.Now().Add(time.Minute)
	for s, err := range Stays(w.store.Visits(w.t.Context(), "lobby", begin, now, now)) {
		check(w.t, err)
		if s.To.Before(s.From) {
			w.t.Errorf("%s: a stay ended before it began, or never: %+v", s.Names, s)
		}
		recorded[s.Member] = append(recorded[s.Member], interval{from: s.From, to: s.To})
	}
	for k, p := range w.people[0] {
		truth, got := w.truth(k), recorded[id(p.name)]
		if len(w.crashes) == 0 {
			if a, b := spans(truth, begin), spans(got, begin); !slices.Equal(a, b) {
				w.t.Errorf("%s was here\n%v, recorded is\n%v", p.name, a, b)
			}
			continue
		}
		for at := begin; at.Before(now); at = at.Add(97 * time.Millisecond) {
			near := slices.ContainsFunc(w.crashes, func(c time.Time) bool {
				return !at.After(c) && c.Sub(at) <= renewEvery+gatherFor
			})
			if here(truth, at) != here(got, at) && !near {
				w.t.Errorf("%s at %v: here: %v; recorded: %v\n%v\n%v", p.name, at.Sub(begin), here(truth, at), here(got, at), spans(truth, begin), spans(got, begin))
				break
			}
		}
	}
}

func spans(all []interval, begin time.Time) (lines []string) {
	for _, i := range all {
		lines = append(lines, fmt.Sprint(i.from.Sub(begin).Milliseconds(), "-", i.to.Sub(begin).Milliseconds()))
	}
	return lines
}

func here(all []interval, at time.Time) bool {
	return slices.ContainsFunc(all, func(i interval) bool { return !at.Before(i.from) && at.Before(i.to) })
}

// The stays are those of an oracle that was told who came and went, in random schedules with
// several nodes, reloads, silence, and servers that stop.
func TestSchedules(t *testing.T) { playAll(t, false) }

// The same with servers that crash.
func TestSchedulesWithCrashes(t *testing.T) { playAll(t, true) }

func playAll(t *testing.T, crashing bool) {
	first, n := *seed, 1
	if first == 0 {
		first, n = rand.Uint64N(1<<40), *schedules
	}
	for i := range uint64(n) {
		bubble(t, func(t *testing.T, s *store.Store) { play(t, s, first+i, crashing) })
		if t.Failed() {
			return
		}
	}
}
