// Command app is the program that runs in the browser. Built for js/wasm it renders the
// page and keeps it up to date; built for any other target it does nothing.
package main

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/app/ui"
)

func main() {
	yield()
	ui.RegisterRoutes()
	app.RunWhenOnBrowser()
}

// yield gives the page one turn of its event loop between the start of Go's runtime and
// that of the program, so that the page is not blocked for the sum of both. It takes a
// timer that is not yet due: runtime.Gosched does not return to the browser.
func yield() { time.Sleep(time.Nanosecond) }
