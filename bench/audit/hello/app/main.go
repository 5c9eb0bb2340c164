// Command app is the hello page's program in the browser, and nothing else.
package main

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/bench/audit/hello"
)

func main() {
	hello.Route()
	app.RunWhenOnBrowser()
}
