package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// What keeps the user from being in the room, as the attribute data-problem names it.
// Problems of the program itself are in web/start.js.
const (
	problemNetwork = "network" // the server does not answer
	problemBlocked = "blocked" // the server answers, but no live connection can be made
	problemFull    = "full"
	problemLocked  = "locked" // nobody new is let in
	problemBanned  = "banned"
	problemSignIn  = "sign-in"
)

// blockedAfter is how many attempts in a row must fail, while the server answers, until
// live connections count as blocked. A single one fails when a server has just
// restarted.
const blockedAfter = 2

// problem returns the present problem, or "".
func (p *Page) problem(now time.Time) string {
	full := p.conn.lastError == shared.CodeRoomFull || p.conn.lastError == shared.CodeServerFull
	switch {
	case p.conn.connected():
		return ""
	case p.conn.joined && full:
		return problemFull
	case !p.conn.joined && p.ended.Code == shared.CodeBanned:
		return problemBanned
	case !p.conn.joined && p.lockedOut():
		return problemLocked
	case !p.canConnect(), p.conn.joined && p.server.refused >= blockedAfter && p.conn.lastError == "":
		return problemBlocked
	case p.unreachable(now):
		return problemNetwork
	}
	return ""
}

// unreachable reports whether the server does not answer. A single failed poll does not
// count while the list is current.
func (p *Page) unreachable(now time.Time) bool {
	return p.server.failures > 1 || p.server.failures > 0 && (p.total < 0 || p.conn.stale(now))
}

// lockedOut reports whether the room is locked and the user is not in it, in another
// window either.
func (p *Page) lockedOut() bool {
	if !p.roster.Info().Locked {
		return p.conn.lastError == shared.CodeLocked
	}
	_, here := p.roster.Get(shared.MemberID(p.key))
	return !here
}

// canConnect reports whether the browser has WebSockets.
func (p *Page) canConnect() bool {
	return p.connect != nil || app.IsServer || app.Window().Get("WebSocket").Truthy()
}

func (p *Page) problemText(problem string, now time.Time) string {
	switch problem {
	case problemNetwork:
		if p.total < 0 {
			return string(msgs.Unseen)
		}
		return string(msgs.Unreachable)
	case problemBlocked:
		return string(msgs.Blocked)
	case problemFull:
		return errorText(p.conn.lastError)
	case problemLocked:
		return p.lockedText(now)
	case problemBanned:
		return p.putOutText()
	}
	return ""
}

// problemBox returns the box that names the problem, in the form that asks for a name
// or above the list, whichever the user sees. Both boxes are always in the document, so
// that no element changes its position.
func (p *Page) problemBox(now time.Time, inForm bool) app.UI {
	box := app.Elem("div").Class("trouble").Role("status")
	if inForm != (p.dialog.kind == dialogJoin) {
		return box
	}
	box = box.ID("problem")
	problem := p.problem(now)
	if problem == "" {
		return box
	}
	return box.Attr("data-problem", problem).Body(
		app.Elem("p").Text(p.problemText(problem, now)),
		app.If(inForm && problem == problemNetwork, func() app.UI {
			return button().ID("look").Text(string(msgs.TryNow)).OnClick(p.onPoll)
		}),
		app.If(inForm && p.knock.name != "", func() app.UI {
			return button().ID("stop-knocking").Text(hosting("stop-knocking")).OnClick(p.onStopKnocking)
		}),
	)
}

func (p *Page) onPoll(app.Context, app.Event) { p.checkConnection() }
