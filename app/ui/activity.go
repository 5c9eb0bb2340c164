package ui

import (
	"time"

	"rollcall/shared"
)

// activity is what the page knows about its user's attention.
type activity struct {
	lastInput   time.Time // time of the last input
	hiddenSince time.Time // when the page was hidden; zero while it is visible

	// awayAfter is how long the page must be hidden until its user counts as away. A
	// short look at another window is no absence.
	awayAfter time.Duration
}

// status returns the user's status and how long it holds without further input; 0 means
// that it does not change by itself.
func (a activity) status(now time.Time) (s shared.Status, holds time.Duration) {
	idleIn := a.lastInput.Add(shared.IdleAfter).Sub(now)
	s, holds = shared.StatusActive, idleIn
	if idleIn <= 0 {
		s, holds = shared.StatusIdle, 0
	}
	if a.hiddenSince.IsZero() {
		return s, holds
	}
	awayIn := a.hiddenSince.Add(a.awayAfter).Sub(now)
	if awayIn <= 0 {
		return shared.StatusAway, 0
	}
	if holds == 0 || awayIn < holds {
		holds = awayIn
	}
	return s, holds
}
