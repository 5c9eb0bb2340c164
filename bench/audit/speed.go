package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
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
// true once the page can be used.
var (
	rollcallMarks = marks{`class="name"`, `document.querySelector("#name-dialog:modal [type=submit]:enabled") !== null`}
	helloMarks    = marks{`<h1`, `document.querySelector("#app-wasm-loader") === null`}
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
		ours, err := timeVisits(b, r.url(), rollcallMarks)
		if err != nil {
			return nil, fmt.Errorf("visiting Rollcall: %w", err)
		}
		theirs, err := timeVisits(b, hello, helloMarks)
		if err != nil {
			return nil, fmt.Errorf("visiting the hello page: %w", err)
		}
		if round > 0 {
			times.Rollcall, times.Hello = append(times.Rollcall, ours), append(times.Hello, theirs)
		}
	}
	return &times, nil
}

// timeVisits makes one visit of two: Chromium forgets when an element was painted that
// is replaced soon after, as the program does, so the painting is timed on a visit that
// is the same up to the moment when the program would run.
func timeVisits(b context.Context, server string, m marks) (visit, error) {
	still := marked(server, m.paint)
	defer still.Close()
	painted, err := timeVisit(b, still.URL, "timed.Painted > 0")
	if err != nil {
		return visit{}, err
	}
	v, err := timeVisit(b, server, m.usable)
	v.Painted = painted.Painted
	return v, err
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

const (
	// visitWithin bounds a visit.
	visitWithin = 30 * time.Second
	// undisturbed is how long nothing is asked of the page: a script of ours would
	// make it slower before it has painted. It can't be usable that early, for the
	// program alone takes longer to load.
	undisturbed = 1200 * time.Millisecond
)

// timeVisit opens a page in a profile that has nothing of it, and notes when a
// condition holds.
func timeVisit(b context.Context, at, condition string) (v visit, err error) {
	made, err := chromedp.CallBrowser(b, target.CreateBrowserContext, target.CreateBrowserContextParams{})
	if err != nil {
		return v, err
	}
	ctx, cancel := chromedp.NewContext(b, chromedp.WithExistingBrowserContext(made.BrowserContextID))
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		return v, err
	}
	if err := slow(ctx); err != nil {
		return v, err
	}
	if _, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: at}); err != nil {
		return v, err
	}
	time.Sleep(undisturbed)
	for deadline := time.Now().Add(visitWithin); ; {
		v, err = chromedp.Run(ctx, chromedp.Evaluate[visit](fmt.Sprintf(stopwatch, condition)))
		if err == nil && v.Usable > 0 {
			return v, nil
		}
		if time.Now().After(deadline) {
			return v, fmt.Errorf("after %v it is %+v: %v", visitWithin, v, err)
		}
		time.Sleep(200 * time.Millisecond) // a question costs the page time too
	}
}

// slow makes the tab's machine and line slow.
func slow(ctx context.Context) error {
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
	_, err = chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: slowdown})
	return err
}

// stopwatch notes the times, from the first time it runs on. When the marked
// element was painted the browser remembers (W3C, Element Timing); usable is looked
// at in every frame.
const stopwatch = `globalThis.timed ??= (() => {
	const timed = {Painted: 0, Usable: 0, Bytes: 0};
	new PerformanceObserver(list => {
		for (const entry of list.getEntries()) timed.Painted ||= entry.renderTime;
	}).observe({type: "element", buffered: true});
	const usable = () => %s;
	const look = () => {
		if (!usable()) return requestAnimationFrame(look);
		timed.Bytes = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
			.reduce((sum, e) => sum + e.transferSize, 0);
		timed.Usable = performance.now();
	};
	look();
	return timed;
})()`

// marked stands before a server. It marks the first element that has a text in its
// tag, so that the browser tells when it was painted, and has the program not run.
func marked(server, text string) *httptest.Server {
	changed := func(path string) bool { return path == "/" || strings.HasSuffix(path, ".js") }
	to, err := url.Parse(server)
	if err != nil {
		panic(err) // it is ours
	}
	return httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
			r.Out.Header.Set("Accept-Encoding", r.In.Header.Get("Accept-Encoding"))
			if changed(r.In.URL.Path) {
				r.Out.Header.Set("Accept-Encoding", "identity")
			}
		},
		ModifyResponse: func(r *http.Response) error {
			if !changed(r.Request.URL.Path) {
				return nil
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			body = bytes.Replace(body, []byte(text), []byte(text+` elementtiming="first"`), 1)
			body = bytes.Replace(body, []byte("go.run(wasm.instance);"), nil, 1)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			r.Header.Set("Content-Length", fmt.Sprint(len(body)))
			return nil
		},
	})
}

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
