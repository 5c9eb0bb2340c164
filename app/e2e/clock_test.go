//go:build !js

package e2e

import "fmt"

// setPageClock gives the documents that the tab opens from now on a clock that runs
// slower by the given factor. The function putForward of the page moves it forward, in
// milliseconds.
func (tb *tab) setPageClock(slower int) {
	tb.t.Helper()
	tb.injectScript(fmt.Sprintf(pageClock, slower))
}

const pageClock = `{
	const slower = %d, real = performance.now.bind(performance), sleep = setTimeout, RealDate = Date;
	const began = RealDate.now() - real() / slower;
	let ahead = 0;
	window.putForward = (ms) => { ahead += ms };
	performance.now = () => real() / slower + ahead;
	window.setTimeout = (then, ms, ...args) => sleep(then, ms * slower, ...args);
	window.Date = class extends RealDate {
		constructor(...given) { given.length ? super(...given) : super(Date.now()); }
		static now() { return began + performance.now(); }
	};
}`
