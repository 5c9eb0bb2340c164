package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"rollcall/bench/result"
	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

// bench is one under way.
type bench struct {
	plan     plan
	subjects map[string]*subject.Subject
	days     map[job]*scenario.Day // begun and not ended
	runs     []result.Run
}

// measure plays all rounds.
func (b *bench) measure() error {
	defer func() {
		for _, day := range b.days {
			day.End()
		}
	}()
	for round := range b.plan.Rounds {
		for _, s := range b.plan.steps() {
			began := time.Now()
			metrics, err := b.step(s)
			if err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
			fmt.Printf("%d/%d %-26s %5.1f s  %s\n", round+1, b.plan.Rounds, s, time.Since(began).Seconds(), headline(metrics))
			if metrics != nil {
				j := s.jobs[0]
				b.runs = append(b.runs, result.Run{Round: round, Scenario: j.scenario, Subject: j.subject, N: j.n, Metrics: metrics})
			}
		}
	}
	return nil
}

// step plays one; before the end of a day there are no metrics yet.
func (b *bench) step(s step) (metrics scenario.Metrics, err error) {
	defer func() {
		for name, v := range metrics {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				err = fmt.Errorf("%s can't be measured: there was too little of it", name)
			}
		}
	}()
	j := s.jobs[0]
	switch s.part {
	case beginning:
		b.days[j], err = scenario.Begin(b.subjects[j.subject], j.n)
		if err != nil {
			delete(b.days, j)
		}
		return nil, err
	case arriving:
		return nil, b.arrive(s.jobs)
	case ending:
		day := b.days[j]
		delete(b.days, j)
		err := day.Exodus()
		return day.End(), err
	default:
		return b.plan.play(j, b.subjects[j.subject])
	}
}

// arrive has visitors arrive in the rooms of all jobs, which then rest.
func (b *bench) arrive(jobs []job) error {
	var days []*scenario.Day
	for _, j := range jobs {
		days = append(days, b.days[j])
	}
	n := jobs[0].n
	if err := scenario.Quiet(days, b.plan.arrivals(n)); err != nil {
		return err
	}
	if n == slices.Max(b.plan.Sizes) {
		for _, d := range days {
			d.Rest(b.plan.Rest)
		}
	}
	return nil
}

// headline is what one wants to see while it runs.
func headline(metrics scenario.Metrics) string {
	if metrics == nil {
		return "goes on"
	}
	var words []string
	for _, name := range []string{
		"storm.last_s", "late.last_s", "return.last_s", "quiet.median_ms", "quiet.last_ms", "quiet.cpu_per_diff_us",
		"rooms.p50_ms", "rooms.p99_ms", "rooms.cpu_per_diff_us", "leave.last_s", "memory.connected_kb", "memory.joined_kb",
		"memory.rested_kb", "memory.peak_mb", "slow.cut", "slow.kb_after_waking", "return.bytes",
	} {
		if v, ok := metrics[name]; ok {
			words = append(words, fmt.Sprintf("%s=%.4g", name, v))
		}
	}
	return strings.Join(words, " ")
}
