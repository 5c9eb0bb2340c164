//go:build !js

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// tab is one tab of a browser, and the person in front of it.
type tab struct {
	*watch
	t       *testing.T
	label   string // in messages
	server  *server
	profile profile
	ctx     context.Context // chromedp's, of the tab
	cancel  context.CancelFunc
	open    bool
}

// newTab opens an empty tab. When the test ends, or the tab is closed before,
// nothing unexpected may have happened in it.
func (p profile) newTab(t *testing.T, s *server, label string) *tab {
	t.Helper()
	tb := &tab{t: t, label: label, server: s, profile: p, open: true, watch: newWatch()}
	options := []chromedp.ContextOption{chromedp.WithListener(tb.see)}
	if p.id != "" {
		options = append(options, chromedp.WithExistingBrowserContext(p.id))
	}
	tb.ctx, tb.cancel = chromedp.NewContext(p.browser.ctx, options...)
	tb.dialog = func() { go tb.dismiss() }
	if err := chromedp.Do(tb.ctx); err != nil { // without a deadline: it would be that of the tab
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

// call sends one command of the protocol to the tab.
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

// try runs a JavaScript function in the page with the given arguments and
// returns what it, or the promise that it gives, results in.
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

// eval is try that must succeed.
func eval[T any](tb *tab, function string, args ...any) T {
	tb.t.Helper()
	result, err := try[T](tb, function, args...)
	if err != nil {
		tb.fatalf("%s: %v", function, err)
	}
	return result
}

// until waits for probe to find nothing wrong any more.
func (tb *tab) until(what string, probe func() error) {
	tb.t.Helper()
	deadline := time.Now().Add(patience)
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		err := probe()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			tb.fatalf("waited %v until %s: %v", patience, what, err)
		}
		time.Sleep(wait) // between two looks; what is waited for is the condition
	}
}

// holds is until for a JavaScript function that gives true.
func (tb *tab) holds(what, function string, args ...any) {
	tb.t.Helper()
	tb.until(what, func() error {
		ok, err := try[bool](tb, function, args...)
		if err == nil && !ok {
			err = errors.New("it does not hold")
		}
		return err
	})
}

// goTo opens a path of the server, as from the address bar. It returns when
// the document has loaded; the program may not run yet.
func (tb *tab) goTo(path string) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(tb.server.url(path))); err != nil {
		tb.fatalf("opening %s: %v", path, err)
	}
}

// visit is goTo that does not wait for the document.
func (tb *tab) visit(path string) {
	tb.t.Helper()
	call(tb, page.Navigate, page.NavigateParams{URL: tb.server.url(path)})
}

// reload presses the browser's button.
func (tb *tab) reload() {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Reload()); err != nil {
		tb.fatalf("reloading: %v", err)
	}
}

// close closes the tab as its person does, after a last look at it.
func (tb *tab) close() {
	tb.t.Helper()
	tb.open = false
	if tb.profile.browser.ctx.Err() == nil {
		_, _ = try[int](tb, "() => 0") // what was reported before is here when this is answered
	}
	if troubles := tb.unexpected(); len(troubles) > 0 {
		tb.t.Errorf("%s: trouble in the page:\n\t%s", tb.label, strings.Join(troubles, "\n\t"))
	}
	tb.cancel()
}

// click presses the mouse in the middle of the element that a selector finds,
// once that can be clicked: it is enabled, and nothing lies over it.
func (tb *tab) click(selector string) {
	tb.t.Helper()
	var at []float64
	tb.until(selector+" can be clicked", func() (err error) {
		at, err = try[[]float64](tb, clickPoint, selector)
		if err == nil && at == nil {
			err = errors.New("it is not there, is disabled, or is behind something")
		}
		return err
	})
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.MouseClickXY(at[0], at[1])); err != nil {
		tb.fatalf("clicking %s: %v", selector, err)
	}
}

const clickPoint = `(selector) => {
	const e = document.querySelector(selector);
	if (!e || e.disabled) return null;
	e.scrollIntoView({block: "nearest"});
	const box = e.getBoundingClientRect();
	const x = box.x + box.width / 2, y = box.y + box.height / 2;
	const top = document.elementFromPoint(x, y);
	return top && (e === top || e.contains(top)) ? [x, y] : null;
}`

// enter puts a text in the place of what is in the focused field, as an input
// method or the clipboard does.
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

// dismiss closes a dialog that the page opened, which would stop all else.
func (tb *tab) dismiss() {
	_, _ = chromedp.Call(tb.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: false})
}

// fatalf ends the test and says how things stand.
func (tb *tab) fatalf(format string, args ...any) {
	tb.t.Helper()
	tb.t.Fatalf("%s: %s\n%s", tb.label, fmt.Sprintf(format, args...), tb.report())
}

// report is all that may tell why a test failed.
func (tb *tab) report() string {
	dom, err := try[string](tb, "() => document.URL + '\\n' + document.body.outerHTML")
	if err != nil {
		dom = err.Error()
	}
	return fmt.Sprintf("--- the page\n%s\n--- screenshot: %s\n--- trouble in the page\n%s\n--- over its socket\n%s--- the server's log\n%s",
		tail(dom, 6000), tb.screenshot(), strings.Join(tb.unexpected(), "\n"),
		tail(transcript(tb.since(0)), 6000), tail(tb.server.log.String(), 4000))
}

// screenshot returns where it is.
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
