package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
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
	Bytes   float64 // of everything over the network until then
}

// speed is the visits to both pages, taken in turns.
type speed struct {
	Rollcall, Hello []visit
}

// What to wait for in each page: the element whose painting counts, and what is
// true once it can be used.
var (
	rollcallMarks = marks{paint: "#people .name", usable: `document.querySelector("#name-dialog:modal [type=submit]:enabled") !== null`}
	helloMarks    = marks{paint: "h1, p", usable: `document.body !== null && document.readyState !== "loading" && document.querySelector("#app-wasm-loader") === null && document.querySelector("h1") !== null`}
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

// browser starts Chromium.
func browser() (context.Context, context.CancelFunc, error) {
	options := chromedp.DefaultExecAllocatorOptions[:]
	for _, flag := range []string{"disable-gpu", "disable-quic", "disable-component-update", "no-pings"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	outer, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopBrowser := chromedp.NewContext(outer, chromedp.WithErrorf(func(string, ...any) {}))
	end := func() { stopBrowser(); stopAllocator() }
	if err := chromedp.Do(ctx); err != nil {
		end()
		return nil, nil, fmt.Errorf("Chromium does not start: %w", err)
	}
	return ctx, end, nil
}

// visitWithin bounds a visit.
const visitWithin = 30 * time.Second

// timeVisit opens a page in a profile that has nothing of it.
func timeVisit(b context.Context, url string, m marks) (v visit, err error) {
	made, err := chromedp.CallBrowser(b, target.CreateBrowserContext, target.CreateBrowserContextParams{})
	if err != nil {
		return v, err
	}
	ctx, cancel := chromedp.NewContext(b, chromedp.WithExistingBrowserContext(made.BrowserContextID))
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		return v, err
	}
	if err := slow(ctx, m); err != nil {
		return v, err
	}
	if _, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: url}); err != nil {
		return v, err
	}
	for deadline := time.Now().Add(visitWithin); ; {
		v, err = chromedp.Run(ctx, chromedp.Evaluate[visit](`globalThis.timed ?? {}`))
		if err == nil && v.Painted > 0 && v.Usable > 0 {
			return v, nil
		}
		if time.Now().After(deadline) {
			return v, fmt.Errorf("after %v it is %+v: %v", visitWithin, v, err)
		}
		time.Sleep(200 * time.Millisecond) // a question costs the page time too
	}
}

// slow makes the tab's machine and line slow, and has the page note the times.
func slow(ctx context.Context, m marks) error {
	ctx, cancel := context.WithTimeout(ctx, visitWithin)
	defer cancel()
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	_, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{
			Latency: latency, DownloadThroughput: bandwidth / 8, UploadThroughput: bandwidth / 8,
		}},
	})
	if err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: slowdown}); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, page.Enable, page.EnableParams{}); err != nil {
		return err
	}
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: fmt.Sprintf(stopwatch, m.paint, m.usable),
	})
	return err
}

// stopwatch runs in the page before anything of it. The browser itself tells
// when an element with the attribute elementtiming was painted (W3C, Element
// Timing); usable is looked at in every frame.
const stopwatch = `(() => {
	const selector = %q, usable = () => %s;
	const timed = globalThis.timed = {Painted: 0, Usable: 0, Bytes: 0};
	new PerformanceObserver(list => {
		for (const entry of list.getEntries()) timed.Painted ||= entry.renderTime;
	}).observe({type: "element", buffered: true});
	const marker = new MutationObserver(() => {
		if (timed.Painted) return marker.disconnect();
		document.querySelector(selector)?.setAttribute("elementtiming", "first");
	});
	marker.observe(document, {childList: true, subtree: true}); // the program may have replaced it unpainted
	const look = () => {
		if (!usable()) return requestAnimationFrame(look);
		timed.Bytes = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
			.reduce((sum, e) => sum + e.transferSize, 0);
		timed.Usable = performance.now();
	};
	requestAnimationFrame(look);
})()`

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
