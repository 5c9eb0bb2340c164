//go:build !js

package e2e

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// Every kind of trouble is noticed: each of these is planted in a page without any. If
// the monitor were blind, all other tests would pass more easily.
func TestTroubleIsNoticed(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "victim")
	tb.goTo("/")
	tb.asked()
	if troubles := tb.unexpected(); len(troubles) > 0 {
		t.Fatalf("a page that nobody touched has trouble: %q", troubles)
	}
	for _, planted := range []struct{ script, seen string }{
		{`() => { setTimeout(() => { throw new Error("planted") }) }`, `exception: .*planted`},
		{`() => { Promise.reject(new Error("unheard")) }`, `exception: .*unheard`},
		{`() => { console.error("printed") }`, `console: .*printed`},
		{`() => { console.assert(false, "asserted") }`, `console: .*asserted`},
		{`() => { setTimeout(() => alert("boo")) }`, `dialog: alert "boo"`},
		{`() => { document.body.setAttribute("style", "color: red") }`, `policy: style-src`},
		{`() => { document.body.insertAdjacentHTML("beforeend", "<img src='data:image/gif;base64,' onerror='1'>") }`, `policy: script-src`},
		{`() => { document.body.append(Object.assign(new Image(), {src: "http://localhost:9/pixel"})) }`, `policy: img-src`},
		{`() => { fetch("http://localhost:9/").catch(() => {}) }`, `policy: connect-src`},
		{`() => { fetch("/no/such/file") }`, `log: network: .*status of 404`},
		{`() => { new WebSocket("ws://" + location.host + "/healthz") }`, `WebSocket connection .* failed`},
	} {
		eval[chromedp.Void](tb, planted.script)
		tb.until(planted.script+" is noticed", func() error {
			seen := regexp.MustCompile(planted.seen)
			if all := tb.unexpected(); !slices.ContainsFunc(all, seen.MatchString) {
				return fmt.Errorf("seen is %q", all)
			}
			return nil
		})
	}
	tb.expect(".")
}

// Troubles of a worker are reported to the pages that it serves.
func TestTroubleInTheWorkerIsNoticed(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "victim")
	tb.goTo("/")
	tb.asked()
	tb.workerReady()
	tb.worker().run(`setTimeout(() => { throw new Error("planted") })`)
	tb.until("the exception is noticed", func() error {
		all := tb.unexpected()
		if !slices.ContainsFunc(all, regexp.MustCompile(`worker: .*planted`).MatchString) {
			return fmt.Errorf("seen is %q", all)
		}
		return nil
	})
	tb.expect("planted")
}

// A request without an answer is noticed.
func TestFailedRequestIsNoticed(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "victim")
	tb.goTo("/")
	tb.asked()
	tb.workerReady()
	s.kill()
	eval[chromedp.Void](tb, `() => { fetch("/healthz").catch(() => {}) }`)
	tb.until("the failure is noticed", func() error {
		if len(tb.unexpected()) < 2 { // of the request, and on the console
			return errors.New("it is not")
		}
		return nil
	})
	tb.expect(unreachable)
}
