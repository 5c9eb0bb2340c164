package ui

import (
	"strings"
	"sync"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// Route makes the address that the browser is at a Page, and every other one
// soon: a Page tells the address of a room from one that is none. It also prepares
// the browser; call it once, before app.RunWhenOnBrowser.
func Route() {
	replaceBlockedStorage()
	app.Route(app.Window().URL().Path, newPage)
}

// routeAll makes every address a Page. It compiles the first regular expression
// of the program, which takes a slow phone a quarter of a second.
var routeAll = sync.OnceFunc(func() { app.RouteWithRegexp("^/", newPage) })

func newPage() app.Composer { return &Page{} }

// roomAt is the room whose page has the given path, or "".
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

// lost is the page of an address that no room has. It is seen only offline:
// else the server answers.
func lost() app.UI {
	return app.Div().Class("page").Body(
		app.Header().Body(
			app.Div().Class("brand").Body(app.B().Text("Rollcall")),
			app.H1().Text(say.LostTitle),
		),
		app.Main().Class("lost").Body(
			app.P().Body(app.Text(say.LostRoom.Before()), exampleRoom(), app.Text(say.LostRoom.After())),
			app.P().Body(app.A().Class("button", "primary").Href(base()).Text(say.Lobby)),
		),
	)
}

func exampleRoom() app.UI {
	path := shared.RoomPath(base(), "standup")
	return app.A().Href(path).Dir("ltr").Text(path)
}
