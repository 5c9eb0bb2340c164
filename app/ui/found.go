package ui

import (
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// marked returns a text with what the words of a query find in it in mark elements. The
// words are separated by spaces, and folded as by foldText.
func marked(text, words string) []app.UI {
	if words == "" {
		return []app.UI{app.Text(text)}
	}
	runs := found(text, strings.Fields(words))
	parts := make([]app.UI, len(runs))
	for i, run := range runs {
		parts[i] = app.Text(run)
		if i%2 == 1 {
			parts[i] = box("mark", "", parts[i])
		}
	}
	return parts
}

// found divides a text into what folded words do not find in it, what they find, and so
// on in turns. It divides no character: a code point that folding drops, such as a mark,
// stays with the one before.
func found(text string, words []string) (runs []string) {
	pieces := strings.Split(text, "")
	folded := foldTexts(pieces)
	whole := strings.Join(folded, "")
	hits := make([]bool, len(whole))
	for _, word := range words {
		for at := 0; ; at += len(word) {
			i := strings.Index(whole[at:], word)
			if i < 0 {
				break
			}
			at += i
			for j := range len(word) {
				hits[at+j] = true
			}
		}
	}
	at, hit := 0, false
	runs = []string{""}
	for i, piece := range folded {
		if piece != "" {
			hit = slices.Contains(hits[at:at+len(piece)], true)
		}
		if hit == (len(runs)%2 == 1) {
			runs = append(runs, "")
		}
		runs[len(runs)-1] += pieces[i]
		at += len(piece)
	}
	return runs
}
