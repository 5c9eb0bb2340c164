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
	weight int // how often it is drawn, compared with others
	play   func(*world, step)
}

// argument is the type of a step's argument.
type argument int

const (
	tabArg argument = iota
	roomArg
	numberArg
	timeArg
	nodeArg
)

var (
	onTab   = []argument{tabArg}
	tabAndN = []argument{tabArg, numberArg}
)

// ops and meshOps are all kinds of steps. A step that makes no sense, such as closing a
// closed tab, does nothing, so that every part of a schedule is a schedule.
var ops, meshOps []*op

func init() {
	ops = slices.Concat(peopleOps(), networkOps(), serverOps(), moderationOps(), hostOps())
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

// peopleOps returns the kinds of steps that people take.
func peopleOps() []*op {
	withN := func(do func(t *tab, n int)) func(*world, step) {
		return func(w *world, s step) { t := w.tab(s); t.do(func() { do(t, s.n) }) }
	}
	act := func(do func(t *tab)) func(*world, step) {
		return withN(func(t *tab, _ int) { do(t) })
	}
	return []*op{
		{"open", onTab, 30, act(func(t *tab) { t.open(seenNothing) })},
		{"close", onTab, 8, act((*tab).close)},
		{"leave", onTab, 5, act((*tab).leave)},
		// A reload starts with no roster, with the one that the last client held, or
		// with the one that the server has put into the page.
		{"reload", onTab, 6, act(func(t *tab) { t.close(); t.open(seenNothing) })},
		{"reload-held", onTab, 8, act(func(t *tab) { t.close(); t.open(seenBefore) })},
		{"reload-page", onTab, 8, act(func(t *tab) { t.close(); t.open(seenPage) })},
		{"watch", onTab, 10, act(func(t *tab) { t.watch(shared.DetailRoster) })},
		{"count", onTab, 4, act(func(t *tab) { t.watch(shared.DetailCount) })},
		{"join", onTab, 8, act((*tab).join)},
		{"leave-and-watch", onTab, 4, act(func(t *tab) { t.leave(); t.watch(shared.DetailRoster) })},
		{"rename", tabAndN, 8, withN((*tab).rename)},
		{"note", tabAndN, 5, withN((*tab).setNote)},
		{"note-until", []argument{tabArg, numberArg, timeArg}, 5, func(w *world, s step) { t := w.tab(s); t.do(func() { t.setNoteUntil(s.n, s.d) }) }},
		{"status", tabAndN, 8, withN((*tab).setStatus)},
		{"fidget", tabAndN, 4, withN((*tab).fidget)},
		// The client's program stops calling Next, or calls it only now and then.
		{"pause", onTab, 5, func(w *world, s step) { w.tab(s).pause(forGood) }},
		{"drip", []argument{tabArg, timeArg}, 5, func(w *world, s step) { w.tab(s).pause(s.d) }},
		{"go-on", onTab, 5, func(w *world, s step) { w.tab(s).resume() }},
		{"retry", onTab, 2, act((*tab).retry)},
		{"check", onTab, 3, act((*tab).check)}, // as a page does when it becomes visible
	}
}

// networkOps returns the kinds of steps that affect connections.
func networkOps() []*op {
	fault := func(do func(*link)) func(*world, step) {
		return func(w *world, s step) { w.tab(s).onLink(do) }
	}
	onTabThat := func(do func(*tab)) func(*world, step) {
		return func(w *world, s step) { w.locked(func() { do(w.tab(s)) }) }
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
		{"tear-up", onTab, 3, fault(func(l *link) { l.tear(&l.tornUp) })}, // the connection breaks within the next message
		{"tear-down", onTab, 3, fault(func(l *link) { l.tear(&l.tornDown) })},
		{"panic", onTab, 2, fault(func(l *link) { l.tear(&l.panics) })},     // the peer's next Write
		{"swallow", onTab, 3, onTabThat(func(t *tab) { t.swallow = true })}, // the next handshake gets no answer
		{"mute", onTab, 3, onTabThat(func(t *tab) { t.mute = true })},       // the next connection loses all messages
		{"offline", onTab, 2, func(w *world, s step) { w.tab(s).setOffline(true) }},
		{"online", onTab, 4, func(w *world, s step) { w.tab(s).setOffline(false) }},
		{"late", onTab, 5, func(w *world, s step) { w.tab(s).endAgain() }}, // the member's ended sessions are ended twice more
	}
}

// serverOps returns the kinds of steps that affect servers and whole rooms.
func serverOps() []*op {
	return []*op{
		{"sleep", []argument{timeArg}, 40, func(w *world, s step) { w.sleep(s.d) }},
		{"crowd", []argument{roomArg, numberArg}, 3, func(w *world, s step) { w.crowd(w.roomOf(s), s.n, func() {}) }},
		{"trickle", []argument{roomArg, numberArg}, 3, func(w *world, s step) { w.crowd(w.roomOf(s), s.n, synctest.Wait) }},
		{"pester", []argument{roomArg, numberArg}, 2, func(w *world, s step) { w.pester(w.roomOf(s), s.n) }},
		{"room-says", []argument{roomArg, numberArg}, 5, func(w *world, s step) { w.setInfo(w.roomOf(s), infos[s.n%len(infos)]) }},
		{"restart", []argument{timeArg}, 2, func(w *world, s step) { w.stop(); w.startAfter(s.d) }},
		{"crash", []argument{timeArg}, 2, func(w *world, s step) { w.crash(); w.startAfter(s.d) }},
		{"rest", nil, 1, func(w *world, _ step) { w.rest() }},
	}
}

// text is a name or note that a client requests, and what the room then shows.
type text struct{ asked, shown string }

var names = []text{
	{"Ada", "Ada"}, {"Bo", "Bo"}, {"Jose\u0301", "Jos\u00e9"}, {" Cy ", "Cy"}, {"<b>&amp;", "<b>&amp;"}, {"Ada", "Ada"},
}

var notes = []text{
	{"", ""}, {"out for lunch", "out for lunch"}, {"e\u0301te\u0301", "\u00e9t\u00e9"}, {"back at 3", "back at 3"},
}

// infos are what rooms say of themselves.
var infos = []shared.RoomInfo{
	{}, {Title: "Stand-up"}, {Topic: "locked"}, {Title: "locked", Topic: "what's next"}, {Title: "Stand-up", Locked: true}, {Locked: true},
}

// shownAs returns what a room shows for a requested text.
func shownAs(asked string) string {
	for _, t := range slices.Concat(names, notes) {
		if t.asked == asked {
			return t.shown
		}
	}
	return asked
}

// statuses has all statuses, the most attentive first.
var statuses = []shared.Status{shared.StatusActive, shared.StatusIdle, shared.StatusAway}
