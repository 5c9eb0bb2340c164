//go:build !js

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	rollcall "rollcall/server"
	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/web"
)

// moderator acts in rooms like their operator.
type moderator struct {
	t     *testing.T
	rooms *hub.Hub
}

// moderated serves the rooms of the test's own hub.
func moderated(t *testing.T) (*server, moderator) {
	t.Helper()
	return moderatedAs(t, rollcall.Config{}, func(h http.Handler) http.Handler { return h })
}

// moderatedAs is moderated with a configuration, behind other handlers.
func moderatedAs(t *testing.T, c rollcall.Config, behind func(http.Handler) http.Handler) (*server, moderator) {
	t.Helper()
	c.Assets = web.Assets()
	rooms, err := rollcall.New(c)
	if err != nil {
		t.Fatal(err)
	}
	at := httptest.NewServer(behind(rooms))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := rooms.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		at.Close()
	})
	return &server{t: t, host: at.Listener.Addr().String(), at: at.URL}, moderator{t, rooms.Hub()}
}

// check fails the test if a moderator could not do what it should.
func (m moderator) check(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m moderator) kick(room, id, by, reason string) {
	m.t.Helper()
	found, err := m.rooms.Kick(room, id, by, reason)
	if !found {
		m.t.Errorf("%s is not in %s", id, room)
	}
	m.check(err)
}

func (m moderator) ban(room, id string, until time.Time, by, reason string) {
	m.t.Helper()
	m.check(m.rooms.Ban(hub.Ban{Room: room, ID: id, Until: until.UnixMilli(), By: by, Reason: reason}))
}

func (m moderator) unban(room, id string) {
	m.t.Helper()
	_, err := m.rooms.Unban(room, id, "")
	m.check(err)
}

func (m moderator) lock(room string, locked bool) {
	m.t.Helper()
	m.check(m.rooms.SetRoomInfo(room, shared.RoomInfo{Locked: locked}))
}

func (m moderator) announce(room, text, by string) {
	m.t.Helper()
	m.check(m.rooms.Announce(room, text, by))
}

// says waits until an element has a text, without the marks that isolate parts of it.
func (tb *tab) says(selector string, lines ...string) {
	tb.t.Helper()
	want := strings.Join(lines, "\n")
	tb.until(fmt.Sprintf("%s says %q", selector, want), func() error {
		got, err := try[string](tb, `(selector) => (document.querySelector(selector)?.textContent ?? "").replace(/[\u2068\u2069]/g, "")`, selector)
		if err == nil && got != want {
			err = fmt.Errorf("it says %q", got)
		}
		return err
	})
}

// Each tab of whoever is kicked says so and asks for the name; no reload joins again, the
// user does. The others see one departure.
func TestKick(t *testing.T) {
	t.Parallel()
	s, m := moderated(t)
	first, second := twoTabs(t, s, 0)
	others := joinAll(t, s, "/r/class", "Bea", "Cem")
	for _, tb := range []*tab{first, second} {
		tb.visit("/r/class")
	}
	me := first.join("Ann")
	second.reload() // now it has the name
	second.join("Ann")
	others[0].sees("Ann", "Bea", "Cem")
	eval[any](first, `() => { document.body.style.paddingBlockEnd = "200vh"; scrollTo(0, innerHeight) }`)
	m.kick("class", me.ID, "Bea <b>", "was <i>loud</i>")
	for _, tb := range []*tab{first, second} {
		tb.asked()
		tb.holds("it is on the screen", `() => document.querySelector(".why").getBoundingClientRect().top > 0`)
		tb.says(".why", "You were removed from this room.", "By Bea <b>", "Reason: was <i>loud</i>")
		tb.seesBeforeJoining("Bea and Cem are here", "Bea", "Cem")
	}
	for _, tb := range others {
		tb.sees("Bea", "Cem")
		tb.says("#people .gone .line", "was sent away")
	}
	newAuditor(t).audit(first, "kicked")

	first.reload()
	first.asked()
	first.seesBeforeJoining("Bea and Cem are here", "Bea", "Cem")
	first.submitName("Ann")
	first.inRoom()
	second.seesBeforeJoining("Bea, Cem and 1 other are here", "Ann", "Bea", "Cem")
	others[1].sees("Ann", "Bea", "Cem")
}

