package ui

const (
	// windowFrom is the number of members from which only a part of the list is in the
	// document, so that an arrival costs no more than that part.
	windowFrom = 200
	// overscan is how many lines beyond either edge of the screen are in the document,
	// so that scrolling shows no blank space. The window moves in steps of half of it.
	overscan = 4
)

// layout is how the browser has laid the list out, in CSS pixels.
type layout struct {
	columns int
	pitch   float64 // from one line's top to the next
	top     float64 // of the list, relative to the screen; negative once scrolled
	height  float64 // of the screen
	lead    int     // empty places before the first card; see restoreScroll
	guessed bool    // there was no card to measure yet
}

// guessedLayout is the layout for the first cards, until they can be measured.
var guessedLayout = layout{columns: 3, pitch: 84, height: 900, guessed: true}

// window is the part of a long list that is in the document: the cards from first to
// last (exclusive), and the space of the others.
type window struct {
	first, last   int
	lead          int     // empty places before the first card
	before, after float64 // CSS pixels
}

// windowOf returns the window for a list of n cards in a room of people members. Without
// a layout, or in a small room, it is the whole list.
func windowOf(n, people int, l layout) window {
	if max(n, people) < windowFrom || l.columns < 1 || l.pitch <= 0 {
		return window{last: n}
	}
	lines := (l.lead + n + l.columns - 1) / l.columns
	const step = overscan / 2
	first := int(-l.top/l.pitch) - overscan
	first = min(max(first-first%step, 0), max(lines-1, 0))
	shown := int(l.height/l.pitch) + 1 + 2*overscan + step
	last := min(first+shown, lines)
	w := window{
		first:  max(first*l.columns-l.lead, 0),
		last:   min(last*l.columns-l.lead, n),
		before: float64(first) * l.pitch,
		after:  float64(lines-last) * l.pitch,
	}
	if first == 0 {
		w.lead = l.lead
	}
	return w
}
