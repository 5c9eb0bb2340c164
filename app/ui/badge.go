package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// badge shows the number of members on the icon of the installed app while the
// connection is live. Browsers without the Badging API show none.
func (p *Page) badge() {
	n := 0
	if p.conn.connected() && !p.conn.offline {
		n = p.total
	}
	if n != p.badgeCount {
		p.badgeCount = n
		setBadge(n)
	}
}

// retitle writes the number of people, while it is known, and the room into the title of
// the tab.
func (p *Page) retitle(now time.Time) {
	title := p.roomTitle() + " · Rollcall"
	if p.total >= 0 && !p.conn.stale(now) {
		title = "(" + msgs.Number(p.total) + ") " + title
	}
	if title != p.title {
		p.title = title
		document().Set("title", title)
	}
}

// onPageHide removes the number from the icon, since nobody would update it any more.
func (p *Page) onPageHide() {
	if p.badgeCount != 0 {
		p.badgeCount = 0
		setBadge(0)
	}
}

// setBadge sets the number on the app's icon; 0 removes it (W3C Badging API).
func setBadge(n int) {
	if navigator := app.Window().Get("navigator"); navigator.Get("setAppBadge").Truthy() {
		then(navigator.Call("setAppBadge", n), func(app.Value) {})
	}
}
