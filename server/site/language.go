package site

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"rollcall/shared/words"
)

// languages tells which of ours a reader understands best.
var languages = func() language.Matcher {
	var tags []language.Tag
	for _, lang := range words.Languages() {
		tags = append(tags, language.MustParse(lang))
	}
	return language.NewMatcher(tags)
}()

// mostLanguages is how long an Accept-Language (RFC 9110 §12.5.4), in bytes, is
// read at all: browsers send a few dozen.
const mostLanguages = 512

// wordsFor is the words of a page in the language that the request asks for
// first among those that there are, or else in English. The answer varies with
// that header, and says so.
func wordsFor(w http.ResponseWriter, r *http.Request) *words.Words {
	w.Header().Add("Vary", "Accept-Language")
	accept := strings.Join(r.Header.Values("Accept-Language"), ",")
	if len(accept) > mostLanguages {
		return words.In(words.English)
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return words.In(words.English)
	}
	_, i, _ := languages.Match(wanted...)
	return words.In(words.Languages()[i])
}
