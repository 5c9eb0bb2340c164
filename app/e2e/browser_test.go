//go:build !js

package e2e

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// seats is the number of browsers that the tests share, so that members who meet can
// have different ones.
const seats = 3

// Shared browsers start when a test first needs them, and stop after the last test.
var (
	sharedMu       sync.Mutex
	sharedBrowsers [seats]*browser
)

func TestMain(m *testing.M) {
	code := m.Run()
	for _, b := range sharedBrowsers {
		if b != nil {
			b.stop()
		}
	}
	os.Exit(code)
}

// browser is a Chromium process.
type browser struct {
	ctx  context.Context // chromedp's context of the process
	stop context.CancelFunc
}

// Flags beside the library's own. Only the loopback interface is used, so background
// requests would only cost time; certificates are self-signed; and site isolation would
// start another process for each page.
var browserFlags = []string{"ignore-certificate-errors", "disable-gpu", "disable-quic", "disable-component-update", "no-pings",
	"disable-site-isolation-trials"}

// unusedFeatures start processes for every window that no test needs: the list below the
// address bar, and a renderer in reserve. Without them a page costs half the processor
// time.
const unusedFeatures = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess,Translate"

// launch starts a Chromium process with an empty profile directory, which is removed
// with it.
func launch() (*browser, error) {
	options := chromedp.DefaultExecAllocatorOptions[:]
	for _, flag := range browserFlags {
		options = append(options, chromedp.Flag(flag, true))
	}
	options = append(options, chromedp.WSURLReadTimeout(patience))
	// No page of the tests lives long enough to gain from optimized code.
	options = append(options, chromedp.Flag("js-flags", "--liftoff-only"), chromedp.Flag("disable-features", unusedFeatures))
	outer, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopBrowser := chromedp.NewContext(outer,
		chromedp.WithErrorf(func(string, ...any) {})) // about events that the library does not know
	b := &browser{ctx: ctx, stop: func() { stopBrowser(); stopAllocator() }}
	if err := chromedp.Do(ctx); err != nil {
		b.stop()
		return nil, fmt.Errorf("Chromium does not start: %w", err)
	}
	return b, nil
}

// startBrowser starts a browser for one test.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	b, err := launch()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.stop)
	return b
}

// sharedBrowser returns the browser at a seat, 0 to seats-1.
func sharedBrowser(t *testing.T, seat int) *browser {
	t.Helper()
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if sharedBrowsers[seat] == nil {
		b, err := launch()
		if err != nil {
			t.Fatal(err)
		}
		sharedBrowsers[seat] = b
	}
	return sharedBrowsers[seat]
}

// kill ends the process as the system does when memory is short. The browser can't be
// used afterwards.
func (b *browser) kill(t *testing.T) {
	t.Helper()
	if err := chromedp.FromContext(b.ctx).Browser.Process().Kill(); err != nil {
		t.Fatal(err)
	}
	<-b.ctx.Done() // the connection to it is broken
}

// profile is a browser profile: storage, caches, workers.
type profile struct {
	browser *browser
	id      cdp.BrowserContextID // "" is the one that the process started with
}

// newProfile creates an empty profile for the duration of the test.
func (b *browser) newProfile(t *testing.T) profile {
	t.Helper()
	made, err := chromedp.CallBrowser(b.ctx, target.CreateBrowserContext, target.CreateBrowserContextParams{})
	if err != nil {
		t.Fatal(err)
	}
	id := made.BrowserContextID
	t.Cleanup(func() {
		if b.ctx.Err() != nil {
			return // the process has ended
		}
		_, err := chromedp.CallBrowser(b.ctx, target.DisposeBrowserContext,
			target.DisposeBrowserContextParams{BrowserContextID: id})
		if err != nil {
			t.Error(err)
		}
	})
	return profile{b, id}
}
