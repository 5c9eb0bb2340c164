//go:build !js

package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"rollcall/shared"
	"rollcall/shared/client"
)

var (
	// screenshots is the folder in which `make screenshots` keeps the pictures.
	screenshots = flag.String("screenshots", "", "keep the screenshots of every state in this folder")
	// shots selects states, to work on one of them.
	shots = flag.String("shots", "", "only the states that match this regular expression")
)

// Members of the room in the screenshots.
var samplePeople = []struct {
	name, note string
	status     shared.Status
}{
	{"Mateo Ortiz", "Pairing until eleven", shared.StatusActive},
	{"林小雨", "in Taipei, goes at noon", shared.StatusActive},
	{"Jonas Holm", "", shared.StatusIdle},
	{"ليلى حداد", "", shared.StatusActive},
	{"Priya Shah", "back soon", shared.StatusAway},
	{"Tomasz Kowalczyk-Wiśniewski", "", shared.StatusActive},
	{"Yuki Nakamura", "on two devices", shared.StatusActive},
	{"Obi Eze", "", shared.StatusActive},
	{"Lena Maier", "first day, say hello", shared.StatusActive},
	{"Sam Rivera", "", shared.StatusActive},
}

// size is a size of the window.
type size struct {
	name          string
	width, height int64
	scale         float64
}

var sizes = []size{{"phone", 360, 760, 2}, {"tablet", 768, 900, 1}, {"desktop", 1440, 720, 1}}

var themes = []string{"light", "dark"}

// studio takes the screenshots of one run.
type studio struct {
	*testing.T
	folder string
	only   *regexp.Regexp
	server *server
}

// A room is drawn in every size and theme, as wide as the window, and differently in
// each theme. With -screenshots, every state of the page is kept.
func TestScreenshots(t *testing.T) {
	st := &studio{T: t, folder: *screenshots, only: regexp.MustCompile(*shots), server: startServer(t, grace(time.Millisecond)...)}
	if st.folder == "" {
		st.folder, st.only = t.TempDir(), regexp.MustCompile("^room$")
	}
	st.before()
	st.fresh()
	st.locked()
	st.rooms()
	st.barred()
	st.moderated()
	st.attended()
	st.trouble()
}

// wants reports whether a state is to be taken.
func (st *studio) wants(state string) bool { return st.only.MatchString(state) }

// fill puts n members into a room.
func (st *studio) fill(room string, n int) (people []*client.Client) {
	st.Helper()
	for i := range n {
		p := samplePeople[i%len(samplePeople)]
		name := p.name
		if i >= len(samplePeople) {
			name = fmt.Sprintf("%s %d", p.name, i/len(samplePeople)+1)
		}
		c := bot(st.T, st.server, room, name)
		if err := c.SetNote(st.Context(), p.note); err != nil {
			st.Fatal(err)
		}
		if err := c.SetStatus(st.Context(), p.status); err != nil {
			st.Fatal(err)
		}
		people = append(people, c)
	}
	return people
}

// guest joins a room with a browser in the given language.
func (st *studio) guest(room, language string) *tab {
	st.Helper()
	tb := sit(st.T, st.server, 0, "guest")
	tb.setLanguage(language)
	tb.visit(shared.RoomPath("/", room))
	tb.join("Ada Brandt")
	return tb
}

// before takes the page while the program loads, and the dialog for the name.
func (st *studio) before() {
	if !st.wants("loading") && !st.wants("dialog") && !st.wants("wrong") {
		return
	}
	st.fill("team", 10)
	tb := sit(st.T, st.server, 0, "loading")
	release := tb.pauseProgram()
	tb.goTo("/r/team")
	st.take(tb, "loading")
	release()
	tb.asked()
	st.take(tb, "dialog")
	tb.submitName("\u202egnp.exe")
	tb.holds("the error is there", `() => document.querySelector("#name-error").textContent !== ""`)
	st.take(tb, "wrong")
	tb.close()
}

// fresh takes rooms with few members.
func (st *studio) fresh() {
	if st.wants("empty") {
		tb := sit(st.T, st.server, 0, "empty")
		tb.goTo("/r/quiet")
		tb.asked()
		st.take(tb, "empty")
		tb.close()
	}
	if st.wants("about") {
		tb := st.guest("class", "en")
		tb.click("#host")
		tb.holds("it is a host", `() => document.querySelector("#host").textContent === "Room"`)
		tb.click("#host")
		tb.holds("the form is there", `() => !!document.querySelector("#title-field")`)
		st.take(tb, "about")
		tb.close()
	}
	for _, c := range []struct {
		state string
		n     int
	}{{"one", 0}, {"five", 4}} {
		if !st.wants(c.state) {
			continue
		}
		st.fill(c.state, c.n)
		tb := st.guest(c.state, "en")
		st.take(tb, c.state)
		tb.close()
	}
}

