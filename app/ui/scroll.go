package ui

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// changed has the list laid out and its cards moved once they are rendered.
func (p *Page) changed() {
	p.ctx.Defer(func(app.Context) {
		pad(p.window)
		p.motion.play()
		if p.layout.guessed && p.sheetLen() > 0 {
			p.ctx.Dispatch(func(app.Context) { p.relayout() })
		}
		p.scrolled() // nobody cared while the list was short
	})
}

// scrolled moves the window. It is called far more often than there is
// something to do, and then touches nothing.
func (p *Page) scrolled() {
	if p.sheetLen() < windowFrom {
		return
	}
	l := p.layout
	l.top = listTop()
	if windowOf(p.sheetLen(), l) == p.window {
		return
	}
	p.ctx.Dispatch(func(app.Context) {
		p.layout = l
		p.changed()
	})
}

// relayout asks the browser anew where things are.
func (p *Page) relayout() {
	if p.room == "" {
		return
	}
	p.layout = measure()
	p.changed()
}

func listTop() float64 {
	return byID("people").Call("getBoundingClientRect").Get("top").Float()
}

// measure asks the browser how it laid the list out; all cards have the same
// height.
func measure() layout {
	list := byID("people")
	first := list.Get("firstElementChild")
	if !first.Truthy() {
		return guess
	}
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
