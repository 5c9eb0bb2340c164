package ui

import (
	"time"

	"rollcall/shared"
)

// awayAfter is how long a page is hidden until its person counts as away: a
// glance at another tab is nobody's business.
const awayAfter = 5 * time.Second

// activity is what the page knows about the person in front of it.
type activity struct {
	touched time.Time // the last input
	hidden  time.Time // since when nobody can see the page; zero while it is seen
}

// status is how attentive the person is, and how long that stays so if
// nothing happens; 0 is for ever.
func (a activity) status(now time.Time) (s shared.Status, holds time.Duration) {
	idleIn := a.touched.Add(shared.IdleAfter).Sub(now)
	s, holds = shared.StatusActive, idleIn
	if idleIn <= 0 {
		s, holds = shared.StatusIdle, 0
	}
	if a.hidden.IsZero() {
		return s, holds
	}
	awayIn := a.hidden.Add(awayAfter).Sub(now)
	if awayIn <= 0 {
		return shared.StatusAway, 0
	}
	if holds == 0 || awayIn < holds {
		holds = awayIn
	}
	return s, holds
}
