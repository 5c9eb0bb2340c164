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

// seats is how many browsers the tests share: where people meet, each sits at
// one of their own.
const seats = 3

// shared browsers start when a test first wants them and stop after the last.
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

// browser is one Chromium process.
type browser struct {
	ctx  context.Context // chromedp's, of the process
	stop context.CancelFunc
}

// Flags beside the library's own. The network is the loopback interface: what a
// browser would look up by itself elsewhere only costs time. Certificates are made
// by the tests, and nobody vouches for them. Every site here is one of ours: to keep
// them from each other takes a process more for each page.
var browserFlags = []string{"ignore-certificate-errors", "disable-gpu", "disable-quic", "disable-component-update", "no-pings",
	"disable-site-isolation-trials"}

// unusedFeatures each start processes for every window, for what no test looks at:
// the list below the address bar, and a page that somebody may open next. Without
// them a page costs half the processor time.
const unusedFeatures = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess,Translate"

// launch starts a Chromium process with an empty profile directory, which goes
// with it.
func launch() (*browser, error) {
	options := chromedp.DefaultExecAllocatorOptions[:]
	for _, flag := range browserFlags {
		options = append(options, chromedp.Flag(flag, true))
	}
	// The program compiled once, not again for speed: no page of the tests lives long enough to gain by it.
	options = append(options, chromedp.Flag("js-flags", "--liftoff-only"), chromedp.Flag("disable-features", unusedFeatures))
	outer, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopBrowser := chromedp.NewContext(outer,
		chromedp.WithErrorf(func(string, ...any) {})) // of events that the library does not know
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

// sharedBrowser is the browser at a seat, 0 to seats-1.
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

// kill ends the process as the system would for want of memory. Nothing of it
// can be used after that.
func (b *browser) kill(t *testing.T) {
	t.Helper()
	if err := chromedp.FromContext(b.ctx).Browser.Process().Kill(); err != nil {
		t.Fatal(err)
	}
	<-b.ctx.Done() // the connection to it broke
}

// profile is what a browser keeps for one person: storage, caches, workers.
type profile struct {
	browser *browser
	id      cdp.BrowserContextID // "" is the one that the process started with
}

// newProfile makes an empty profile, which is forgotten when the test ends.
func (b *browser) newProfile(t *testing.T) profile {
	t.Helper()
	made, err := chromedp.CallBrowser(b.ctx, target.CreateBrowserContext, target.CreateBrowserContextParams{})
	if err != nil {
		t.Fatal(err)
	}
	id := made.BrowserContextID
	t.Cleanup(func() {
		if b.ctx.Err() != nil {
			return // the process is gone
		}
		_, err := chromedp.CallBrowser(b.ctx, target.DisposeBrowserContext,
			target.DisposeBrowserContextParams{BrowserContextID: id})
		if err != nil {
			t.Error(err)
		}
	})
	return profile{b, id}
}
