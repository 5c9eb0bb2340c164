package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// checkForUpdate looks for a new version. go-app's own way would leave an error in the
// console where there is no network.
func checkForUpdate() {
	worker := app.Window().Get("navigator").Get("serviceWorker")
	if !worker.Truthy() {
		return
	}
	then(worker.Call("getRegistration"), func(registration app.Value) {
		if registration.Truthy() {
			then(registration.Call("update"), func(app.Value) {})
		}
	})
}

// updateNotice offers the new version, now or later.
func (p *Page) updateNotice() app.UI {
	return app.Elem("div").Class("notice").ID("update").Role("status").Body(
		app.Elem("p").Text(string(msgs.NewVersion)),
		button().Class("primary").ID("reload").Text(string(msgs.Reload)).OnClick(p.onReload),
		button().ID("later").Text(string(msgs.Later)).OnClick(p.onLater),
	)
}

func (p *Page) onReload(ctx app.Context, _ app.Event) {
	p.saveRoom()
	saveTyped()
	ctx.Reload()
}

func (p *Page) onLater(app.Context, app.Event) { p.update = false }
