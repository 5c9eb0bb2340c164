package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

const (
	arriveMS = 240
	slideMS  = 200
	easing   = "cubic-bezier(0.2, 0, 0, 1)"
)

// motion moves cards from where they were to where they are. go-app changes
// what an element says rather than its place, so that the element of one
// person becomes another's: what moves is therefore kept by person, read from
// the document before a change (mark) and compared with it after (play).
type motion struct {
	was     map[string]point // nil if nothing shall move
	arrival map[string]bool
	storm   bool
}

type point struct{ x, y float64 }

// mark notes where the cards are. Only the first mark between two renderings
// sees the document as it was.
func (m *motion) mark() {
	if m.was != nil || m.storm || reducedMotion() {
		return
	}
	m.was = map[string]point{}
	eachCard(func(id string, card app.Value) { m.was[id] = place(card) })
}

// arrived has a new card grow from its place.
func (m *motion) arrived(id string) {
	if m.arrival == nil {
		m.arrival = map[string]bool{}
	}
	m.arrival[id] = true
}

// drop forgets all until the next rendering: too much has happened to watch.
func (m *motion) drop() { *m = motion{storm: true} }

// play runs after the rendering.
func (m *motion) play() {
	if m.was != nil && !m.storm {
		eachCard(func(id string, card app.Value) {
			was, known := m.was[id]
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
	animate(card.Get("firstElementChild"), arriveMS,
		map[string]any{"transform": "scale(0.6)"},
		map[string]any{"transform": "scale(1.06)", "offset": 0.7},
		map[string]any{"transform": "none"})
}

func slide(card app.Value, was point) {
	is := place(card)
	if is == was {
		return
	}
	from := "translate(" + pixels(was.x-is.x) + "," + pixels(was.y-is.y) + ")"
	animate(card, slideMS, map[string]any{"transform": from}, map[string]any{"transform": "none"})
}

func animate(element app.Value, ms int, frames ...any) {
	element.Call("animate", frames, map[string]any{"duration": ms, "easing": easing})
}

// eachCard calls do for every card in the document and the id of the member
// that it is, or was, of.
func eachCard(do func(id string, card app.Value)) {
	list := byID("people")
	if !list.Truthy() {
		return // no room at this address
	}
	cards := list.Get("children")
	for i := range cards.Length() {
		card := cards.Index(i)
		data := card.Get("dataset")
		id := data.Get("member")
		if !id.Truthy() {
			id = data.Get("ghost")
		}
		do(id.String(), card)
	}
}

func place(card app.Value) point {
	box := card.Call("getBoundingClientRect")
	return point{box.Get("left").Float(), box.Get("top").Float()}
}

func reducedMotion() bool {
	return app.Window().Call("matchMedia", "(prefers-reduced-motion: reduce)").Get("matches").Bool()
}
