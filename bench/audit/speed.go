package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// What a visitor's machine and line are like.
const (
	slowdown  = 4         // of the processor
	bandwidth = 9_000_000 // bits a second
	latency   = 60        // ms, of each request
)

// visit is one cold visit. Times are in ms from the beginning of the navigation.
type visit struct {
	Painted float64 // something of what the page is about: names, or the greeting
	Usable  float64 // the program runs and takes what a person does
	Bytes   float64 // of everything over the line until then
}

// speed is the visits to both pages, taken in turns.
type speed struct {
	Rollcall, Hello []visit
}

// What to wait for in each page: the element whose painting counts, and what is
// true once the page can be used.
var (
	rollcallMarks = marks{`.name`, `document.querySelector("#name-dialog:modal [type=submit]:enabled") !== null`}
	helloMarks    = marks{`h1`, `document.querySelector("#app-wasm-loader") === null`}
)

type marks struct{ paint, usable string }

// speed times cold visits to Rollcall, with a team in the room, and to the
// hello page. The first round warms the machine up and does not count.
func (s settings) speed() (*speed, error) {
	r, err := s.fill(small)
	if err != nil {
		return nil, err
	}
	defer r.close()
	hello, stop, err := s.serveHello()
	if err != nil {
		return nil, err
	}
	defer stop()
	b, end, err := browser()
	if err != nil {
		return nil, err
	}
	defer end()
	var times speed
	for round := range s.rounds + 1 {
		ours, err := timeVisit(b, r.url(), rollcallMarks)
		if err != nil {
			return nil, fmt.Errorf("visiting Rollcall: %w", err)
		}
		theirs, err := timeVisit(b, hello, helloMarks)
		if err != nil {
			return nil, fmt.Errorf("visiting the hello page: %w", err)
		}
		if round > 0 {
			times.Rollcall, times.Hello = append(times.Rollcall, ours), append(times.Hello, theirs)
		}
	}
	return &times, nil
}

// unused is what Chromium starts processes for in every window, which no page has
// anything of: the list below the address bar, and a page that may be opened next. They
// would run while the page is timed.
const unused = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess,Translate"

// browser starts Chromium.
func browser() (context.Context, context.CancelFunc, error) {
	options := chromedp.DefaultExecAllocatorOptions[:]
	for _, flag := range []string{"disable-gpu", "disable-quic", "disable-component-update", "no-pings"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	options = append(options, chromedp.Flag("disable-features", unused))
	outer, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopBrowser := chromedp.NewContext(outer, chromedp.WithErrorf(func(string, ...any) {}))
	end := func() { stopBrowser(); stopAllocator() }
	if err := chromedp.Do(ctx); err != nil {
		end()
		return nil, nil, fmt.Errorf("Chromium does not start: %w", err)
	}
	return ctx, end, nil
}

const (
	visitWithin = 30 * time.Second // bounds a visit
	undisturbed = 2 * time.Second  // until a new window is ready
)

// timeVisit opens a page over a slow line in a profile that has nothing of it, and
// notes when it is painted and can be used.
func timeVisit(b context.Context, server string, m marks) (v visit, err error) {
	made, err := chromedp.CallBrowser(b, target.CreateBrowserContext, target.CreateBrowserContextParams{})
	if err != nil {
		return v, err
	}
	ctx, cancel := chromedp.NewContext(b, chromedp.WithExistingBrowserContext(made.BrowserContextID))
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		return v, err
	}
	if err := prepare(ctx, m); err != nil {
		return v, err
	}
	time.Sleep(undisturbed)
	l, err := slowLine(server)
	if err != nil {
		return v, err
	}
	defer l.cut()
	if _, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: l.at}); err != nil {
		return v, err
	}
	for deadline := time.Now().Add(visitWithin); ; {
		time.Sleep(time.Second) // a question costs the page time too
		v, err = chromedp.Run(ctx, chromedp.Evaluate[visit]("timed"))
		if err == nil && v.Usable > 0 {
			v.Bytes = float64(l.down.carried())
			return v, nil
		}
		if time.Now().After(deadline) {
			return v, fmt.Errorf("after %v it is %+v: %v", visitWithin, v, err)
		}
	}
}

// prepare makes the tab's machine slow, that is the thread of its page, as the browser
// can, and has it note the times.
func prepare(ctx context.Context, m marks) error {
	ctx, cancel := context.WithTimeout(ctx, visitWithin)
	defer cancel()
	_, err := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: slowdown})
	if err != nil {
		return err
	}
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(stopwatch, m.paint, m.usable)})
	return err
}

// stopwatch notes the times. When the first element was painted the browser tells (W3C,
// Element Timing); whether the page can be used is looked at in every frame after that.
const stopwatch = `globalThis.timed = {Painted: 0, Usable: 0};
new MutationObserver((_, observer) => {
	const first = document.querySelector(%q);
	if (!first) return;
	observer.disconnect();
	first.setAttribute("elementtiming", "first");
}).observe(document, {subtree: true, childList: true});
new PerformanceObserver((list) => {
	if (timed.Painted) return;
	timed.Painted = list.getEntries()[0].renderTime;
	const look = () => {
		if (%s) timed.Usable = performance.now();
		else requestAnimationFrame(look);
	};
	look();
}).observe({type: "element", buffered: true});`

// A figure is one of those of a visit.
type figure func(visit) float64

func painted(v visit) float64 { return v.Painted }
func usable(v visit) float64  { return v.Usable }
func loaded(v visit) float64  { return v.Bytes }

// middle is the median of a figure of the visits.
func middle(visits []visit, f figure) float64 {
	values := make([]float64, len(visits))
	for i, v := range visits {
		values[i] = f(v)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
