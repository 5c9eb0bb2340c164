//go:build !js

package e2e

import (
	"context"

	"github.com/chromedp/chromedp"
)

// worker is the service worker of a tab, monitored from now on.
type worker struct {
	*monitor
	tb  *tab
	ctx context.Context // chromedp's context of the worker
}

// worker attaches to the tab's service worker, which runs until the end of the test.
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
		w := &worker{monitor: newMonitor(), tb: tb}
		ctx, cancel := chromedp.NewContext(tb.profile.browser.ctx,
			chromedp.WithTargetID(info.TargetID), chromedp.WithDetachOnCancel(), chromedp.WithListener(w.handleEvent))
		tb.t.Cleanup(cancel)
		w.ctx = ctx
		w.run("0") // attaches
		return w
	}
	tb.fatalf("there is no worker")
	return nil
}

// run runs a script in the worker and returns when everything that happened before is
// recorded.
func (w *worker) run(script string) {
	w.tb.t.Helper()
	if _, err := chromedp.Run(w.ctx, chromedp.Evaluate[any](script)); err != nil {
		w.tb.fatalf("in the worker: %v", err)
	}
}
