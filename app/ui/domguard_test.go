//go:build js

package ui

import (
	"fmt"
	"slices"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// translate changes the page like a browser's translator: it replaces each text node by
// an element with another text.
const translate = `{
	const texts = document.createTreeWalker(document.querySelector(".page"), NodeFilter.SHOW_TEXT), found = [];
	while (texts.nextNode()) found.push(texts.currentNode);
	for (const text of found.filter((text) => !text.parentElement.closest("font"))) {
		const outer = document.createElement("font"), inner = document.createElement("font");
		outer.append(inner);
		inner.textContent = "[" + text.data + "]";
		text.replaceWith(outer);
	}
}`

// rewrite changes the page like other extensions: it changes text nodes in place, or
// splits them.
const rewrite = `{
	const texts = document.createTreeWalker(document.querySelector(".page"), NodeFilter.SHOW_TEXT), found = [];
	while (texts.nextNode()) found.push(texts.currentNode);
	for (const text of found) {
		if (text.length > 1) text.splitText(1).data = "!";
		text.data = "?";
	}
}`

// After a translator has changed the page's texts, the next rendering restores names,
// count and words, each on its own card.
func TestATranslatedPageGoesOnToSayTheTruth(t *testing.T) {
	for name, script := range map[string]string{"elements": translate, "texts": rewrite} {
		t.Run(name, func(t *testing.T) {
			r := joinedPage(t, member(1), member(2), member(3))
			foreign := func() { app.Window().Call("eval", script) }
			here := []string{"Person 1", "Person 2", "Person 3", "Me"}
			shown := func(what string, want ...string) {
				t.Helper()
				r.eventually(what, func() bool {
					return slices.Equal(texts("#people > li:not(.gone) .name"), want) &&
						byID("count").Get("textContent").String() == fmt.Sprint(len(want)) &&
						slices.Equal(texts("#people > [aria-current] .name"), []string{"Me"}) &&
						len(all(".page font")) == 0
				})
			}
			shown("all are there", here...)
			foreign()
			r.send(shared.NewUser{Rev: r.next(), User: member(4)})
			shown("one has come", "Person 1", "Person 2", "Person 3", "Person 4", "Me")
			foreign()
			foreign() // translators run again and again
			r.send(shared.DisconnectUser{Rev: r.next(), ID: member(1).ID, Reason: shared.ReasonLeft})
			shown("one has gone", "Person 2", "Person 3", "Person 4", "Me")
			foreign()
			renamed := member(3)
			renamed.Name, renamed.Note = "Trois", "no time"
			r.send(shared.UserUpdated{Rev: r.next(), User: renamed})
			shown("one has another name", "Person 2", "Trois", "Person 4", "Me")
			foreign()
			byID("rename").Call("click")
			r.eventually("the page works", editing)
			if got := byID("name-title").Get("textContent").String(); got != string(msgs.EditTitle) {
				t.Errorf("the dialog is headed %q", got)
			}
		})
	}
}

func TestThePageIsNotForTranslation(t *testing.T) {
	joinedPage(t)
	if query(".page").Get("translate").Bool() || !query(".page.notranslate").Truthy() {
		t.Error("the page is for translation")
	}
}
