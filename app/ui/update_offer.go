//go:build !dev

package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// OnAppUpdate is called when a new worker has taken over. The page offers its version
// rather than reload by itself: the user may be in the middle of something. A page that
// came from the network is of that version already, which shows in the caches: a worker
// keeps the files of its own version only.
func (p *Page) OnAppUpdate(ctx app.Context) {
	offer := func() { ctx.Dispatch(func(app.Context) { p.update = true }) }
	caches := app.Window().Get("caches")
	if !caches.Truthy() {
		offer()
		return
	}
	then(caches.Call("keys"), func(names app.Value) {
		for i := range names.Length() {
			if strings.HasSuffix(names.Index(i).String(), "-"+app.Getenv("GOAPP_VERSION")) {
				return
			}
		}
		offer()
	})
}
