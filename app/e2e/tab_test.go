//go:build !js

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// tab is a tab of a browser.
type tab struct {
	*monitor
	t       *testing.T
	label   string // for messages
	server  *server
	profile profile
	ctx     context.Context // chromedp's context of the tab
	cancel  context.CancelFunc
	open    bool
	offline bool // set by setOffline
}

// newTab opens an empty tab. When it is closed, at the latest by the end of the test, it
// must not have had unexpected troubles.
func (p profile) newTab(t *testing.T, s *server, label string) *tab {
	t.Helper()
	tb := &tab{t: t, label: label, server: s, profile: p, open: true, monitor: newMonitor()}
	options := []chromedp.ContextOption{chromedp.WithListener(tb.handleEvent)}
	if p.id != "" {
		options = append(options, chromedp.WithExistingBrowserContext(p.id))
	}
	tb.ctx, tb.cancel = chromedp.NewContext(p.browser.ctx, options...)
	tb.dialog = func() { go tb.dismiss() }
	if err := chromedp.Do(tb.ctx); err != nil { // with a deadline the tab would end then
		t.Fatal(err)
	}
	call(tb, audits.Enable, cdp.Empty{})
	call(tb, serviceworker.Enable, cdp.Empty{})
	t.Cleanup(func() {
		if tb.open {
			tb.close()
		}
	})
	return tb
}

// call sends a command of the protocol to the tab.
func call[P, R any](tb *tab, command cdp.Command[P, R], params P) R {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		tb.fatalf("%s: %v", command.Method, err)
	}
	return result
}

// try calls a JavaScript function in the page with the given arguments, which are
// encoded as JSON, and returns its result, or that of its promise.
func try[T any](tb *tab, function string, args ...any) (T, error) {
	list := make([]string, len(args))
	for i, arg := range args {
		encoded, err := json.Marshal(arg)
		if err != nil {
			tb.t.Fatal(err)
		}
		list[i] = string(encoded)
	}
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	expression := fmt.Sprintf("(%s)(%s)", function, strings.Join(list, ","))
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// eval is try that fails the test on an error.
func eval[T any](tb *tab, function string, args ...any) T {
	tb.t.Helper()
	result, err := try[T](tb, function, args...)
	if err != nil {
		tb.fatalf("%s: %v", function, err)
	}
	return result
}

// until waits until probe returns nil.
func (tb *tab) until(what string, probe func() error) {
	tb.t.Helper()
	eventually(what, tb.fatalf, probe)
}

// holds waits until a JavaScript function returns true.
func (tb *tab) holds(what, function string, args ...any) {
	tb.t.Helper()
	tb.until(what, func() error { return isTrue(try[bool](tb, function, args...)) })
}

// goTo opens a path of the server and returns when the document has loaded. The program
// may not run yet.
func (tb *tab) goTo(path string) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(tb.server.url(path))); err != nil {
		tb.fatalf("opening %s: %v", path, err)
	}
	if tb.offline {
		tb.overrideNetworkState()
	}
}

// visit opens a path of the server without waiting for the document.
func (tb *tab) visit(path string) {
	tb.t.Helper()
	call(tb, page.Navigate, page.NavigateParams{URL: tb.server.url(path)})
}

// reload reloads the page and returns when the document has loaded.
func (tb *tab) reload() {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Reload()); err != nil {
		tb.fatalf("reloading: %v", err)
	}
	if tb.offline {
		tb.overrideNetworkState()
	}
}

// close closes the tab and checks it for troubles.
func (tb *tab) close() {
	tb.t.Helper()
	tb.open = false
	if tb.profile.browser.ctx.Err() == nil {
		_, _ = try[int](tb, "() => 0") // the answer comes after all earlier events
	}
	if troubles := tb.unexpected(); len(troubles) > 0 {
		tb.t.Errorf("%s: trouble in the page:\n\t%s", tb.label, strings.Join(troubles, "\n\t"))
	}
	tb.cancel()
}

