// Package hello is the page that go-app's own introduction begins with. It is
// the floor of what a page made with go-app costs.
package hello

import "github.com/maxence-charriere/go-app/v10/pkg/app"

type hello struct{ app.Compo }

func (h *hello) Render() app.UI { return app.H1().Text("Hello World!") }

// Route makes every address the page.
func Route() {
	app.RouteWithRegexp("^/", func() app.Composer { return &hello{} })
}
