package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// installation is the state of the offer to install the app.
type installation struct {
	offered   bool // the app can be installed, and is not
	manual    bool // the browser has no prompt for it: the user must use its menu
	hintShown bool // the hint for that is open
}

// OnAppInstallChange implements app.AppInstaller. It is called when the browser offers
// to install the app, and when it was installed.
func (p *Page) OnAppInstallChange(ctx app.Context) {
	if !p.checkInstall() {
		ctx.PreventUpdate()
	}
}

// checkInstall asks app.js, which received the browser's offer, and reports whether
// anything changed. It works before the page has a context.
func (p *Page) checkInstall() (changed bool) {
	before := p.install
	apple := app.Window().Get("goappIsAppleBrowser")
	p.install.offered = p.ctx.IsAppInstallable()
	p.install.manual = apple.Truthy() && apple.Invoke().Bool()
	return p.install != before
}

// installOffer returns the offer. It is below the list, where its appearance moves
// nothing.
func (p *Page) installOffer() app.UI {
	return app.If(p.install.offered, func() app.UI {
		return app.Elem("div").Class("offer").Body(
			button().ID("install").Attr("aria-expanded", p.install.hintShown).Text(string(msgs.Install)).OnClick(p.onInstall),
			app.Elem("p").ID("install-hint").Role("status").Text(p.installHint()),
		)
	})
}

func (p *Page) installHint() string {
	if p.install.hintShown {
		return string(msgs.InstallHint)
	}
	return ""
}

func (p *Page) onInstall(ctx app.Context, _ app.Event) {
	if p.install.manual {
		p.install.hintShown = !p.install.hintShown
		return
	}
	ctx.ShowAppInstallPrompt()
	p.install.offered = false // a browser allows one prompt for each of its offers
}
