// Command app is the program that runs in the browser. Built for js/wasm it
// takes over the page; built for anything else it does nothing.
package main

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/app/ui"
)

func main() {
	time.Sleep(1) // the page gets its turn between Go's own start and the program's
	ui.Route()
	app.RunWhenOnBrowser()
}
