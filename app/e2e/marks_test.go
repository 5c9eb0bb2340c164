//go:build !js

package e2e

import (
	"bytes"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// A name with a tower of combining marks paints over no other card, and not over the
// toolbar.
func TestTowerOfMarks(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Above")
	bot(t, s, "lobby", "Tower")
	bot(t, s, "lobby", "Below")
	tb := sit(t, s, 0, "witness")
	tb.goTo("/")
	tb.join("Ann")
	tb.sees("Above", "Ann", "Below", "Tower")
	small := size{"phone", 360, 740, 1}
	others := func() (shots [][]byte) {
		t.Helper()
		tb.picture(small, "light")
		for _, box := range eval[[]page.Viewport](tb, `() => [...document.querySelectorAll("#people > li, .bar")]
			.filter(e => !e.querySelector(".name")?.textContent.startsWith("Tower"))
			.map(e => e.getBoundingClientRect()).map(({x, y, width, height}) => ({x, y, width, height, scale: 1}))`) {
			shots = append(shots, call(tb, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: &box}).Data)
		}
		return shots
	}
	eval[any](tb, `() => {
		const page = document.querySelector(".page");
		page.replaceWith(page.cloneNode(true)); // of its own the program makes again what it was
	}`)
	before := others()
	// A name may have only a few marks in a row. How high they are depends on the font.
	eval[any](tb, `() => {
		const name = [...document.querySelectorAll(".name")].find(e => e.textContent === "Tower");
		name.firstChild.data += " a" + "\u0300".repeat(28);
	}`)
	after := others()
	tb.holds("the tower stands", `() => [...document.querySelectorAll(".name")].some(e => e.textContent.length > 20)`)
	if len(before) != 4 || len(after) != 4 {
		t.Fatalf("there are %d and %d places", len(before), len(after))
	}
	for i := range before {
		if !bytes.Equal(before[i], after[i]) {
			t.Errorf("place %d of 4 is painted over", i+1)
		}
	}
}
