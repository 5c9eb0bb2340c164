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

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"rollcall/shared"
	"rollcall/shared/client"
)

var (
	// screenshots is where `make screenshots` wants what the documents show, and
	// all else that is worth a look.
	screenshots = flag.String("screenshots", "", "keep the screenshots of every state in this folder")
	// shots picks some of them, for who works on one.
	shots = flag.String("shots", "", "only the states that match this regular expression")
)

// What people write of themselves in the room of the screenshots.
var sitters = []struct {
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

// A size is a window.
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

// A room is drawn in every size and theme, from edge to edge, and the picture
// of the one theme is not that of the other. With a folder to keep them in,
// every state of the page is.
func TestScreenshots(t *testing.T) {
	st := &studio{T: t, folder: *screenshots, only: regexp.MustCompile(*shots), server: startServer(t, grace(time.Millisecond)...)}
	if st.folder == "" {
		st.folder, st.only = t.TempDir(), regexp.MustCompile("^room$")
	}
	st.before()
	st.fresh()
	st.rooms()
	st.trouble()
}

// wants reports whether a state is to be taken.
func (st *studio) wants(state string) bool { return st.only.MatchString(state) }

// fill puts the first n of an endless list of people into a room.
func (st *studio) fill(room string, n int) (people []*client.Client) {
	st.Helper()
	for i := range n {
		p := sitters[i%len(sitters)]
		name := p.name
		if i >= len(sitters) {
			name = fmt.Sprintf("%s %d", p.name, i/len(sitters)+1)
		}
		c := robot(st.T, st.server, room, name)
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

// guest joins a room in a browser that wants a language.
func (st *studio) guest(room, language string) *tab {
	st.Helper()
	tb := sit(st.T, st.server, 0, "guest")
	call(tb, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Chromium", AcceptLanguage: language})
	tb.visit(shared.RoomPath("/", room))
	tb.join("Ada Brandt")
	return tb
}

// before is the page while the program loads, and the question for a name.
func (st *studio) before() {
	if !st.wants("loading") && !st.wants("dialog") && !st.wants("wrong") {
		return
	}
	st.fill("team", 10)
	tb := sit(st.T, st.server, 0, "loading")
	release := tb.holdProgram()
	tb.goTo("/r/team")
	st.take(tb, "loading")
	release()
	tb.asked()
	st.take(tb, "dialog")
	tb.sign("\u202egnp.exe")
	tb.holds("the error is there", `() => document.querySelector("#name-error").textContent !== ""`)
	st.take(tb, "wrong")
	tb.close()
}

// fresh is rooms with few people.
func (st *studio) fresh() {
	if st.wants("empty") {
		tb := sit(st.T, st.server, 0, "empty")
		tb.goTo("/r/quiet")
		tb.asked()
		st.take(tb, "empty")
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

// rooms is one that is usual and what one does in it, one with many people, and
// one that is read from right to left.
func (st *studio) rooms() {
	people := st.fill("standup", len(sitters))
	tb := st.guest("standup", "en")
	st.take(tb, "room")
	for _, panel := range []struct{ state, button string }{{"invite", "#invite"}, {"rooms", "#rooms"}, {"edit", "#rename"}} {
		if st.wants(panel.state) {
			tb.click(panel.button)
			st.take(tb, panel.state)
			tb.press("\x1b")
		}
	}
	if st.wants("leaving") {
		_ = people[9].Close()
		tb.holds("one has left", `() => !!document.querySelector(".gone")`)
		st.take(tb, "leaving")
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
	if st.wants("crowd") && *screenshots != "" { // which takes a minute
		crowd(st.T, st.server, "city", 9_999)
		tb := sit(st.T, st.server, 0, "guest")
		tb.visit("/r/city")
		tb.asked()
		tb.sign("Ada Brandt")
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

// trouble is a page whose server, or whose network, has gone. It comes last.
func (st *studio) trouble() {
	if !st.wants("reconnecting") && !st.wants("offline") {
		return
	}
	tb := st.guest("standup", "en")
	tb.expect(unreachable, noSocket)
	st.server.kill()
	tb.shows("reconnecting")
	tb.holds("the seconds are told", `() => document.querySelector("#connection").textContent.includes(" s")`)
	st.take(tb, "reconnecting")
	tb.setOffline(true)
	tb.shows("offline")
	st.take(tb, "offline")
	tb.setOffline(false)
	st.server.start()
	tb.shows("live")
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

// picture is the tab in a window of the given size, when nothing moves in it.
func (tb *tab) picture(s size, theme string) []byte {
	tb.t.Helper()
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: s.width, Height: s.height, DeviceScaleFactor: s.scale, Mobile: s.width < 500,
	})
	eval[bool](tb, `() => new Promise(painted => { let frames = 6; const next = () => frames-- ? requestAnimationFrame(next) : painted(true); next() })`)
	tb.holds("nothing moves", "() => document.getAnimations().every(a => a.playState !== 'running')")
	return call(tb, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data
}
