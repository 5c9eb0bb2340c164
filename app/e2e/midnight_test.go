//go:build !js

package e2e

import (
	"testing"
)

// A page that stays open past midnight shows times of the day before with their date.
func TestMidnight(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "night owl")
	tb.setPageClock(1)
	tb.goTo("/")
	tb.join("Ann")
	written := `() => document.querySelector("#people [aria-current] time").textContent`
	today := eval[string](tb, written)
	tb.expect(noSocket) // the jump exceeds the longest silence, too, so the connection is replaced
	eval[any](tb, `(ms) => { putForward(ms); dispatchEvent(new Event("resize")) }`, 24*60*60*1000)
	tb.holds("the time has a day", `(today) => document.querySelector("#people [aria-current] time").textContent.length > today.length`, today)
}