// gate passes sockets on to a handler unless it is shut.
type gate struct {
	http.Handler
	shut  atomic.Bool
	mu    sync.Mutex
	conns []net.Conn
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !strings.HasSuffix(r.URL.Path, "/ws"):
		g.Handler.ServeHTTP(w, r)
	case g.shut.Load():
		http.Error(w, "shut", http.StatusServiceUnavailable)
	default:
		g.Handler.ServeHTTP(hijacked{w, g}, r)
	}
}

// cut cuts the last n sockets that were opened, and is shut then.
func (g *gate) cut(n int) {
	g.shut.Store(true)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns[max(0, len(g.conns)-n):] {
		_ = c.Close()
	}
}

// hijacked is the ResponseWriter of a socket.
type hijacked struct {
	http.ResponseWriter
	g *gate
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := h.ResponseWriter.(http.Hijacker).Hijack()
	if err == nil {
		h.g.mu.Lock()
		defer h.g.mu.Unlock()
		h.g.conns = append(h.g.conns, c)
	}
	return c, rw, err
}

// A tab that is not connected when its user is kicked, since the network is down or it is being
// reloaded, says so when it is back, though the user is in the room again in another. Each is
// let in when its user joins.
func TestKickOfTabsThatAreNotConnected(t *testing.T) {
	t.Parallel()
	var g *gate
	s, m := moderatedAs(t, rollcall.Config{Grace: time.Minute}, func(h http.Handler) http.Handler {
		g = &gate{Handler: h}
		return g
	})
	here, reloaded := twoTabs(t, s, 0)
	here.goTo("/r/class")
	me := here.join("Ann")
	reloaded.goTo("/r/class")
	reloaded.submitName("Ann")
	reloaded.inRoom()
	cut := here.profile.newTab(t, s, "cut")
	cut.goTo("/r/class")
	cut.submitName("Ann")
	cut.inRoom()
	for _, tb := range []*tab{reloaded, cut} {
		tb.expect(noSocket, "status of 503")
	}
	g.cut(1)
	reloaded.reload()
	for _, tb := range []*tab{reloaded, cut} {
		tb.connectionIs("reconnecting")
	}
	m.kick("class", me.ID, "Bea", "")
	here.says(".why", "You were removed from this room.", "By Bea")
	g.shut.Store(false)
	here.submitName("Ann")
	here.inRoom()
	for _, tb := range []*tab{reloaded, cut} {
		tb.says(".why", "You were removed from this room.", "By Bea")
		tb.submitName("Ann")
		tb.inRoom()
	}
	here.expect(noSocket, "status of 503")
	g.cut(99)
	for _, tb := range []*tab{here, reloaded, cut} {
		tb.connectionIs("reconnecting")
	}
	g.shut.Store(false)
	for _, tb := range []*tab{here, reloaded, cut} {
		tb.inRoom()
	}
}

// A ban is a problem until it is over by the page's clock, and again at each attempt until
// it is lifted.
func TestBan(t *testing.T) {
	t.Parallel()
	s, m := moderated(t)
	ann := sit(t, s, 0, "ann")
	ann.setPageClock(1)
	others := joinAll(t, s, "/r/class", "Bea", "Cem")
	ann.goTo("/r/class")
	me := ann.join("Ann")
	until := time.Now().Add(48 * time.Hour)
	m.ban("class", me.ID, until, "Bea", "was loud")
	at := eval[string](ann, `(ms) => Intl.DateTimeFormat(navigator.languages, {dateStyle: "medium", timeStyle: "short"}).format(ms)`, until.UnixMilli())
	told := []string{"You can't join this room for now: you are banned from it.", "By Bea", "Reason: was loud", "You can come back after " + at + "."}
	banned := func() {
		t.Helper()
		ann.problemIs("banned")
		ann.says("#problem", told...)
	}
	banned()
	for _, tb := range others {
		tb.sees("Bea", "Cem")
	}
	newAuditor(t).audit(ann, "banned")
	ann.submitName("Ann")
	banned()
	ann.reload()
	ann.seesBeforeJoining("Bea and Cem are here", "Bea", "Cem")
	ann.problemIs("")
	ann.submitName("Ann")
	banned()

	eval[any](ann, `() => putForward(49 * 3600 * 1000)`)
	ann.press(kb.Escape) // wakes the program, which looks at the clock
	ann.problemIs("")
	ann.submitName("Ann")
	ann.problemIs("banned") // by the server's clock
	m.unban("class", me.ID)
	ann.submitName("Ann")
	ann.inRoom()
	others[0].sees("Ann", "Bea", "Cem")
}

