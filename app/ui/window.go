package ui

const (
	// windowFrom is the size of a room from which on only a part of its list is
	// in the document: the cost of an arrival is then that of the part.
	windowFrom = 200
	// overscan is how many lines beyond the screen are there either side, so that
	// a scroll shows cards and not paper; the window moves in steps of half of it.
	overscan = 4
)

// layout is how the browser laid the list out, in CSS pixels.
type layout struct {
	columns int
	pitch   float64 // from one line's top to the next's
	top     float64 // of the list, from the top of the screen; negative once scrolled
	height  float64 // of the screen
	guessed bool    // there was no card yet to measure
}

// guess is a layout for the first cards, which are measured once they are there.
var guess = layout{columns: 3, pitch: 84, height: 900, guessed: true}

// window is the part of a long list that is in the document: the cards from
// first to last (exclusive), and the room that the others would take.
type window struct {
	first, last   int
	before, after float64 // CSS pixels
}

// windowOf returns the window for a list of n cards, of so many people in the
// room. Without a layout, or in a small room, it is the whole list.
func windowOf(n, people int, l layout) window {
	if max(n, people) < windowFrom || l.columns < 1 || l.pitch <= 0 {
		return window{last: n}
	}
	lines := (n + l.columns - 1) / l.columns
	const step = overscan / 2
	first := int(-l.top/l.pitch) - overscan
	first = min(max(first-first%step, 0), max(lines-1, 0))
	shown := int(l.height/l.pitch) + 1 + 2*overscan + step
	last := min(first+shown, lines)
	return window{
		first:  first * l.columns,
		last:   min(last*l.columns, n),
		before: float64(first) * l.pitch,
		after:  float64(lines-last) * l.pitch,
	}
}
