//go:build !js

package e2e

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"rollcall/shared"
)

// pictures is where `make pictures` wants what the documents show.
var pictures = flag.String("pictures", "", "keep the pictures of the page in this folder")

// What people write of themselves in the room of the pictures.
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

// A room is drawn in every size and theme, from edge to edge, and the picture
// of the one theme is not that of the other.
func TestPictures(t *testing.T) {
	s := startServer(t, grace(time.Millisecond)...)
	names := []string{"Ada Brandt"}
	for _, p := range sitters {
		c := robot(t, s, "standup", p.name)
		if err := c.SetNote(t.Context(), p.note); err != nil {
			t.Fatal(err)
		}
		if err := c.SetStatus(t.Context(), p.status); err != nil {
			t.Fatal(err)
		}
		names = append(names, p.name)
	}
	tb := sit(t, s, 0, "sitter")
	tb.visit("/r/standup")
	tb.join("Ada Brandt")
	tb.sees(names...)
	folder := *pictures
	if folder == "" {
		folder = t.TempDir()
	}
	for _, size := range []struct {
		name          string
		width, height int64
		scale         float64
	}{{"phone", 360, 760, 2}, {"tablet", 768, 760, 1}, {"desktop", 1180, 560, 1}} {
		var last []byte
		for _, theme := range []string{"light", "dark"} {
			picture := tb.picture(size.width, size.height, size.scale, theme)
			image, err := png.DecodeConfig(bytes.NewReader(picture))
			if err != nil || image.Width != int(float64(size.width)*size.scale) {
				t.Errorf("%s %s: %d pixels wide, %v", size.name, theme, image.Width, err)
			}
			if bytes.Equal(picture, last) {
				t.Errorf("%s: light and dark are the same", size.name)
			}
			last = picture
			tb.holds("the page is no wider than its window", "() => document.documentElement.scrollWidth <= innerWidth")
			if err := os.WriteFile(filepath.Join(folder, "room-"+size.name+"-"+theme+".png"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// picture is the tab in a window of the given size, when nothing moves in it.
func (tb *tab) picture(width, height int64, scale float64, theme string) []byte {
	tb.t.Helper()
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: scale, Mobile: width < 500,
	})
	tb.holds("nothing moves", "() => document.getAnimations().every(a => a.playState !== 'running')")
	return call(tb, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data
}
