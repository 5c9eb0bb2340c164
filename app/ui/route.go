package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// Route makes every address a Page, which tells the address of a room from one that is
// none. It also prepares the browser; call it once, before app.RunWhenOnBrowser.
func Route() {
	replaceBlockedStorage()
	app.RouteWithRegexp("^/", newPage)
}

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
	return app.Elem("div").Class("page").Body(
		app.Elem("header").Body(
			app.Elem("div").Class("brand").Body(app.Elem("b").Text("Rollcall")),
			app.Elem("h1").Text(string(say.LostTitle)),
		),
		app.Elem("main").Class("lost").Body(
			app.Elem("p").Body(app.Text(say.LostRoom.Before()), exampleRoom(), app.Text(say.LostRoom.After())),
			app.Elem("p").Body(app.Elem("a").Class("button", "primary").Attr("href", base()).Text(string(say.Lobby))),
		),
	)
}

func exampleRoom() app.UI {
	path := shared.RoomPath(base(), "standup")
	return app.Elem("a").Attr("href", path).Dir("ltr").Text(path)
}
