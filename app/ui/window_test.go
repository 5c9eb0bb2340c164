package ui

import "testing"

func TestShortListsAreWhole(t *testing.T) {
	l := layout{columns: 3, pitch: 84, top: -5000, height: 900}
	if w := windowOf(windowFrom-1, windowFrom-1, l); w != (window{last: windowFrom - 1}) {
		t.Errorf("the window of a short list is %+v", w)
	}
	if w := windowOf(5000, 5000, layout{}); w != (window{last: 5000}) {
		t.Errorf("the window without a layout is %+v", w)
	}
}

// Of a large room's first members no more cards are made than the screen shows, so that
// the page can be used earlier.
func TestTheBeginningOfALargeRoomHasAWindow(t *testing.T) {
	l := layout{columns: 1, pitch: 70, top: 200, height: 800}
	w := windowOf(60, windowFrom, l)
	if w.first != 0 || w.last < int(l.height/l.pitch) || w.last >= 40 || w.after != float64(60-w.last)*l.pitch {
		t.Errorf("the window of 60 of %d is %+v", windowFrom, w)
	}
	l.columns = 4
	if w := windowOf(60, windowFrom, l); w != (window{last: 60}) {
		t.Errorf("the window of 15 lines is %+v", w)
	}
}

// Wherever the list is scrolled to, every line on the screen is in the document, the
// document is small, and the list is as tall as if all of it were there, with whatever
// empty places before its first card.
func TestWindowCoversTheScreen(t *testing.T) {
	const n = 10_000
	for _, l := range []layout{{columns: 1}, {columns: 2}, {columns: 3}, {columns: 4}, {columns: 2, lead: 1}, {columns: 3, lead: 1}, {columns: 3, lead: 2}, {columns: 4, lead: 3}} {
		columns, lines := l.columns, (n+l.lead+l.columns-1)/l.columns
		l.pitch, l.height = 70, 900
		for l.top = 300; l.top > -float64(lines)*l.pitch+l.height; l.top -= 111 {
			w := windowOf(n, n, l)
			top, bottom := int(max(-l.top, 0)/l.pitch), int((l.height-l.top)/l.pitch)
			top, bottom = max(top-overscan/2, 0), bottom+overscan/2 // lines that are there in advance
			if w.first > max(top*columns-l.lead, 0) || w.last < min((bottom+1)*columns-l.lead, n) {
				t.Fatalf("%+v: %+v does not hold lines %d to %d", l, w, top, bottom)
			}
			if w.last-w.first > 40*columns {
				t.Fatalf("%+v: %+v holds %d cards", l, w, w.last-w.first)
			}
			if w.first == 0 && w.lead != l.lead || w.first > 0 && (w.lead != 0 || (w.first+l.lead)%columns != 0) {
				t.Fatalf("%+v: %+v begins in another column", l, w)
			}
			shown := (w.lead + w.last - w.first + columns - 1) / columns
			if height := w.before + w.after + float64(shown)*l.pitch; height != float64(lines)*l.pitch {
				t.Fatalf("%+v: %+v is %v high, want %v", l, w, height, float64(lines)*l.pitch)
			}
		}
	}
}

func TestWindowPastTheEnd(t *testing.T) {
	w := windowOf(500, 500, layout{columns: 2, pitch: 70, top: -1e6, height: 900})
	if w.first >= w.last || w.last != 500 || w.after != 0 {
		t.Errorf("a list scrolled out of sight has the window %+v", w)
	}
}
