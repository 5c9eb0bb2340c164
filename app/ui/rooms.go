package ui

import (
	"net/url"
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

const (
	roomsItem = "rollcall.rooms" // the rooms that this browser was in, latest first
	maxRecent = 6
)

// roomsFragment is the URL fragment that opens the choice of a room; the manifest has it
// as a shortcut.
const roomsFragment = "rooms"

// recentRooms returns the latest rooms, without the given one.
func recentRooms(but string) []string {
	rooms := slices.DeleteFunc(strings.Fields(local.get(roomsItem)), func(room string) bool {
		return room == but || shared.CheckRoom(room) != nil
	})
	return rooms[:min(len(rooms), maxRecent)]
}

// rememberRoom puts a room at the head of the recent ones.
func rememberRoom(room string) {
	local.set(roomsItem, strings.Join(append([]string{room}, recentRooms(room)...), " "))
}

// roomChoice returns the panel that leads to other rooms.
func (p *Page) roomChoice() []app.UI {
	recent := recentRooms(p.room)
	links := make([]app.UI, len(recent))
	for i, room := range recent {
		links[i] = app.Elem("li").Body(app.Elem("a").Class("button").Attr("href", shared.RoomPath(base(), room)).Dir("auto").Text(room))
	}
	return []app.UI{
		app.Elem("h2").ID("panel-title").Text(string(msgs.RoomsTitle)),
		nameForm("room-form").OnSubmit(p.onRoomSubmit).Body(
			labelOf("room", string(msgs.RoomName)),
			textField("room", p.roomProblem).Attr("enterkeyhint", "go").Spellcheck(false).Attr("autofocus", true).OnInput(p.onRoomInput),
			problemOf("room", p.roomProblem),
			app.Elem("div").Class("actions").Body(
				app.Elem("button").Attr("type", "submit").Class("primary").Text(string(msgs.Go)),
				button().Text(string(msgs.Cancel)).OnClick(p.onPanelCancel),
			),
		),
		app.If(len(links) > 0, func() app.UI {
			return app.Elem("nav").Attr("aria-labelledby", "recent-title").Body(
				app.Elem("h3").ID("recent-title").Text(string(msgs.Recent)),
				app.Elem("ul").Class("recent").Role("list").Attr("aria-labelledby", "recent-title").OnClick(p.onRecent).Body(links...),
			)
		}),
	}
}

func (p *Page) onRoomInput(app.Context, app.Event) { p.roomProblem = "" }

// onRoomSubmit opens the room of the title that was typed. The server makes the room's
// name of it, unless it is one.
func (p *Page) onRoomSubmit(_ app.Context, e app.Event) {
	e.PreventDefault()
	title := textIn("room")
	room := title
	if p.conn.offline {
		room = strings.ToLower(title)
	}
	switch {
	case title == "":
		p.roomProblem = string(msgs.BlankRoom)
	case shared.CheckRoom(room) == nil && len(url.PathEscape(room)) == len(room): // in ASCII
		navigate(shared.RoomPath(base(), room))
		return
	case p.conn.offline:
		p.roomProblem = string(msgs.Unreachable)
	default:
		navigate(shared.OpenPath(base()) + "?" + url.Values{shared.TitleParam: {title}}.Encode())
		return
	}
	byID("room-field").Call("focus")
}

// onRecent opens a recent room with a full navigation, so that the server's page shows
// who is there. go-app would change the room within the open page.
func (p *Page) onRecent(_ app.Context, e app.Event) {
	link := e.Get("target").Call("closest", "a")
	if !link.Truthy() || e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool() || e.Get("shiftKey").Bool() {
		return
	}
	e.PreventDefault()
	e.Call("stopPropagation")
	navigate(link.Get("pathname").String())
}

// navigate opens another page of this server.
func navigate(path string) { app.Window().Get("location").Call("assign", path) }