const isLocked = `(want) => !!document.querySelector("#locked") === want`

// A lock is said to all at once, keeps out who is not in, and is lifted for them without a
// reload.
func TestLock(t *testing.T) {
	t.Parallel()
	s, m := moderated(t)
	people := joinAll(t, s, "/r/class", "Ann", "Bea")
	cem := sit(t, s, 2, "cem")
	cem.goTo("/r/class")
	cem.asked()
	m.lock("class", true)
	for _, tb := range append(people, cem) {
		tb.holds("it says that it is locked", isLocked, true)
	}
	people[0].problemIs("")
	cem.problemIs("locked")
	cem.submitName("Cem") // who knocks is let in when it opens
	cem.problemIs("locked")
	people[0].reload()
	people[0].sees("Ann", "Bea")
	m.lock("class", false)
	cem.holds("it is open", isLocked, false)
	cem.inRoom()
	people[1].sees("Ann", "Bea", "Cem")
}

// steadyCards records, frame by frame, how far a card of the list has moved on the screen.
const steadyCards = `() => {
	const card = [...document.querySelectorAll("#people > li")].findLast(li => li.getBoundingClientRect().bottom < innerHeight);
	const was = card.getBoundingClientRect().top;
	globalThis.moved = 0;
	const look = () => { moved = Math.max(moved, Math.abs(card.getBoundingClientRect().top - was)); requestAnimationFrame(look) };
	requestAnimationFrame(look);
}`

// lineInSight reports whether the whole announcement is on the screen, over the list.
const lineInSight = `() => {
	const line = document.querySelector("#announcement").getBoundingClientRect();
	const top = document.elementFromPoint(line.left + 30, line.top + line.height / 2);
	return line.top >= 0 && line.bottom <= innerHeight && !!top.closest("#announcement");
}`

// An announcement is a line over everybody's list until each dismisses it or the next
// comes. No card moves meanwhile, at the beginning of a short list and in the midst of a
// large one, by mouse and by keyboard.
func TestAnnouncement(t *testing.T) {
	t.Parallel()
	s, m := moderated(t)
	crowd(t, s, "class", 300)
	crowd(t, s, "small", 1)
	people := []*tab{sit(t, s, 0, "desktop"), sit(t, s, 1, "phone"), sit(t, s, 2, "onlooker")}
	people[1].setPhone()
	for i, room := range []string{"small", "class", "class"} {
		people[i].goTo("/r/" + room)
		people[i].asked()
		if i < 2 {
			people[i].submitName("Ann")
			people[i].connectionIs("live")
		}
	}
	eval[any](people[1], `() => scrollBy(0, 3000)`)
	people[1].holds("the middle of the list is there", `() => document.querySelector("#people > li").getBoundingClientRect().top < 0 && [...document.querySelectorAll("#people > li")].at(-1).getBoundingClientRect().bottom > innerHeight`)
	announce := func(text, by string) {
		t.Helper()
		for _, room := range []string{"small", "class"} {
			m.announce(room, text, by)
		}
		for _, tb := range people {
			tb.says("#announcement p", text)
		}
	}
	steady := func(act func()) {
		t.Helper()
		for _, tb := range people[:2] {
			eval[any](tb, steadyCards)
		}
		act()
		for _, tb := range people[:2] {
			if by := eval[float64](tb, `() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(moved))))`); by > 1 {
				t.Errorf("%s: a card has moved by %v pixels", tb.label, by)
			}
		}
	}
	steady(func() {
		announce("Doors close at <b>five</b>.", "Bea")
		people[2].says("#announcement small", "By Bea")
		announce(strings.Repeat("تغلق الأبواب ", 21)+"الآن", "")
	})
	for _, tb := range people[:2] {
		tb.holds("the line is in sight", lineInSight)
	}
	newAuditor(t).audit(people[1], "an announcement")
	steady(func() {
		people[0].click("#dismiss")
		eval[any](people[1], `() => document.querySelector("#dismiss").focus({preventScroll: true})`)
		people[1].press(kb.Enter)
		for _, tb := range people[:2] {
			tb.holds("it is dismissed", `() => !document.querySelector("#dismiss") && document.activeElement.tagName === "H1"`)
		}
	})
	people[2].holds("who has not dismissed it still sees it", `() => !!document.querySelector("#dismiss")`)
	announce("Doors are closed.", "Bea")
	people[0].checkKeyboard("an announcement")
}
