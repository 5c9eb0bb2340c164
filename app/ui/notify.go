package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// notifyItem is "on" where the person wants to be told who arrives.
const notifyItem = "rollcall.notify"

// bell is the choice to be told who arrives while the page is hidden. Where the
// browser can't, it is there and not to be seen, so that nothing moves.
func (p *Page) bell() app.UI {
	b := button().ID("notify").Class("icon").
		Attr("aria-label", string(say.Notify)).Attr("aria-pressed", p.notify).Title(string(say.Notify)).
		OnClick(p.onBell).
		Body(app.Raw(bellImage))
	if !p.canNotify {
		b = b.Attr("disabled", true)
	}
	return b
}

const bellImage = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 10a6 6 0 0 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7Z"></path><path d="M10 20a2 2 0 0 0 4 0"></path></svg>`

// permission is what the browser lets this site do: "granted", "denied",
// "default" for not yet asked, "" where there are no notifications.
func permission() string {
	n := app.Window().Get("Notification")
	if !n.Truthy() || !app.Window().Get("navigator").Get("serviceWorker").Truthy() {
		return ""
	}
	return n.Get("permission").String()
}

// readNotify is what was chosen on an earlier visit.
func (p *Page) readNotify() {
	now := permission()
	p.canNotify = now != ""
	p.notify = now == "granted" && local.get(notifyItem) == "on"
}

func (p *Page) onBell(app.Context, app.Event) {
	if p.notify {
		p.setNotify(false)
		return
	}
	then(app.Window().Get("Notification").Call("requestPermission"), func(answer app.Value) {
		granted := answer.String() == "granted"
		p.ctx.Dispatch(func(app.Context) {
			p.setNotify(granted)
			if !granted {
				p.news.say(string(say.NotifyBlocked))
			}
		})
	})
}

func (p *Page) setNotify(on bool) {
	p.notify = on
	if on {
		local.set(notifyItem, "on")
	} else {
		local.del(notifyItem)
	}
}

// notifyOf shows who arrived, if the person can't see it. It makes no sound, and
// a room's later notification takes the place of the one before.
func (p *Page) notifyOf(arrived []string) {
	if !p.notify || len(arrived) == 0 || p.activity.hidden.IsZero() {
		return
	}
	path := shared.RoomPath(base(), p.room)
	options := map[string]any{
		"body":   p.room,
		"tag":    "rollcall" + path,
		"silent": true,
		"lang":   say.Lang,
		"dir":    say.Dir,
		"data":   map[string]any{"path": path, "paths": map[string]any{}}, // as the worker reads it
	}
	then(app.Window().Get("navigator").Get("serviceWorker").Get("ready"), func(registration app.Value) {
		then(registration.Call("showNotification", comings(arrived), options), func(app.Value) {})
	})
}
