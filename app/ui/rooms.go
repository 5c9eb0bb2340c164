package ui

import (
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

const (
	roomsItem  = "rollcall.rooms" // the rooms that this browser was in, the latest first
	mostRecent = 6
)

// roomsFragment of an address opens the choice of a room: the manifest has it as
// a shortcut.
const roomsFragment = "rooms"

// recentRooms is where the person was, but for the room that is open.
func recentRooms(but string) []string {
	rooms := slices.DeleteFunc(strings.Fields(local.get(roomsItem)), func(room string) bool {
		return room == but || shared.CheckRoom(room) != nil
	})
	return rooms[:min(len(rooms), mostRecent)]
}

// remember puts a room to the others.
func remember(room string) {
	local.set(roomsItem, strings.Join(append([]string{room}, recentRooms(room)...), " "))
}

// roomChoice is the way to another room.
func (p *Page) roomChoice() []app.UI {
	recent := recentRooms(p.room)
	links := make([]app.UI, len(recent))
	for i, room := range recent {
		links[i] = app.Elem("li").Body(app.Elem("a").Class("button").Attr("href", shared.RoomPath(base(), room)).Text(room))
	}
	field := app.Elem("input").ID("room-field").Attr("name", "room").Attr("type", "text").Dir("ltr").
		Attr("autocomplete", "off").Attr("autocapitalize", "none").Attr("enterkeyhint", "go").Spellcheck(false).
		Attr("aria-describedby", "room-error").Attr("autofocus", true).OnInput(p.onRoomType)
	if p.roomProblem != "" {
		field = field.Attr("aria-invalid", true)
	}
	return []app.UI{
		app.Elem("h2").ID("panel-title").Text(string(say.RoomsTitle)),
		app.Elem("form").ID("room-form").Attr("method", "dialog").Attr("novalidate", true).OnSubmit(p.onRoom).Body(
			app.Elem("label").Attr("for", "room-field").Text(string(say.RoomName)),
			field,
			app.Elem("p").ID("room-error").Class("problem").Role("alert").Text(p.roomProblem),
			app.Elem("div").Class("actions").Body(
				app.Elem("button").Attr("type", "submit").Class("primary").Text(string(say.Go)),
				button().Text(string(say.Cancel)).OnClick(p.onPanelCancel),
			),
		),
		app.If(len(links) > 0, func() app.UI {
			return app.Elem("nav").Attr("aria-labelledby", "recent-title").Body(
				app.Elem("h3").ID("recent-title").Text(string(say.Recent)),
				app.Elem("ul").Class("recent").Role("list").OnClick(p.onRecent).Body(links...),
			)
		}),
	}
}

func (p *Page) onRoomType(app.Context, app.Event) { p.roomProblem = "" }

// onRoom goes to the room whose name was typed. What people would write, in
// capitals or with spaces, is made a name.
func (p *Page) onRoom(_ app.Context, e app.Event) {
	e.PreventDefault()
	typed := strings.ToLower(byID("room-field").Get("value").String())
	room := strings.Join(strings.FieldsFunc(typed, func(r rune) bool { return r == ' ' || r == '_' }), "-")
	if shared.CheckRoom(room) != nil {
		p.roomProblem = string(say.RoomRule)
		byID("room-field").Call("focus")
		return
	}
	visit(shared.RoomPath(base(), room))
}

// onRecent follows a link as a browser does by itself: the server then tells
// who is there. go-app would change the room in the open page.
func (p *Page) onRecent(_ app.Context, e app.Event) {
	link := e.Get("target").Call("closest", "a")
	if !link.Truthy() || e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool() || e.Get("shiftKey").Bool() {
		return
	}
	e.PreventDefault()
	e.Call("stopPropagation")
	visit(link.Get("pathname").String())
}

// visit opens another page of this server.
func visit(path string) { app.Window().Get("location").Call("assign", path) }
