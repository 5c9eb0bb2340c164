//go:build !js

package e2e

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"

	"rollcall/shared/client"
)

// measure is the size of the measured room. The default is just large enough for a
// window of cards; the figures in the documents are for 10,000.
var measure = flag.Int("measure", 300, "measure the page in a room of so many people")

// rounds is how often each change is measured.
const rounds = 20

// stopwatch measures, in the page, the time from a message or a scroll to the moment
// after the next paint with a change of the list. It contains the work of program and
// browser, and the wait for a frame (go-app renders 60 times a second, and the browser
// paints as often).
const stopwatch = `
window.samples = [];
let began = 0;
const painted = (then) => requestAnimationFrame(() => {
	const channel = new MessageChannel();
	channel.port1.onmessage = then;
	channel.port2.postMessage(0);
});
window.start = () => { if (!began) began = performance.now() };
const add = WebSocket.prototype.addEventListener;
WebSocket.prototype.addEventListener = function (type, listener, ...rest) {
	return add.call(this, type, type !== "message" ? listener : function (event) { start(); return listener.call(this, event) }, ...rest);
};
addEventListener("scroll", start, {capture: true, passive: true});
document.addEventListener("DOMContentLoaded", () => {
	let waiting = false;
	new MutationObserver(() => {
		if (!began || waiting) return;
		waiting = true;
		painted(() => { samples.push(performance.now() - began); began = 0; waiting = false });
	}).observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["aria-posinset"]});
});`

// plainCards is the lower bound: the same cards without a window, all in the document,
// from which the browser alone removes the first or to which it adds one.
//
// They are in a copy of the page, since the program repairs its own.
const plainCards = `async (n) => {
	const page = document.querySelector(".page");
	page.replaceWith(page.cloneNode(true));
	const list = document.querySelector("#people").cloneNode(false), card = document.querySelector("#people > li");
	list.removeAttribute("style");
	for (let i = 0; i < n; i++) list.append(card.cloneNode(true));
	document.querySelector("main").replaceChildren(list);
	scrollTo(0, document.documentElement.scrollHeight / 2);
	samples = [];
	window.plain = (i) => { start(); if (i % 2) list.append(card.cloneNode(true)); else list.firstElementChild.remove() };
}`

// Every change of a large room is painted. With -v the test prints what that costs,
// compared with plain cards in the same browser (docs/page.md).
func TestPaint(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(time.Millisecond)...)
	var first, middle []*client.Client
	for i := range rounds {
		first = append(first, bot(t, s, "lobby", fmt.Sprint("First ", i)))
	}
	crowd(t, s, "lobby", *measure/2)
	for i := range rounds {
		middle = append(middle, bot(t, s, "lobby", fmt.Sprint("Middle ", i)))
	}
	crowd(t, s, "lobby", *measure/2)
	tb := sit(t, s, 0, "witness")
	tb.injectScript(stopwatch)
	tb.visit("/")
	tb.asked()
	tb.submitName("Witness")
	tb.holds("all are there", `(n) => document.querySelector("#count").textContent === n`, strconv.Itoa(*measure/2*2+2*rounds+1))
	eval[any](tb, `() => scrollTo(0, document.documentElement.scrollHeight / 2)`)
	for _, c := range []struct {
		what string
		do   func(i int)
	}{
		{"arrival", func(i int) { bot(t, s, "lobby", fmt.Sprint("Late ", i)) }},
		{"update", func(i int) {
			if err := middle[i].SetNote(t.Context(), fmt.Sprint("note ", i)); err != nil {
				t.Fatal(err)
			}
		}},
		{"removal", func(i int) {
			if err := first[i].Leave(t.Context()); err != nil {
				t.Fatal(err)
			}
		}},
		{"scroll", func(i int) { eval[any](tb, `(y) => scrollBy(0, y)`, []int{2400, -2400}[i%2]) }},
		{"keystroke", func(i int) {
			eval[any](tb, `(text) => {
				const field = document.querySelector("#search");
				field.value = text;
				start();
				field.dispatchEvent(new Event("input", {bubbles: true}));
			}`, "person 123"[:len("person 123")-i%3])
		}},
	} {
		tb.measureCost(c.what, c.do)
	}
	tb.visit("/r/plain") // where the program has nothing to do
	tb.join("Witness")
	eval[any](tb, plainCards, *measure)
	tb.measureCost("plain cards", func(i int) { eval[any](tb, `(i) => plain(i)`, i) })
}

// measureCost repeats a change and prints what it took: processor time of the page's
// main thread, and the time until it was painted. The latter includes the server, which
// writes to the whole crowd, and the crowd.
func (tb *tab) measureCost(what string, do func(i int)) {
	tb.t.Helper()
	call(tb, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	var work []float64
	eval[any](tb, `() => { samples = [] }`)
	for i := range rounds {
		before := tb.mainThreadTime()
		do(i)
		tb.holds("it is painted", `(n) => samples.length > n`, i)
		work = append(work, tb.mainThreadTime()-before)
	}
	tb.t.Logf("%-12s work %s; painted after %s", what, spread(work), spread(eval[[]float64](tb, `() => samples`)))
}

// mainThreadTime returns the work of the page's main thread so far, in milliseconds.
func (tb *tab) mainThreadTime() float64 {
	tb.t.Helper()
	for _, m := range call(tb, performance.GetMetrics, cdp.Empty{}).Metrics {
		if m.Name == "TaskDuration" {
			return 1000 * m.Value
		}
	}
	tb.fatalf("the browser does not say how long it worked")
	return 0
}

func spread(ms []float64) string {
	slices.Sort(ms)
	return fmt.Sprintf("median %5.1f ms, 9 of 10 within %5.1f ms", ms[len(ms)/2], ms[len(ms)*9/10])
}
