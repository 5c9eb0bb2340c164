//go:build !js

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// translate changes the page like a browser's translator: it replaces each text node by
// an element with another text.
const translate = `() => {
	const texts = document.createTreeWalker(document.querySelector(".page"), NodeFilter.SHOW_TEXT), found = [];
	while (texts.nextNode()) found.push(texts.currentNode);
	for (const text of found.filter((text) => !text.parentElement.closest("font"))) {
		const outer = document.createElement("font"), inner = document.createElement("font");
		outer.append(inner);
		inner.textContent = "(" + text.data + ")";
		text.replaceWith(outer);
	}
}`

// A page that is translated again and again shows the right members and names, while
// they come, go and rename themselves.
func TestTranslatedPage(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	tb := sit(t, s, 0, "reader")
	tb.goTo("/")
	own := tb.join("Ann")
	tb.sees("Ann")
	foreign := func() { eval[chromedp.Void](tb, translate) }

	foreign()
	bob := bot(t, s, "lobby", "Bob")
	tb.sees("Ann", "Bob")
	foreign()
	bot(t, s, "lobby", "Cleo")
	tb.sees("Ann", "Bob", "Cleo")
	foreign()
	if err := bob.Rename(t.Context(), "Robert"); err != nil {
		t.Fatal(err)
	}
	tb.sees("Ann", "Cleo", "Robert")
	foreign()
	_ = bob.Leave(t.Context())
	tb.sees("Ann", "Cleo")
	foreign()
	tb.click("#rename")
	tb.asked()
	foreign()
	tb.click("#name-field")
	tb.enter("Anna")
	tb.click(":is(#name-form, #card-form) [type=submit]")
	tb.sees("Anna", "Cleo")
	if now := tb.inRoom(); now.ID != own.ID || now.Name != "Anna" {
		t.Errorf("the own card is %v", now)
	}
	foreign()
	tb.click("#leave")
	tb.asked()
	if eval[bool](tb, `() => document.querySelector(".page").translate || !document.querySelector(".page.notranslate")`) {
		t.Error("the page is for translation")
	}
}

// A button whose text was translated works even if the program renders between press and
// release.
func TestTranslatedButtonHeldDown(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "reader")
	tb.goTo("/")
	tb.join("Ann")
	eval[chromedp.Void](tb, translate)
	at := tb.point("#rename")
	tb.mouse(chromedp.MousePressed, at[0], at[1])
	bot(t, s, "lobby", "Bob")
	tb.sees("Ann", "Bob")
	tb.mouse(chromedp.MouseReleased, at[0], at[1])
	tb.asked()
}
