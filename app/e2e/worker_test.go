//go:build !js

package e2e

import (
	"context"

	"github.com/chromedp/chromedp"
)

// worker is the service worker of a tab, watched from now on.
type worker struct {
	*watch
	tb  *tab
	ctx context.Context // chromedp's, of the worker
}

// worker attaches to the tab's service worker, which then runs until the test
// ends.
func (tb *tab) worker() *worker {
	tb.t.Helper()
	targets, err := chromedp.Targets(tb.ctx)
	if err != nil {
		tb.fatalf("%v", err)
	}
	for _, info := range targets {
		if info.Type != "service_worker" || info.BrowserContextID != tb.profile.id {
			continue
		}
		w := &worker{watch: newWatch(), tb: tb}
		ctx, cancel := chromedp.NewContext(tb.profile.browser.ctx,
			chromedp.WithTargetID(info.TargetID), chromedp.WithDetachOnCancel(), chromedp.WithListener(w.see))
		tb.t.Cleanup(cancel)
		w.ctx = ctx
		w.run("0") // attaches
		return w
	}
	tb.fatalf("there is no worker")
	return nil
}

// run runs a script in the worker. When it returns, all that happened there
// before is noted.
func (w *worker) run(script string) {
	w.tb.t.Helper()
	if _, err := chromedp.Run(w.ctx, chromedp.Evaluate[any](script)); err != nil {
		w.tb.fatalf("in the worker: %v", err)
	}
}
