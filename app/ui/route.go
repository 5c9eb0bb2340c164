package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// RegisterRoutes registers Page for every address, and prepares the browser. Call it
// once, before app.RunWhenOnBrowser.
func RegisterRoutes() {
	replaceBlockedStorage()
	app.RouteWithRegexp("^/", newPage)
}

func newPage() app.Composer { return &Page{} }

// roomAt returns the room at the given path, or "".
func roomAt(path string) string {
	if path == base() {
		return shared.Lobby
	}
	room, ok := strings.CutPrefix(path, base()+"r/")
	if !ok || shared.CheckRoom(room) != nil {
		return ""
	}
	return room
}

// notFoundPage returns the page for an address without a room. It is seen only offline:
// otherwise the server answers.
func notFoundPage() app.UI {
	return pageBox().Body(
		app.Elem("header").Body(
			app.Elem("div").Class("brand").Body(app.Elem("b").Text("Rollcall")),
			app.Elem("h1").Text(string(msgs.LostTitle)),
		),
		app.Elem("main").Class("lost").Body(
			app.Elem("p").Body(app.Elem("a").Class("button", "primary").Attr("href", base()).Text(string(msgs.Lobby))),
		),
	)
}