// locked takes the form of a locked room, and what a host sees of those who knock.
func (st *studio) locked() {
	if !st.wants("knock") {
		return
	}
	st.fill("door", 5)
	host := st.guest("door", "en")
	host.click("#host")
	host.holds("it is a host", `() => document.querySelector("#host").textContent === "Room"`)
	host.click("#host")
	host.click("#lock")
	tb := sit(st.T, st.server, 1, "who knocks")
	tb.goTo("/r/door")
	tb.problemIs("locked")
	st.take(tb, "knock")
	tb.submitName("Yuki Nakamura")
	tb.holds("it waits", `() => !!document.querySelector("#stop-knocking")`)
	st.take(tb, "knock-waits")
	for _, name := range []string{"Tomasz Kowalczyk-Wiśniewski", "ليلى حداد"} {
		c := botWith(st.T, st.server, client.Options{Room: "door", Watch: shared.DetailRoster})
		if err := c.Knock(st.Context(), name); err != nil {
			st.Fatal(err)
		}
	}
	host.holds("three knock", `() => document.querySelectorAll("#knocks > li").length === 3`)
	st.take(host, "knock-heard")
	host.click("#knocks .not-now")
	tb.holds("it is refused", `() => !document.querySelector("#stop-knocking")`)
	st.take(tb, "knock-refused")
	tb.close()
	host.close()
}

// rooms takes an ordinary room and its dialogs, large rooms, and one that is written
// from right to left.
func (st *studio) rooms() {
	people := st.fill("standup", len(samplePeople))
	tb := st.guest("standup", "en")
	st.take(tb, "room")
	for _, panel := range []struct{ state, button string }{{"invite", "#invite"}, {"rooms", "#rooms"}, {"edit", "#rename"}} {
		if st.wants(panel.state) {
			tb.click(panel.button)
			st.take(tb, panel.state)
			tb.press("\x1b")
		}
	}
	if st.wants("person") {
		tb.click("#people > li:nth-child(2) .name")
		st.take(tb, "person")
		tb.press("\x1b")
	}
	if st.wants("leaving") {
		_ = people[9].Close()
		tb.holds("one has left", `() => !!document.querySelector(".gone")`)
		st.take(tb, "leaving")
	}
	if st.wants("bell") {
		tb.setPermission("notifications", cdpbrowser.PermissionSettingDenied)
		tb.click("#notify")
		tb.holds("the bell says why not", `() => !!document.querySelector("#notify-news")`)
		st.take(tb, "bell")
	}
	if st.wants("left") {
		tb.click("#leave")
		tb.asked()
		st.take(tb, "left")
	}
	tb.close()
	if st.wants("fifty") || st.wants("search") {
		st.fill("all-hands", 49)
		tb := st.guest("all-hands", "en")
		st.take(tb, "fifty")
		tb.click("#search")
		tb.enter("ma")
		st.take(tb, "search")
		tb.close()
	}
	if st.wants("crowd") && *screenshots != "" { // it takes a minute
		crowd(st.T, st.server, "city", 9_999)
		tb := sit(st.T, st.server, 0, "guest")
		tb.visit("/r/city")
		tb.asked()
		tb.submitName("Ada Brandt")
		tb.holds("all are there", `() => document.querySelector("#count").textContent === "10000"`)
		st.take(tb, "crowd")
		tb.close()
	}
	if st.wants("rtl") {
		tb := st.guest("standup", "ar")
		st.take(tb, "rtl")
		tb.close()
	}
}

// barred takes pages that can't join, since the program does not run or no live
// connection can be made.
func (st *studio) barred() {
	for _, c := range []struct{ state, script, trouble string }{
		{"no-wasm", `delete globalThis.WebAssembly`, "no WebAssembly"},
		{"blocked", `{ const Real = WebSocket; globalThis.WebSocket = class extends Real { constructor() { super("ws://" + location.host + "/nowhere") } } }`, noSocket},
	} {
		if !st.wants(c.state) {
			continue
		}
		tb := sit(st.T, st.server, 0, c.state)
		tb.expect(c.trouble, noSuchPage)
		tb.injectScript(c.script)
		tb.goTo("/r/standup")
		if c.state == "blocked" {
			tb.asked()
			tb.submitName("Ada Brandt")
		}
		tb.problemIs(c.state)
		st.take(tb, c.state)
		tb.close()
	}
}

