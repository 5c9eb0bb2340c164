package model

import (
	"slices"
	"testing/synctest"

	"rollcall/shared"
)

// op is one kind of step.
type op struct {
	name   string
	args   []argument
	weight int // how often it comes, compared with others
	play   func(*world, step)
}

type argument int

const (
	aTab argument = iota
	aRoom
	aNumber
	aTime
	aNode
)

var (
	onTab   = []argument{aTab}
	tabAndN = []argument{aTab, aNumber}
)

// ops are all kinds of steps. One that makes no sense where it comes, as the
// closing of a closed tab, does nothing: so any part of a schedule is one.
var ops, meshOps []*op

func init() {
	ops = append(peopleOps(), append(networkOps(), serverOps()...)...)
	meshOps = nodeOps()
}

func opNamed(name string) *op {
	for _, o := range slices.Concat(ops, meshOps) {
		if o.name == name {
			return o
		}
	}
	return nil
}

// What people do.
func peopleOps() []*op {
	wish := func(do func(t *tab, n int)) func(*world, step) {
		return func(w *world, s step) { t := w.tab(s); t.do(func() { do(t, s.n) }) }
	}
	act := func(do func(t *tab)) func(*world, step) {
		return wish(func(t *tab, _ int) { do(t) })
	}
	return []*op{
		{"open", onTab, 30, act(func(t *tab) { t.open(seenNothing) })},
		{"close", onTab, 8, act((*tab).close)},
		{"leave", onTab, 5, act((*tab).leave)},
		// A reload with what the page before it held, with a page that the server
		// has filled, and with neither.
		{"reload", onTab, 6, act(func(t *tab) { t.close(); t.open(seenNothing) })},
		{"reload-held", onTab, 8, act(func(t *tab) { t.close(); t.open(seenBefore) })},
		{"reload-page", onTab, 8, act(func(t *tab) { t.close(); t.open(seenPage) })},
		{"rename", tabAndN, 8, wish((*tab).rename)},
		{"note", tabAndN, 5, wish((*tab).setNote)},
		{"status", tabAndN, 8, wish((*tab).setStatus)},
		{"fidget", tabAndN, 4, wish((*tab).fidget)},
		// A reader that stops, and one who is slow: how often its program calls Next.
		{"pause", onTab, 5, func(w *world, s step) { w.tab(s).pause(forGood) }},
		{"drip", []argument{aTab, aTime}, 5, func(w *world, s step) { w.tab(s).pause(s.d) }},
		{"go-on", onTab, 5, func(w *world, s step) { w.tab(s).goOn() }},
		{"retry", onTab, 2, act((*tab).retry)},
	}
}

// What happens on the way.
func networkOps() []*op {
	fault := func(do func(*link)) func(*world, step) {
		return func(w *world, s step) { w.tab(s).onLink(do) }
	}
	return []*op{
		{"cut", onTab, 4, fault(func(l *link) { l.cutUp(); l.cutDown() })},
		{"cut-up", onTab, 3, fault((*link).cutUp)},
		{"cut-down", onTab, 3, fault((*link).cutDown)},
		{"stall", onTab, 4, fault(func(l *link) { l.stallUp(); l.stallDown() })},
		{"stall-up", onTab, 3, fault((*link).stallUp)},
		{"stall-down", onTab, 4, fault((*link).stallDown)},
		{"unstall", onTab, 8, fault((*link).unstall)},
		{"break", onTab, 4, fault((*link).sever)},
		{"tear-up", onTab, 3, fault(func(l *link) { l.tear(&l.tornUp) })}, // the next frame ends in its middle, and with it the connection
		{"tear-down", onTab, 3, fault(func(l *link) { l.tear(&l.tornDown) })},
		{"offline", onTab, 2, func(w *world, s step) { w.tab(s).setOffline(true) }},
		{"online", onTab, 4, func(w *world, s step) { w.tab(s).setOffline(false) }},
		{"late", onTab, 5, func(w *world, s step) { w.tab(s).endAgain() }}, // old connections of the member end once more, twice
	}
}

// What happens to servers, and to everybody.
func serverOps() []*op {
	return []*op{
		{"sleep", []argument{aTime}, 40, func(w *world, s step) { w.sleep(s.d) }},
		{"crowd", []argument{aRoom, aNumber}, 3, func(w *world, s step) { w.crowd(w.roomOf(s), s.n, func() {}) }},
		{"trickle", []argument{aRoom, aNumber}, 3, func(w *world, s step) { w.crowd(w.roomOf(s), s.n, synctest.Wait) }},
		{"restart", []argument{aTime}, 2, func(w *world, s step) { w.stop(); w.startAfter(s.d) }},
		{"crash", []argument{aTime}, 2, func(w *world, s step) { w.crash(); w.startAfter(s.d) }},
		{"rest", nil, 1, func(w *world, _ step) { w.rest() }},
	}
}

// text is what somebody asks to be called, and what the room then shows.
type text struct{ asked, shown string }

var names = []text{
	{"Ada", "Ada"}, {"Bo", "Bo"}, {"Jose\u0301", "Jos\u00e9"}, {" Cy ", "Cy"}, {"<b>&amp;", "<b>&amp;"}, {"Ada", "Ada"},
}

var notes = []text{
	{"", ""}, {"out for lunch", "out for lunch"}, {"e\u0301te\u0301", "\u00e9t\u00e9"}, {"back at 3", "back at 3"},
}

// shownAs is how a room shows a text that somebody asked for.
func shownAs(asked string) string {
	for _, t := range slices.Concat(names, notes) {
		if t.asked == asked {
			return t.shown
		}
	}
	return asked
}

var statuses = []shared.Status{shared.StatusActive, shared.StatusIdle, shared.StatusAway}
