// Command app is the program that runs in the browser. Built for js/wasm it
// takes over the page; built for anything else it does nothing.
package main

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/app/ui"
)

func main() {
	ui.Route()
	app.RunWhenOnBrowser()
}
