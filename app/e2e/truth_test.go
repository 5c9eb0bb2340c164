//go:build !js

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// loseFrame has the page lose the next frame that says so, once window.lost is set.
const loseFrame = `
	const listen = WebSocket.prototype.addEventListener;
	WebSocket.prototype.addEventListener = function (type, heard, ...rest) {
		return listen.call(this, type, type !== "message" ? heard : (e) => {
			if (window.lost && String(e.data).includes(window.lost)) window.lost = "";
			else heard(e);
		}, ...rest);
	};`

// A roster that is not the server's is noticed by the page, said once on its
// console, which fails any other test, and repaired.
func TestADifferenceIsNoticedAndRepaired(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "victim")
	call(tb, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: loseFrame})
	tb.goTo("/")
	tb.join("Ann")
	eval[chromedp.Void](tb, `() => { window.lost = "new_user" }`)
	robot(t, s, "lobby", "Bob")
	tb.holds("a frame was lost", `() => window.lost === ""`)
	robot(t, s, "lobby", "Cid")
	tb.sees("Ann", "Bob", "Cid")
	tb.until("the difference is noticed, once", func() error {
		if all := tb.unexpected(); len(all) != 1 || !strings.Contains(all[0], "asking for the roster again") {
			return fmt.Errorf("noticed is %q", all)
		}
		return nil
	})
	tb.expect("asking for the roster again")
}
