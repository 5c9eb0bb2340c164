package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// categories are what Lighthouse gives marks in, of 100.
var categories = []string{"performance", "accessibility", "best-practices", "seo"}

// assessment is what Lighthouse said of one page on one device, over all rounds.
type assessment struct {
	People  int
	Device  string // mobile or desktop
	Version string
	Scores  map[string][]int // by category, one per round
	Metrics map[string][]float64
	Failed  []string // audits without full marks, but for performance, in any round
}

// metrics are the figures behind the performance.
var metrics = []string{"first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index"}

// least is what Lighthouse must give.
var least = map[string]map[string]int{
	"mobile":  {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100},
	"desktop": {"performance": 100, "accessibility": 100, "best-practices": 100, "seo": 100},
}

// Score is the middle one of the rounds, of an even number the lower.
func (p assessment) Score(category string) int {
	scores := slices.Sorted(slices.Values(p.Scores[category]))
	return scores[(len(scores)-1)/2]
}

// Metric is the middle one of the rounds, of an even number the higher: the worse, as with Score.
func (p assessment) Metric(name string) float64 {
	values := slices.Sorted(slices.Values(p.Metrics[name]))
	return values[len(values)/2]
}

// lighthouse visits a small and a large room as both devices.
func (s settings) lighthouse() (pages []assessment, err error) {
	for _, people := range []int{small, s.large} {
		r, err := s.fill(people)
		if err != nil {
			return nil, err
		}
		for _, device := range []string{"mobile", "desktop"} {
			p, visited := s.visit(r.url(), device)
			p.People = people
			pages, err = append(pages, p), errors.Join(err, visited)
		}
		if err := errors.Join(err, r.close()); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// visit is some rounds of Lighthouse on one page, each in a browser of its own.
func (s settings) visit(url, device string) (assessment, error) {
	p := assessment{Device: device, Scores: map[string][]int{}, Metrics: map[string][]float64{}}
	for range (s.rounds + 1) / 2 {
		r, err := s.lighthouseRound(url, device)
		if err != nil {
			return p, err
		}
		p.add(r)
	}
	return p, nil
}

// lhr is what is read of a Lighthouse result.
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

func (s settings) lighthouseRound(url, device string) (r lhr, err error) {
	folder, err := os.MkdirTemp("", "lighthouse")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, "report.json")
	args := []string{"node_modules/lighthouse/cli/index.js", url, "--quiet", "--output=json", "--output-path=" + out,
		"--only-categories=performance,accessibility,best-practices,seo", "--no-enable-error-reporting",
		"--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update --disable-sync --disable-features=" + unused}
	if device == "desktop" {
		args = append(args, "--preset=desktop")
	}
	cmd := exec.Command("node", args...)
	cmd.Dir = filepath.Join(s.bench, "audit")
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return r, err
	}
	cmd.Env = append(os.Environ(), "CHROME_PATH="+chromium)
	if output, err := cmd.CombinedOutput(); err != nil {
		return r, fmt.Errorf("lighthouse: %w\n%s", err, output)
	}
	text, err := os.ReadFile(out)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err == nil && r.RuntimeError != nil {
		err = errors.New(r.RuntimeError.Message)
	}
	return r, err
}

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
