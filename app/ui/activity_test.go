package ui

import (
	"testing"
	"time"

	"rollcall/shared"
)

func TestStatusOfThePerson(t *testing.T) {
	start := time.Unix(1000, 0)
	hidden := start.Add(time.Minute)
	const away = 2 * time.Minute
	for _, c := range []struct {
		name   string
		a      activity
		at     time.Time
		status shared.Status
		holds  time.Duration
	}{
		{"just touched", activity{lastInput: start}, start, shared.StatusActive, shared.IdleAfter},
		{"a while ago", activity{lastInput: start}, start.Add(time.Minute), shared.StatusActive, shared.IdleAfter - time.Minute},
		{"long ago", activity{lastInput: start}, start.Add(shared.IdleAfter), shared.StatusIdle, 0},
		{"a glance away", activity{start, hidden, away}, hidden, shared.StatusActive, away},
		{"away", activity{start, hidden, away}, hidden.Add(away), shared.StatusAway, 0},
		{"idle, then hidden", activity{start, start.Add(shared.IdleAfter), away}, start.Add(shared.IdleAfter), shared.StatusIdle, away},
		{"hidden just before idle", activity{start, start.Add(shared.IdleAfter - time.Second), away}, start.Add(shared.IdleAfter - time.Second), shared.StatusActive, time.Second},
	} {
		status, holds := c.a.status(c.at)
		if status != c.status || holds != c.holds {
			t.Errorf("%s: %s for %v, want %s for %v", c.name, status, holds, c.status, c.holds)
		}
	}
}
