package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// notifyItem is "on" if the user wants notifications of arrivals.
const notifyItem = "rollcall.notify"

// notifyButton returns the switch for notifications of arrivals while the page is
// hidden, which says how it stands. Where the browser has none, the button is there but
// invisible, so that nothing moves.
func (p *Page) notifyButton() app.UI {
	b := button().ID("notify").Class("icon").Attr("aria-pressed", p.notify).OnClick(p.onNotify)
	if p.permission == "" {
		b = b.Attr("aria-label", string(msgs.Notify)).Title(string(msgs.Notify)).Attr("disabled", true)
	} else {
		b = b.Attr("aria-label", p.notifyText()).Title(p.notifyText()).Attr("data-permission", p.permission)
	}
	return b.Body(app.Raw(notifyIcon))
}

// notifyText says whether arrivals are notified, and if not why.
func (p *Page) notifyText() string {
	state := msgs.NotifyOff
	switch {
	case p.permission == "denied":
		return string(msgs.NotifyBlocked)
	case p.permission == "default":
		state = msgs.NotifyUnasked
	case p.notify:
		state = msgs.NotifyOn
	}
	return string(msgs.Notify) + " (" + string(state) + ")"
}

// notifyNews returns what is said below the button after it was pressed.
func (p *Page) notifyNews() app.UI {
	return label("p", "tip", p.notifyText()).ID("notify-news").Attr("aria-hidden", true) // screen readers are told by the announcer
}

const notifyIcon = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 10a6 6 0 0 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7Z"></path><path d="M10 20a2 2 0 0 0 4 0"></path><path d="M4 4l16 16"></path></svg>`

// permission returns the browser's permission for notifications: "granted", "denied",
// "default" (not asked yet), or "" if there are no notifications.
func permission() string {
	n := app.Window().Get("Notification")
	if !n.Truthy() || !app.Window().Get("navigator").Get("serviceWorker").Truthy() {
		return ""
	}
	return n.Get("permission").String()
}

// readNotify reads the choice of an earlier visit or of another window, and what the
// browser allows now.
func (p *Page) readNotify() {
	p.permission = permission()
	p.notify = p.permission == "granted" && local.get(notifyItem) == "on"
}

// notifyNewsFor is how long the page says what pressing the button has done.
const notifyNewsFor = 8 * time.Second

func (p *Page) onNotify(app.Context, app.Event) {
	if p.notify {
		p.setNotify(false)
		return
	}
	then(app.Window().Get("Notification").Call("requestPermission"), func(app.Value) {
		p.ctx.Dispatch(func(app.Context) { p.setNotify(permission() == "granted") })
	})
}

// setNotify switches notifications, and says how that stands.
func (p *Page) setNotify(on bool) {
	if on {
		local.set(notifyItem, "on")
	} else {
		local.del(notifyItem)
	}
	p.readNotify()
	p.announcer.announce(p.notifyText())
	until := time.Now().Add(notifyNewsFor)
	p.notifyNewsUntil = until
	p.ctx.After(notifyNewsFor, func(app.Context) {
		if p.notifyNewsUntil == until {
			p.notifyNewsUntil = time.Time{}
		}
	})
}

// notifyArrivals shows a silent notification of arrivals while the page is hidden. It
// replaces an earlier one of the same room.
func (p *Page) notifyArrivals(arrived []string) {
	if !p.notify || !p.conn.joined || len(arrived) == 0 || p.activity.hiddenSince.IsZero() {
		return
	}
	path := shared.RoomPath(base(), p.room)
	options := map[string]any{
		"body":   p.roomTitle(),
		"tag":    "rollcall" + path,
		"silent": true,
		"lang":   msgs.Lang,
		"dir":    msgs.Dir,
		"data":   map[string]any{"path": path, "paths": map[string]any{}}, // the format that the worker reads
	}
	then(app.Window().Get("navigator").Get("serviceWorker").Get("ready"), func(registration app.Value) {
		then(registration.Call("showNotification", arrivedText(arrived), options), func(app.Value) {})
	})
}