// click clicks the middle of an element once it is enabled, does not move, and nothing
// covers it. If the element has moved before the button was pressed, as on a busy
// machine, it is clicked again.
func (tb *tab) click(selector string) {
	tb.t.Helper()
	for missed := true; missed; missed, _ = try[bool](tb, clickMissed) { // fails if the page was left
		at := tb.point(selector)
		ctx, cancel := context.WithTimeout(tb.ctx, patience)
		err := chromedp.Do(ctx, chromedp.MouseClickXY(at[0], at[1]))
		cancel()
		if err != nil {
			tb.fatalf("clicking %s: %v", selector, err)
		}
	}
}

// point waits until an element can be clicked, and returns the point.
func (tb *tab) point(selector string) (at []float64) {
	tb.t.Helper()
	tb.until(selector+" can be clicked", func() (err error) {
		before := at
		at, err = try[[]float64](tb, clickPoint, selector)
		return isSettled(at, before, err)
	})
	return at
}

// clickUnlessGone clicks an element that may also go away by itself, such as a button
// for what the page does sooner or later in any case. It returns when the element is
// gone.
func (tb *tab) clickUnlessGone(selector string) {
	tb.t.Helper()
	tb.until(selector+" is clicked and goes away", func() error {
		// By the script: a mouse might hit what takes its place.
		gone, err := try[bool](tb, `(selector) => { const there = document.querySelector(selector); there?.click(); return there === null; }`, selector)
		return isTrue(gone, err)
	})
}

// mouse presses or releases the left button.
func (tb *tab) mouse(kind input.DispatchMouseEventType, x, y float64) {
	tb.t.Helper()
	call(tb, input.DispatchMouseEvent, input.DispatchMouseEventParams{
		Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: 1,
	})
}

// clickPoint returns the point where an element can be clicked, or null. Afterwards
// clickMissed returns whether the button was pressed on anything else.
const clickPoint = `(selector) => {
	const e = document.querySelector(selector);
	if (!e || e.disabled) return null;
	e.scrollIntoView({block: "nearest"});
	const box = e.getBoundingClientRect();
	const x = box.x + box.width / 2, y = box.y + box.height / 2;
	const top = document.elementFromPoint(x, y);
	if (!top || e !== top && !e.contains(top)) return null;
	for (const type of ["pointerdown", "click"]) removeEventListener(type, window.pressed, true);
	window.missed = false;
	window.pressed = (event) => { window.missed = !event.target.closest?.(selector) };
	for (const type of ["pointerdown", "click"]) addEventListener(type, window.pressed, {capture: true, once: true});
	return [x, y];
}`

const clickMissed = `() => window.missed === true`

// enter replaces the text of the focused field, like an input method or a paste.
func (tb *tab) enter(text string) {
	tb.t.Helper()
	eval[chromedp.Void](tb, "() => document.activeElement.select()")
	call(tb, input.InsertText, input.InsertTextParams{Text: text})
}

// press presses keys one after the other, as named by package kb.
func (tb *tab) press(keys string) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(keys)); err != nil {
		tb.fatalf("pressing keys: %v", err)
	}
}

// dismiss closes a dialog of the page, which would block everything else.
func (tb *tab) dismiss() {
	_, _ = chromedp.Call(tb.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: false})
}

// fatalf ends the test with a report.
func (tb *tab) fatalf(format string, args ...any) {
	tb.t.Helper()
	tb.t.Fatalf("%s: %s\n%s", tb.label, fmt.Sprintf(format, args...), tb.report())
}

// report returns what may tell why a test failed.
func (tb *tab) report() string {
	dom, err := try[string](tb, "() => document.URL + '\\n' + document.body.outerHTML")
	if err != nil {
		dom = err.Error()
	}
	return fmt.Sprintf("--- the page\n%s\n--- screenshot: %s\n--- trouble in the page\n%s\n--- over its socket\n%s--- the server's log\n%s",
		lastBytes(dom, 6000), tb.screenshot(), strings.Join(tb.unexpected(), "\n"),
		lastBytes(transcript(tb.since(0)), 6000), lastBytes(tb.server.log.String(), 4000))
}

// screenshot returns the path of a screenshot, or an error.
func (tb *tab) screenshot() string {
	ctx, cancel := context.WithTimeout(tb.ctx, patience/3)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err.Error()
	}
	path := filepath.Join(tb.t.ArtifactDir(), tb.label+".png")
	if err := os.WriteFile(path, picture, 0o644); err != nil {
		return err.Error()
	}
	return path
}
