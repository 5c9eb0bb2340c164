package ui

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"rsc.io/qr/coding"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// invitation returns the panel with the ways to pass on the room's address.
func (p *Page) invitation() []app.UI {
	address := roomURL(p.room)
	return []app.UI{
		app.Elem("h2").ID("panel-title").Text(msgs.InviteTitle.With("room", i18n.Isolate(p.roomTitle()))),
		app.Elem("p").Text(string(msgs.InviteHint)),
		app.Elem("div").Class("qr").Role("img").Attr("aria-label", string(msgs.QR)).Body(app.Raw(qrImage(address))),
		app.Elem("input").ID("room-address").Attr("type", "text").Attr("readonly", true).Dir("ltr").Attr("aria-label", string(msgs.Address)).Attr("value", readable(address)),
		app.Elem("div").Class("actions").Body(
			app.If(canShare(), func() app.UI {
				return button().ID("share").Class("primary").Attr("autofocus", true).Text(string(msgs.Share)).OnClick(p.onShare)
			}),
			button().ID("copy").Class(copyClass()).Attr("autofocus", true).Text(p.copyText()).OnClick(p.onCopy),
			button().Text(string(msgs.Close)).OnClick(p.onPanelCancel),
		),
		p.copyNews(),
	}
}

// copyClass makes the copy button the primary one where the browser can't share.
func copyClass() string {
	if canShare() {
		return ""
	}
	return "primary"
}

func (p *Page) copyText() string {
	if p.copied {
		return string(msgs.Copied)
	}
	return string(msgs.Copy)
}

// copyNews says whether the address was copied; the button says so to those who see it.
func (p *Page) copyNews() app.UI {
	switch {
	case p.copied:
		return label("p", "sr", string(msgs.Copied)).Role("status")
	case p.copyRefused:
		return label("p", "problem", string(msgs.CopyRefused)).Role("status")
	}
	return label("p", "sr", "").Role("status")
}

func canShare() bool { return app.Window().Get("navigator").Get("share").Truthy() }

func (p *Page) onShare(app.Context, app.Event) {
	data := map[string]any{"title": p.roomTitle() + " · Rollcall", "url": roomURL(p.room)}
	then(app.Window().Get("navigator").Call("share", data), func(app.Value) {})
}

func (p *Page) onCopy(app.Context, app.Event) { p.copy(roomURL(p.room), "room-address") }

// roomURL returns the full address of a room.
func roomURL(room string) string {
	return app.Window().Get("location").Get("origin").String() + shared.RoomPath(base(), room)
}

// readable returns an address without escapes, as people read it and browsers take it.
func readable(address string) string {
	if text, err := url.PathUnescape(address); err == nil {
		return text
	}
	return address
}

// quiet is the width of a QR code's border, in modules (ISO/IEC 18004 §9.1).
const quiet = 4

// qrImage returns a QR code of text as SVG. It is made in the page, which alone knows
// the address under which it was opened, and works offline.
func qrImage(text string) string {
	code := qrCode(text)
	size := code.Size + 2*quiet
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return fmt.Sprintf(`<svg viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true"><path d="%s"/></svg>`, size, size, path.String())
}

// qrCode returns the smallest code that holds a room's address. The longest origins of
// the web fit.
func qrCode(text string) *coding.Code {
	for version := coding.Version(coding.MinVersion); ; version++ {
		if coding.String(text).Bits(version) > version.DataBytes(coding.M)*8 {
			continue
		}
		plan, err := coding.NewPlan(version, coding.M, 0)
		if err == nil {
			var code *coding.Code
			if code, err = plan.Encode(coding.String(text)); err == nil {
				return code
			}
		}
		panic(err) // the version has room for the text
	}
}
