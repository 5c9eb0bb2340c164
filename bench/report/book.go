package report

import (
	"fmt"
	"slices"

	"rollcall/bench/result"
	"rollcall/bench/subject"
)

// book finds figures in results. What is not there is noted, and reported once
// at the end: a document is made from complete results or not at all.
type book struct {
	file    result.File
	missing []string
}

// floor stands for the better of the floors, whichever that is for a figure in
// a round.
const floor = "the floor"

// rounds returns a figure of every round.
func (b *book) rounds(scenario, server string, n int, metric string) []float64 {
	if server == floor {
		one := b.rounds(scenario, subject.NameFloor, n, metric)
		two := b.rounds(scenario, subject.NameFloor2, n, metric)
		lower := make([]float64, len(one))
		for i := range one {
			lower[i] = min(one[i], two[i])
		}
		return lower
	}
	values := make([]float64, b.file.Plan.Rounds)
	for round := range values {
		i := slices.IndexFunc(b.file.Runs, func(r result.Run) bool {
			return r.Round == round && r.Scenario == scenario && r.Subject == server && r.N == n
		})
		var there bool
		if i >= 0 {
			values[round], there = b.file.Runs[i].Metrics[metric]
		}
		if !there {
			b.missing = append(b.missing, fmt.Sprintf("%s of %s %s %d in round %d", metric, scenario, server, n, round+1))
		}
	}
	return values
}

// largest is the room that everybody is compared in.
func (b *book) largest() int { return slices.Max(b.file.Plan.Sizes) }

// scaled multiplies a figure of every round.
func scaled(values []float64, by float64) []float64 {
	result := slices.Clone(values)
	for i := range result {
		result[i] *= by
	}
	return result
}
