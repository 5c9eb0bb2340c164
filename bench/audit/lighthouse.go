package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"rollcall/bench/crowd"
	"rollcall/bench/process"
	"rollcall/bench/wires"
	"rollcall/shared"
)

// categories are what Lighthouse scores, each from 0 to 100.
var categories = []string{"performance", "accessibility", "best-practices", "seo"}

// assessment holds Lighthouse's results for one page on one device, over all rounds.
type assessment struct {
	People  int
	Device  string // mobile or desktop
	Version string
	Scores  map[string][]int // by category, one per round
	Metrics map[string][]float64
	Failed  []string // audits below the full score in any round, without those of performance
}

// metrics are the figures behind the performance.
var metrics = []string{"first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index"}

// least holds the targets, by device and category.
var least = map[string]map[string]int{
	"mobile":  {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100},
	"desktop": {"performance": 100, "accessibility": 100, "best-practices": 100, "seo": 100},
}

// Score returns the median over the rounds; of an even number, the lower middle one.
func (p assessment) Score(category string) int {
	scores := slices.Sorted(slices.Values(p.Scores[category]))
	return scores[(len(scores)-1)/2]
}

// Metric returns the median over the rounds; of an even number, the higher middle one,
// which is the worse, as with Score.
func (p assessment) Metric(name string) float64 {
	values := slices.Sorted(slices.Values(p.Metrics[name]))
	return values[len(values)/2]
}

// small is the number of people in the small room: a team.
const small = 11

// lighthouse visits a small and a large room as both devices.
func (s settings) lighthouse() (pages []assessment, err error) {
	for _, people := range []int{small, s.large} {
		done := make(chan error)
		go func() {
			done <- s.withPeople(people, func(url string) (err error) { pages, err = s.visit(pages, people, url); return err })
		}()
		if err := <-done; err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// visit appends what Lighthouse finds at the address to pages.
func (s settings) visit(pages []assessment, people int, url string) ([]assessment, error) {
	for _, device := range []string{"mobile", "desktop"} {
		p := assessment{People: people, Device: device, Scores: map[string][]int{}, Metrics: map[string][]float64{}}
		for range s.rounds {
			r, err := s.lighthouseRound(url, device)
			if err != nil {
				return nil, err
			}
			p.add(r)
		}
		pages = append(pages, p)
	}
	return pages, nil
}

// courtesy is the niceness of the server and its clients, so that the browser has the
// processors: a visitor's machine runs neither.
const courtesy = 10

// withPeople starts a server, has n people join its lobby, and calls visit with the
// page's address while they stay. It changes the priority of its thread, which the
// server inherits: call it in a goroutine of its own.
func (s settings) withPeople(n int, visit func(url string) error) error {
	runtime.LockOSThread() // until the goroutine ends, and the thread with it
	if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), courtesy); err != nil {
		return err
	}
	addr, err := process.FreeAddr()
	if err != nil {
		return err
	}
	server, err := process.Start("", addr, s.binary, "serve", "-addr", addr.String(), "-grace", "1ms", "-max-room-sessions", fmt.Sprint(n+64))
	if err != nil {
		return err
	}
	defer server.Stop()
	people, err := crowd.New(server.Addr, wires.NewRollcall())
	if err != nil {
		return err
	}
	defer people.Close()
	people.Gather(n, crowd.Spec{
		Room: func(int) string { return shared.Lobby },
		Name: func(i int) string { return fmt.Sprintf("Person %d", i) },
	}, time.Minute)
	if people.Err() != nil {
		return people.Err()
	}
	return people.During(func() error { return visit("http://" + addr.String() + "/") })
}

// lhr is the part of a Lighthouse result that is used.
type lhr struct {
	LighthouseVersion string
	RuntimeError      *struct{ Message string }
	Categories        map[string]struct {
		Score     *float64
		AuditRefs []struct {
			ID     string
			Weight float64
		}
	}
	Audits map[string]struct {
		Score        *float64
		NumericValue float64
		Title        string
	}
}

// chromiumExtras lists features for which Chromium starts processes of its own in every
// window: the list below the address bar, and a page that may be opened next. They
// would run while a page is timed.
const chromiumExtras = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess,Translate"

// lighthouseRound visits a page once, in a browser of its own.
func (s settings) lighthouseRound(url, device string) (r lhr, err error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return r, err
	}
	args := []string{"node_modules/lighthouse/cli/index.js", url, "--quiet", "--output=json",
		"--only-categories=" + strings.Join(categories, ","), "--no-enable-error-reporting",
		"--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update --disable-sync --disable-features=" + chromiumExtras}
	if device == "desktop" {
		args = append(args, "--preset=desktop")
	}
	cmd := exec.Command("node", args...)
	cmd.Dir = "audit"
	cmd.Env = append(os.Environ(), "CHROME_PATH="+chromium)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	output, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("lighthouse: %w\n%s", err, problems.Bytes())
	}
	err = json.Unmarshal(output, &r)
	if err == nil && r.RuntimeError != nil {
		err = errors.New(r.RuntimeError.Message)
	}
	return r, err
}

// Want and Got return the wanted and the measured scores, in the order of the categories.
func (p assessment) Want() string {
	return p.scores(func(c string) int { return least[p.Device][c] })
}
func (p assessment) Got() string { return p.scores(p.Score) }

func (p assessment) scores(of func(category string) int) string {
	var all []string
	for _, c := range categories {
		all = append(all, fmt.Sprint(of(c)))
	}
	return strings.Join(all, "/")
}

// Reached reports whether all targets are reached.
func (p assessment) Reached() bool {
	return !slices.ContainsFunc(categories, func(c string) bool { return p.Score(c) < least[p.Device][c] })
}

// add appends the scores and metrics of one round.
func (p *assessment) add(r lhr) {
	p.Version = r.LighthouseVersion
	for _, name := range categories {
		score := 0
		if s := r.Categories[name].Score; s != nil {
			score = int(math.Round(100 * *s))
		}
		p.Scores[name] = append(p.Scores[name], score)
		if name == "performance" {
			continue
		}
		for _, ref := range r.Categories[name].AuditRefs {
			a := r.Audits[ref.ID]
			if ref.Weight > 0 && a.Score != nil && *a.Score < 1 && !slices.Contains(p.Failed, a.Title) {
				p.Failed = append(p.Failed, a.Title)
			}
		}
	}
	for _, name := range metrics {
		p.Metrics[name] = append(p.Metrics[name], r.Audits[name].NumericValue)
	}
}
