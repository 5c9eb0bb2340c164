package site

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"strconv"

	"rollcall/shared"
)

// Measures of a badge, in pixels.
const (
	badgeHeight = 20
	badgeMargin = 6
	faceWidth   = 20
)

// maxLabel is how many characters of a room's title a badge shows.
const maxLabel = 24

// drawBadge returns a badge as SVG: the room, the number, and faces where the widget has
// some. It has no style sheet, no script and no text in any language, so that it can be shown
// wherever images are.
func drawBadge(shown widget) []byte {
	label := []rune(cmp.Or(shown.Title, shown.Room))
	if len(label) > maxLabel {
		label = append(label[:maxLabel-1], '…')
	}
	count := strconv.Itoa(shown.Count)
	left, right := widthOf(string(label))+2*badgeMargin, widthOf(count)+2*badgeMargin+10
	faces := left + right
	width := faces + len(shown.People)*faceWidth
	colour := "#666"
	if shown.Count > 0 {
		colour = "#1a7f37"
	}
	name := escaped(cmp.Or(shown.Title, shown.Room) + ": " + count)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" role="img" aria-label="%s" font-family="system-ui,sans-serif" font-size="11" text-anchor="middle"><title>%s</title>`,
		width, badgeHeight, name, name)
	fmt.Fprintf(&b, `<rect width="%d" height="20" rx="3" fill="#444"/><rect x="%d" width="%d" height="20" rx="3" fill="%s"/>`, left+3, left, right, colour)
	fmt.Fprintf(&b, `<text x="%d" y="14" fill="#fff">%s</text>`, left/2, escaped(string(label)))
	fmt.Fprintf(&b, `<circle cx="%d" cy="10" r="3.5" fill="#fff"/><text x="%d" y="14" fill="#fff">%s</text>`, left+badgeMargin+4, left+right/2+5, count)
	for i, f := range shown.People {
		x := faces + i*faceWidth + faceWidth/2
		fmt.Fprintf(&b, `<g><title>%s</title><circle cx="%d" cy="10" r="9" fill="hsl(%d,45%%,30%%)"/><text x="%d" y="13.5" font-size="9" fill="#fff">%s</text></g>`,
			escaped(f.Name), x, f.Hue*360/shared.Hues, x, escaped(f.Initials))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// escaped returns a text as XML, without characters that XML can't have: a name may be newer
// than its rules.
func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // to a buffer
	return b.String()
}

// widthOf estimates the width of a text: images are drawn without measuring.
func widthOf(text string) (width int) {
	for _, r := range text {
		if r < 0x1100 {
			width += 7
		} else {
			width += 12 // the scripts of East Asia, and emoji
		}
	}
	return width
}
