package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared/client"
)

// badge puts the number of people on the icon of the installed app while it is
// known, where the browser can do that.
func (p *Page) badge() {
	n := 0
	if p.link.joined && !p.link.cut && p.link.state == client.Live {
		n = p.total
	}
	if n != p.badged {
		p.badged = n
		setBadge(n)
	}
}

// onPageHide takes the number off the icon: nobody would change it any more.
func (p *Page) onPageHide() {
	if p.badged != 0 {
		p.badged = 0
		setBadge(0)
	}
}

// setBadge sets the number on the icon; 0 takes it off (W3C, Badging API).
func setBadge(n int) {
	if navigator := app.Window().Get("navigator"); navigator.Get("setAppBadge").Truthy() {
		then(navigator.Call("setAppBadge", n), func(app.Value) {})
	}
}
