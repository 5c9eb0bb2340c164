package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// installation is what the page knows of its way to the home screen.
type installation struct {
	offered bool // it can be installed, and is not
	byHand  bool // the browser has no way that a page could take: the person has to
	told    bool // how
}

// OnAppInstallChange is called when the browser offers to install the page, or
// it was installed.
func (p *Page) OnAppInstallChange(ctx app.Context) {
	if !p.checkInstall() {
		ctx.PreventUpdate()
	}
}

// checkInstall asks app.js, which caught the browser's offer, and reports whether it
// says something new. It may be asked before there is a context.
func (p *Page) checkInstall() (changed bool) {
	before := p.install
	apple := app.Window().Get("goappIsAppleBrowser")
	p.install.offered = p.ctx.IsAppInstallable()
	p.install.byHand = apple.Truthy() && apple.Invoke().Bool()
	return p.install != before
}

// installOffer stands under the sheet, where it is in nobody's way and moves
// nothing when it comes.
func (p *Page) installOffer() app.UI {
	return app.If(p.install.offered, func() app.UI {
		return app.Elem("div").Class("offer").Body(
			button().ID("install").Attr("aria-expanded", p.install.told).Text(string(say.Install)).OnClick(p.onInstall),
			app.Elem("p").ID("install-hint").Role("status").Text(p.installHint()),
		)
	})
}

func (p *Page) installHint() string {
	if p.install.told {
		return string(say.InstallHint)
	}
	return ""
}

func (p *Page) onInstall(ctx app.Context, _ app.Event) {
	if p.install.byHand {
		p.install.told = !p.install.told
		return
	}
	ctx.ShowAppInstallPrompt()
	p.install.offered = false // the browser lets it be shown once; it offers again if it likes
}
