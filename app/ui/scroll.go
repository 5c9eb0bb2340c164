package ui

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// changed has the list laid out and its cards moved once they are rendered.
func (p *Page) changed() {
	p.ctx.Defer(func(app.Context) {
		pad(p.window)
		p.scrollOn()
		p.motion.play()
		p.place()
		if p.layout.guessed && p.sheet.len() > 0 {
			p.ctx.Dispatch(func(app.Context) { p.relayout() })
		}
		p.scrolled() // nobody cared while the list was short
	})
}

// scrolled moves the window. It is called far more often than there is
// something to do, and then touches nothing.
func (p *Page) scrolled() {
	if max(p.sheet.len(), p.total) < windowFrom {
		return
	}
	l := p.layout
	l.top = listTop()
	if p.windowFor(l) == p.window {
		return
	}
	p.ctx.Dispatch(func(app.Context) {
		p.layout = l
		p.changed()
	})
}

// windowFor is the window in a layout.
func (p *Page) windowFor(l layout) window { return windowOf(p.sheet.len(), p.total, l) }

// relayout asks the browser anew where things are.
func (p *Page) relayout() {
	if p.room == "" {
		return
	}
	p.layout = measure()
	p.changed()
}

// held is the first line of cards on the screen, by one who stands there.
type held struct {
	user  shared.User
	line  int
	valid bool
}

// hold notes what the person looks at, before cards come and go above it. Who
// sees the beginning of the list goes on seeing that.
func (p *Page) hold() (h held) {
	if p.layout.guessed || p.layout.pitch <= 0 || p.ctx.Context == nil {
		return h
	}
	p.layout.top = listTop()
	h.line = int(-p.layout.top / p.layout.pitch)
	first := h.line * p.layout.columns
	if p.layout.top >= 0 || first >= p.sheet.len() {
		return h
	}
	h.user, h.valid = p.sheet.rows(first, first+1)[0].user, true
	return h
}

// keep has the page scrolled so that what was held stays where it was.
func (p *Page) keep(h held) {
	if !h.valid {
		return
	}
	by := float64(p.sheet.index(h.user)/p.layout.columns-h.line) * p.layout.pitch
	p.layout.top -= by
	p.shift += by
}

// scrollOn scrolls as keep wanted, now that the cards are there.
func (p *Page) scrollOn() {
	if p.shift != 0 {
		app.Window().Call("scrollBy", 0, p.shift)
		p.shift = 0
	}
}

// toTop shows the beginning of a list that has become another.
func (p *Page) toTop() {
	if top := listTop(); top < 0 {
		app.Window().Call("scrollBy", 0, top-listMargin)
	}
	p.layout.top = listTop()
	p.changed()
}

// reveal scrolls the card at an index of the sheet onto the screen.
func (p *Page) reveal(index int) {
	p.layout.top = listTop()
	top := p.layout.top + float64(index/p.layout.columns)*p.layout.pitch
	if top >= 0 && top+p.layout.pitch <= p.layout.height {
		return
	}
	app.Window().Call("scrollBy", 0, top-p.layout.height/4)
	p.layout.top = listTop()
	p.changed()
}

// listMargin is what is left above the list where it is scrolled to, in CSS pixels.
const listMargin = 80

func listTop() float64 {
	return byID("people").Call("getBoundingClientRect").Get("top").Float()
}

// measure asks the browser how it laid the list out; all cards have the same
// height.
func measure() layout {
	first := one("#people > li")
	if !first.Truthy() {
		return guess
	}
	list := first.Get("parentElement")
	style := app.Window().Call("getComputedStyle", list)
	gap, _ := strconv.ParseFloat(strings.TrimSuffix(style.Get("rowGap").String(), "px"), 64)
	return layout{
		columns: len(strings.Fields(style.Get("gridTemplateColumns").String())),
		pitch:   first.Call("getBoundingClientRect").Get("height").Float() + gap,
		top:     listTop(),
		height:  app.Window().Get("innerHeight").Float(),
	}
}

// pad makes room for the cards that are not in the document.
func pad(w window) {
	list := byID("people")
	if !list.Truthy() {
		return
	}
	style := list.Get("style")
	style.Set("paddingBlockStart", pixels(w.before))
	style.Set("paddingBlockEnd", pixels(w.after))
}

func pixels(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) + "px" }
