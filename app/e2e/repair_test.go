//go:build !js

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// loseFrame makes the page lose the next frame that contains window.lost, once that is
// set.
const loseFrame = `
	const listen = WebSocket.prototype.addEventListener;
	WebSocket.prototype.addEventListener = function (type, heard, ...rest) {
		return listen.call(this, type, type !== "message" ? heard : (e) => {
			if (window.lost && String(e.data).includes(window.lost)) window.lost = "";
			else heard(e);
		}, ...rest);
	};`

// The page notices a roster that differs from the server's, logs it once on the console,
// which fails any other test, and repairs it.
func TestADifferenceIsNoticedAndRepaired(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "victim")
	tb.injectScript(loseFrame)
	tb.goTo("/")
	tb.join("Ann")
	eval[chromedp.Void](tb, `() => { window.lost = "new_user" }`)
	bot(t, s, "lobby", "Bob")
	tb.holds("a frame was lost", `() => window.lost === ""`)
	bot(t, s, "lobby", "Cid")
	tb.sees("Ann", "Bob", "Cid")
	tb.until("the difference is noticed, once", func() error {
		if all := tb.unexpected(); len(all) != 1 || !strings.Contains(all[0], "asking for the roster again") {
			return fmt.Errorf("noticed is %q", all)
		}
		return nil
	})
	tb.expect("asking for the roster again")
}
