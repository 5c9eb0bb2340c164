package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

const (
	arriveMS = 240
	slideMS  = 200
	easing   = "cubic-bezier(0.2, 0, 0, 1)"
)

// motion animates cards from their old to their new positions. go-app reuses elements in
// place, so that the element of one member becomes another's: positions are therefore
// recorded by member before a change (capture) and compared after the rendering (play).
type motion struct {
	before  map[string]point // nil if nothing is animated
	arrival map[string]bool
	skipped bool
}

type point struct{ x, y float64 }

// capture records where the cards are. Only the first call between two renderings sees
// the old document.
func (m *motion) capture() {
	if m.before != nil || m.skipped || reducedMotion() {
		return
	}
	m.before = map[string]point{}
	eachCard(func(id string, card app.Value) { m.before[id] = cardPosition(card) })
}

// arrived animates the appearance of a new card.
func (m *motion) arrived(id string) {
	if m.arrival == nil {
		m.arrival = map[string]bool{}
	}
	m.arrival[id] = true
}

// skip disables animation until the next rendering.
func (m *motion) skip() { *m = motion{skipped: true} }

// play starts the animations. It runs after the rendering.
func (m *motion) play() {
	if m.before != nil && !m.skipped {
		eachCard(func(id string, card app.Value) {
			was, known := m.before[id]
			switch {
			case m.arrival[id]:
				grow(card)
			case known:
				slide(card, was)
			}
		})
	}
	*m = motion{}
}

func grow(card app.Value) {
	animate(card, arriveMS,
		map[string]any{"opacity": 0, "transform": "scale(0.92)"},
		map[string]any{"opacity": 1, "transform": "none"})
	animate(card.Call("querySelector", ".face"), arriveMS,
		map[string]any{"transform": "scale(0.6)"},
		map[string]any{"transform": "scale(1.06)", "offset": 0.7},
		map[string]any{"transform": "none"})
}

func slide(card app.Value, was point) {
	is := cardPosition(card)
	if is == was {
		return
	}
	from := "translate(" + pixels(was.x-is.x) + "," + pixels(was.y-is.y) + ")"
	animate(card, slideMS, map[string]any{"transform": from}, map[string]any{"transform": "none"})
}

func animate(element app.Value, ms int, frames ...any) {
	element.Call("animate", frames, map[string]any{"duration": ms, "easing": easing})
}

// eachCard calls do for every card in the document, with the id of its member or ghost.
func eachCard(do func(id string, card app.Value)) {
	list := byID("people")
	if !list.Truthy() {
		return // this address has no room
	}
	cards := list.Get("children")
	for i := range cards.Length() {
		card := cards.Index(i)
		do(cardID(card), card)
	}
}

// cardID returns the id of the member or ghost of a card.
func cardID(card app.Value) string {
	data := card.Get("dataset")
	id := data.Get("member")
	if !id.Truthy() {
		id = data.Get("ghost")
	}
	return id.String()
}

func cardPosition(card app.Value) point {
	box := card.Call("getBoundingClientRect")
	return point{box.Get("left").Float(), box.Get("top").Float()}
}

func reducedMotion() bool {
	return app.Window().Call("matchMedia", "(prefers-reduced-motion: reduce)").Get("matches").Bool()
}
