package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// knock is how the user stands at a locked room.
type knock struct {
	name  string    // under which the user waits to be let in; "" if it does not
	until time.Time // when it may knock again; zero unless it was refused
}

// canKnock reports whether the form knocks, where it would join otherwise.
func (p *Page) canKnock() bool { return p.client != nil && p.lockedOut() }

// joinButton returns the button that submits the form for a name.
func (p *Page) joinButton(now time.Time) app.UI {
	b, text := app.Elem("button").Attr("type", "submit").Class("primary"), string(msgs.Join)
	if p.lockedOut() {
		text = cmp.Or(hosting("knock"), text)
		if p.knock.name != "" || now.Before(p.knock.until) {
			b = b.Attr("disabled", true)
		}
	}
	return b.Text(text)
}

// lockedText says that the room is locked, and what became of a knock.
func (p *Page) lockedText(now time.Time) string {
	switch {
	case p.knock.name != "":
		return hosting("knocked")
	case now.Before(p.knock.until):
		return hosting("refused")
	}
	return errorText(shared.CodeLocked)
}

// startKnocking waits to be let in under a valid name.
func (p *Page) startKnocking(name string) {
	p.takeKey()
	p.watch()
	if p.client == nil || p.client.Knock(p.ctx, name) != nil {
		return
	}
	p.knock, p.dialog.draft = knock{name: name}, draftOf(name)
	p.focusSoon("stop-knocking") // the button that had the focus does nothing now
}

func (p *Page) onStopKnocking(app.Context, app.Event) {
	_ = p.client.Knock(p.ctx, "") // the text is gone with the client
	p.endKnock()
}

// endKnock shows the form as it was before the user knocked.
func (p *Page) endKnock() {
	if focusedID() == "stop-knocking" {
		p.focusSoon("name-field")
	}
	p.knock = knock{}
}

// focusSoon focuses an element that is there after the next rendering, if it is.
func (p *Page) focusSoon(id string) {
	p.ctx.Defer(func(app.Context) {
		if e := byID(id); e.Truthy() {
			e.Call("focus", map[string]any{"preventScroll": true})
		}
	})
}

// onKnockAnswered shows the answer to the knock. The client joins by itself.
func (p *Page) onKnockAnswered(e shared.KnockAnswered) {
	name := p.knock.name
	p.endKnock()
	switch again := time.Duration(e.AgainMS) * time.Millisecond; {
	case name == "":
	case e.LetIn:
		p.undo = nil
		p.setDialog(dialog{})
		p.entered(name)
		p.focusRoom()
	case again > 0:
		p.knock.until = time.Now().Add(again)
		p.ctx.After(again, func(app.Context) {}) // shows the form as it is then
	}
}

// onKnocks takes over who knocks, and has screen readers read out who is new there.
func (p *Page) onKnocks(e shared.Knocks) {
	var news []string
	for _, k := range e.Knocks {
		if !slices.ContainsFunc(p.knocks, func(known shared.Knocker) bool { return known.ID == k.ID }) {
			news = append(news, knocksText(k))
		}
	}
	if len(news) > 0 {
		p.announcer.announce(strings.Join(news, " "))
	}
	p.keepList()
	p.knocks = e.Knocks
}

func knocksText(k shared.Knocker) string {
	return i18n.Text(hosting("knocks")).With("name", i18n.Isolate(k.Name))
}

// knocksBar returns who knocks, for a host to let in.
func (p *Page) knocksBar() app.UI {
	lines := make([]app.UI, len(p.knocks))
	for i, k := range p.knocks {
		who := "knock-" + k.ID
		answer := func(what string) app.UI {
			id := what + "-" + k.ID
			return button().ID(id).Class(what).Attr("aria-labelledby", id+" "+who).Text(hosting(what))
		}
		lines[i] = box("li", "", label("span", "", knocksText(k)).ID(who), answer("let-in"), answer("not-now")).Attr("data-knock", k.ID)
	}
	return box("ul", "", lines...).ID("knocks").Attr("aria-label", hosting("who-knocks")).Attr("tabindex", -1).OnClick(p.onAnswerKnock)
}

// onAnswerKnock answers the knock whose button was clicked. The second click of two would be
// on the button of whoever has moved there.
func (p *Page) onAnswerKnock(_ app.Context, e app.Event) {
	b := e.Get("target").Call("closest", "button")
	if !b.Truthy() || e.Get("detail").Int() > 1 {
		return
	}
	id := b.Call("closest", "li").Get("dataset").Get("knock").String()
	if p.client.AnswerKnock(p.ctx, id, b.Call("matches", ".let-in").Bool()) != nil {
		return // there is no connection, which the page says
	}
	if len(p.knocks) > 1 {
		byID("knocks").Call("focus")
		return
	}
	query("h1").Call("focus", map[string]any{"preventScroll": true})
}
