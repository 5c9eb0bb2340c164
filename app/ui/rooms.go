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
		links[i] = app.Li().Body(app.A().Class("button").Href(shared.RoomPath(base(), room)).Text(room))
	}
	field := app.Input().ID("room-field").Name("room").Type("text").Dir("ltr").
		Attr("autocomplete", "off").Attr("autocapitalize", "none").Attr("enterkeyhint", "go").Spellcheck(false).
		Aria("describedby", "room-error").AutoFocus(true).OnInput(p.onRoomType)
	if p.roomProblem != "" {
		field = field.Aria("invalid", true)
	}
	return []app.UI{
		app.H2().ID("panel-title").Text(say.RoomsTitle),
		app.Form().ID("room-form").Method("dialog").NoValidate(true).OnSubmit(p.onRoom).Body(
			app.Label().For("room-field").Text(say.RoomName),
			field,
			app.P().ID("room-error").Class("problem").Role("alert").Text(p.roomProblem),
			app.Div().Class("actions").Body(
				app.Button().Type("submit").Class("primary").Text(say.Go),
				app.Button().Type("button").Text(say.Cancel).OnClick(p.onPanelCancel),
			),
		),
		app.If(len(links) > 0, func() app.UI {
			return app.Nav().Aria("labelledby", "recent-title").Body(
				app.H3().ID("recent-title").Text(say.Recent),
				app.Ul().Class("recent").Role("list").OnClick(p.onRecent).Body(links...),
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
