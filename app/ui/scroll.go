package ui

import (
	"sort"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// listChanged updates layout, scroll position and animation after the next rendering.
func (p *Page) listChanged() {
	p.ctx.Defer(func(app.Context) {
		padList(p.window)
		p.applyScroll()
		if p.restoredQuery != "" {
			byID("search").Set("value", p.restoredQuery)
			p.restoredQuery = ""
		}
		p.motion.play()
		p.placeDialog()
		if p.layout.guessed && p.memberList.len() > 0 {
			p.ctx.Dispatch(func(app.Context) { p.relayout() })
		}
		p.scrolled() // short lists ignored scrolling
	})
}

// scrolled moves the window after scrolling. It is called far more often than necessary,
// and then changes nothing.
func (p *Page) scrolled() {
	if !p.windowed() {
		return
	}
	l := p.layout
	if l.top = listTop(); l.top >= 0 {
		l.lead = 0
	}
	if p.windowFor(l) == p.window {
		return
	}
	p.ctx.Dispatch(func(app.Context) {
		p.layout = l
		p.listChanged()
	})
}

// windowFor returns the window for a layout.
func (p *Page) windowFor(l layout) window {
	if p.printing {
		return window{last: p.memberList.len()}
	}
	return windowOf(p.memberList.len(), p.total, l)
}

// relayout measures the list again.
func (p *Page) relayout() {
	if p.room == "" {
		return
	}
	l := measure()
	if l.columns == p.layout.columns {
		l.lead = p.layout.lead
	}
	p.layout = l
	p.listChanged()
}

// scrollAnchor is what stays in place on the screen while the list changes: of several
// cards the first that is still in it.
type scrollAnchor struct {
	rows  []row   // of the cards from a visible line on; none for no anchor
	place int     // of the first of them in the grid, counted from its beginning
	top   float64 // of the first of them, relative to the screen, in a list without a window
}

// anchorScroll records what the user looks at, before cards are added or removed above
// it. The beginning of the list needs no anchor: it stays in view.
func (p *Page) anchorScroll() (h scrollAnchor) {
	if p.layout.guessed || p.layout.pitch <= 0 || p.ctx.Context == nil {
		return h
	}
	if p.layout.top = listTop(); p.layout.top >= 0 {
		return h
	}
	if !p.windowed() {
		p.layout.lead = 0
		return p.anchorCard()
	}
	line := int(-p.layout.top / p.layout.pitch)
	if line > 0 { // the middle of the screen; near the beginning, that has to stay at the top
		line = int((p.layout.height/2 - p.layout.top) / p.layout.pitch)
	}
	last := (p.layout.lead + p.memberList.len() - 1) / p.layout.columns
	first := max(min(line, last)*p.layout.columns-p.layout.lead, 0)
	h.rows, h.place = p.memberList.rows(first, first+2*p.layout.columns), first+p.layout.lead
	return h
}

// windowed reports whether only a part of the list is in the document. Its cards have the
// same height; those of a shorter list have the height of their text.
func (p *Page) windowed() bool { return max(p.memberList.len(), p.total) >= windowFrom }

// anchorCard returns the first card of the document that is on the screen.
func (p *Page) anchorCard() (h scrollAnchor) {
	cards := byID("people").Get("children")
	box := func(i int) app.Value { return cards.Index(i).Call("getBoundingClientRect") }
	n := min(cards.Length(), p.memberList.len())
	i := sort.Search(n, func(i int) bool { return box(i).Get("bottom").Float() > 0 })
	if i == n {
		return h
	}
	return scrollAnchor{rows: p.memberList.rows(i, i+1), place: i, top: box(i).Get("top").Float()}
}

// restoreScroll schedules the scrolling that keeps the anchor where it was. In a list with
// several columns the anchor also keeps its column, and so do all cards after it: for that
// the grid begins with as many empty places as it takes, which are above the screen.
func (p *Page) restoreScroll(h scrollAnchor) {
	switch {
	case len(h.rows) == 0:
		p.layout.lead = 0
	case !p.windowed():
		p.ctx.Defer(func(app.Context) {
			if li := cardOf(h.rows[0].user.ID); li.Truthy() {
				app.Window().Call("scrollBy", 0, li.Call("getBoundingClientRect").Get("top").Float()-h.top)
			}
		})
	default:
		index, was := p.anchored(h)
		columns := p.layout.columns
		p.layout.lead = ((was-index)%columns + columns) % columns
		by := float64((index+p.layout.lead)/columns-was/columns) * p.layout.pitch
		p.layout.top -= by
		p.pendingScroll += by
	}
}

// anchored returns the index of the first of an anchor's cards that is still in the list,
// and the place that it had. If all have gone, it returns where the first would be.
func (p *Page) anchored(h scrollAnchor) (index, was int) {
	for i, r := range h.rows {
		index = p.memberList.index(r.user)
		if now := p.memberList.rows(index, index+1); len(now) == 1 && now[0].user.ID == r.user.ID {
			return index, h.place + i
		}
	}
	return p.memberList.index(h.rows[0].user), h.place
}

// applyScroll scrolls as restoreScroll has scheduled, now that the cards are rendered.
func (p *Page) applyScroll() {
	if p.pendingScroll != 0 {
		app.Window().Call("scrollBy", 0, p.pendingScroll)
		p.pendingScroll = 0
	}
}

// scrollToTop shows the beginning of a list with another order or search.
func (p *Page) scrollToTop() {
	if top := listTop(); top < 0 {
		app.Window().Call("scrollBy", 0, top-listMargin-announcementHeight())
	}
	p.layout.top, p.layout.lead = listTop(), 0
	p.listChanged()
}

// listMargin is the space above the list after scrolling to it, in CSS pixels, without that
// of an announcement.
const listMargin = 80

func listTop() float64 {
	return byID("people").Call("getBoundingClientRect").Get("top").Float()
}

// measure reads the layout of the list from the browser. The cards of a window have the
// same height.
func measure() layout {
	first := query("#people > li")
	if !first.Truthy() {
		return guessedLayout
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

// padList reserves the space of the cards that are not in the document.
func padList(w window) {
	list := byID("people")
	if !list.Truthy() {
		return
	}
	style := list.Get("style")
	style.Set("paddingBlockStart", pixels(w.before))
	style.Set("paddingBlockEnd", pixels(w.after))
	style.Call("setProperty", "--first", w.lead+1)
}

func pixels(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) + "px" }
