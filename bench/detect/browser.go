package main

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a real one, in the room.
type browser struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// openBrowser has one join under a name as a person would.
func openBrowser(url, name string) (*browser, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.Flag("no-sandbox", true),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	outer, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(outer, chromedp.WithErrorf(func(string, ...any) {}))
	b := &browser{ctx: ctx, cancel: func() { cancel(); stop() }}
	err := chromedp.Do(ctx, chromedp.Navigate(url))
	if err == nil {
		err = b.join(name)
	}
	if err != nil {
		b.cancel()
		return nil, fmt.Errorf("the browser does not join: %w", err)
	}
	return b, nil
}

// join sends the name, when the page is ready to take it.
func (b *browser) join(name string) error {
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(async (name) => {
		const button = () => document.querySelector("#name-dialog [type=submit]");
		while (!button() || button().disabled) await new Promise(done => setTimeout(done, 20));
		document.querySelector("#name-dialog input[name=name]").value = name;
		button().click();
		return true;
	})(%q)`, name), chromedp.EvalAwaitPromise))
	return err
}

// kill ends the process of the browser as the system would for want of memory.
func (b *browser) kill() error { return chromedp.FromContext(b.ctx).Browser.Process().Kill() }
