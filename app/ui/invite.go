package ui

import (
	"fmt"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"rsc.io/qr/coding"

	"rollcall/shared"
)

// invitation is the ways to send somebody the address of the room.
func (p *Page) invitation() []app.UI {
	address := roomURL(p.room)
	return []app.UI{
		app.Elem("h2").ID("panel-title").Text(say.InviteTitle.With("room", p.room)),
		app.Elem("p").Text(string(say.InviteHint)),
		app.Elem("div").Class("qr").Role("img").Attr("aria-label", string(say.QR)).Body(app.Raw(qrImage(address))),
		app.Elem("input").ID("room-address").Attr("type", "text").Attr("readonly", true).Dir("ltr").Attr("aria-label", string(say.Address)).Attr("value", address),
		app.Elem("div").Class("actions").Body(
			app.If(canShare(), func() app.UI {
				return button().ID("share").Class("primary").Attr("autofocus", true).Text(string(say.Share)).OnClick(p.onShare)
			}),
			button().ID("copy").Class(copyClass()).Attr("autofocus", true).Text(p.copyText()).OnClick(p.onCopy),
			button().Text(string(say.Close)).OnClick(p.onPanelCancel),
		),
		app.Elem("p").Class("sr").Role("status").Text(p.copyNews()),
	}
}

// copyClass makes copying the way to do it where there is no sheet to share by.
func copyClass() string {
	if canShare() {
		return ""
	}
	return "primary"
}

func (p *Page) copyText() string {
	if p.copied {
		return string(say.Copied)
	}
	return string(say.Copy)
}

func (p *Page) copyNews() string {
	if p.copied {
		return string(say.Copied)
	}
	return ""
}

func canShare() bool { return app.Window().Get("navigator").Get("share").Truthy() }

func (p *Page) onShare(app.Context, app.Event) {
	data := map[string]any{"title": p.room + " · Rollcall", "url": roomURL(p.room)}
	then(app.Window().Get("navigator").Call("share", data), func(app.Value) {})
}

func (p *Page) onCopy(app.Context, app.Event) {
	clipboard := app.Window().Get("navigator").Get("clipboard")
	if !clipboard.Truthy() { // not over https: the old way
		byID("room-address").Call("select")
		p.copied = document().Call("execCommand", "copy").Bool()
		return
	}
	then(clipboard.Call("writeText", roomURL(p.room)), func(app.Value) {
		p.ctx.Dispatch(func(app.Context) { p.copied = true })
	})
}

// roomURL is the whole address of a room.
func roomURL(room string) string {
	return app.Window().Get("location").Get("origin").String() + shared.RoomPath(base(), room)
}

// quiet is the empty border that a QR code needs, in modules (ISO/IEC 18004 §9.1).
const quiet = 4

// qrImage is a text as a QR code, as an SVG image. It is made in the page, which
// alone knows under which address it was opened, and also without a network.
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

// qrCode makes the smallest code that a room's address fits in; the longest
// origins of the web do.
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
