package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// checkForUpdate asks for a new version. It does so itself, because go-app's
// own way leaves an error in the console where there is no network.
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

// updateNotice offers the new version, and takes "later" for an answer.
func (p *Page) updateNotice() app.UI {
	return app.Elem("div").Class("notice").ID("update").Role("status").Body(
		app.Elem("p").Text(string(say.NewVersion)),
		button().Class("primary").ID("reload").Text(string(say.Reload)).OnClick(p.onReload),
		button().ID("later").Text(string(say.Later)).OnClick(p.onLater),
	)
}

func (p *Page) onReload(ctx app.Context, _ app.Event) {
	p.store()
	keepTyped()
	ctx.Reload()
}

func (p *Page) onLater(app.Context, app.Event) { p.update = false }