// moderated takes what an operator of the rooms has said or done.
func (st *studio) moderated() {
	if !st.wants("announcement") && !st.wants("kicked") && !st.wants("banned") {
		return
	}
	at := st.server
	defer func() { st.server = at }()
	s, m := moderated(st.T)
	st.server = s
	st.fill("class", 5)
	tb := st.guest("class", "en")
	me := tb.inRoom()
	m.announce("class", "We begin at ten past nine today, since the projector in room four does not work yet. Whoever comes by train finds the doors of the north wing open.", "Mateo Ortiz")
	st.take(tb, "announcement")
	m.kick("class", me.ID, "Mateo Ortiz", "the microphone was open; come back without")
	tb.asked()
	st.take(tb, "kicked")
	tb.join("Ada Brandt")
	m.ban("class", me.ID, time.Now().Add(26*time.Hour), "Mateo Ortiz", "")
	tb.problemIs("banned")
	st.take(tb, "banned")
	tb.close()
}

// attended takes what a host is told of who is missing, and the page of who was there.
func (st *studio) attended() {
	if !st.wants("host") && !st.wants("attendance") {
		return
	}
	at := st.server
	defer func() { st.server = at }()
	s, g := startWithHosts(st.T)
	st.server = s
	expected := []string{"Ada Brandt", "Zoë Martín", "ليلى حداد", "Anneliese von Braun-Hohenfels"}
	for _, p := range samplePeople {
		if p.name != "ليلى حداد" {
			g.enter(s, "standup", p.name)
			expected = append(expected, p.name)
		}
	}
	g.expect(s, "standup", expected...)
	tb := sit(st.T, s, 0, "host")
	tb.goTo("/r/standup?token=" + g.token("-sub", "ada", "-name", "Ada Brandt", "-role", "host"))
	tb.join("Ada Brandt")
	tb.holds("three are missing", `() => document.querySelector("#missing strong")?.textContent === "3 of 13 missing"`)
	st.take(tb, "host")
	tb.goTo("/r/standup/attendance#own")
	tb.holds("the sheet is there", `() => document.querySelectorAll("#sheet tr[data-status=present]").length === 10`)
	st.take(tb, "attendance")
	tb.close()
}

// trouble takes pages without a server or a network. It must be the last.
func (st *studio) trouble() {
	if st.wants("unreachable") {
		tb := sit(st.T, st.server, 0, "unreachable")
		tb.expect(unreachable)
		tb.goTo("/r/standup")
		tb.asked()
		tb.workerReady()
		st.server.kill()
		tb.problemIs("network")
		here := []string{"Mateo Ortiz", "林小雨", "Jonas Holm", "ليلى حداد", "Priya Shah", "Tomasz Kowalczyk-Wiśniewski", "Yuki Nakamura", "Obi Eze", "Lena Maier"}
		if !st.wants("leaving") { // in which he leaves
			here = append(here, "Sam Rivera")
		}
		tb.seesStale(here...)
		st.take(tb, "unreachable")
		st.server.start()
		tb.close()
	}
	if !st.wants("reconnecting") && !st.wants("offline") {
		return
	}
	tb := st.guest("standup", "en")
	tb.expect(unreachable, noSocket)
	st.server.kill()
	tb.connectionIs("reconnecting")
	tb.holds("the seconds are told", `() => document.querySelector("#connection").textContent.includes(" s")`)
	st.take(tb, "reconnecting")
	tb.setOffline(true)
	tb.connectionIs("offline")
	st.take(tb, "offline")
	tb.setOffline(false)
	st.server.start()
	tb.connectionIs("live")
	tb.close()
}

// take takes a state in every size and theme.
func (st *studio) take(tb *tab, state string) {
	st.Helper()
	if !st.wants(state) {
		return
	}
	for _, size := range sizes {
		var last []byte
		for _, theme := range themes {
			picture := tb.picture(size, theme)
			image, err := png.DecodeConfig(bytes.NewReader(picture))
			if err != nil || image.Width != int(float64(size.width)*size.scale) {
				st.Errorf("%s %s %s: %d pixels wide, %v", state, size.name, theme, image.Width, err)
			}
			if bytes.Equal(picture, last) {
				st.Errorf("%s %s: light and dark are the same", state, size.name)
			}
			last = picture
			tb.holds("the page is no wider than its window", "() => document.documentElement.scrollWidth <= innerWidth")
			name := state + "-" + size.name + "-" + theme + ".png"
			if err := os.WriteFile(filepath.Join(st.folder, name), picture, 0o644); err != nil {
				st.Fatal(err)
			}
		}
	}
}

// picture returns a screenshot in the given size and theme, when nothing moves.
func (tb *tab) picture(s size, theme string) []byte {
	tb.t.Helper()
	tb.setMedia(theme, "reduce")
	call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: s.width, Height: s.height, DeviceScaleFactor: s.scale, Mobile: s.width < 500,
	})
	eval[bool](tb, `() => new Promise(painted => { let frames = 6; const next = () => frames-- ? requestAnimationFrame(next) : painted(true); next() })`)
	tb.waitStill()
	return call(tb, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data
}
