package main

import (
	"fmt"
	"math"
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
				return fmt.Errorf("%s: %w", s.job, err)
			}
			fmt.Printf("%d/%d %-26s %5.1f s  %s\n", round+1, b.plan.Rounds, s.job, time.Since(began).Seconds(), headline(metrics))
			if s.part != beginning {
				b.runs = append(b.runs, result.Run{Round: round, Scenario: s.job.scenario, Subject: s.job.subject, N: s.job.n, Metrics: metrics})
			}
		}
	}
	return nil
}

// step plays one; of a beginning there are no metrics yet.
func (b *bench) step(s step) (metrics scenario.Metrics, err error) {
	defer func() {
		for name, v := range metrics {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				err = fmt.Errorf("%s can't be measured: there was too little of it", name)
			}
		}
	}()
	switch s.part {
	case beginning:
		day, err := b.plan.begin(s.job, b.subjects[s.job.subject])
		if err != nil {
			return nil, err
		}
		day.Rest(b.plan.Rest)
		b.days[s.job] = day
		return nil, nil
	case ending:
		day := b.days[s.job]
		delete(b.days, s.job)
		err := day.Exodus()
		return day.End(), err
	default:
		return b.plan.play(s.job, b.subjects[s.job.subject])
	}
}

// headline is what one wants to see while it runs.
func headline(metrics scenario.Metrics) string {
	if metrics == nil {
		return "begun, and left to rest"
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
