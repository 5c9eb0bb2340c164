package site

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"rollcall/shared/i18n"
)

// languages matches the languages of a request with those that there are.
var languages = func() language.Matcher {
	var tags []language.Tag
	for _, lang := range i18n.Languages() {
		tags = append(tags, language.MustParse(lang))
	}
	return language.NewMatcher(tags)
}()

// maxAcceptLanguage bounds an Accept-Language (RFC 9110 §12.5.4) in bytes; a longer one
// is ignored. Browsers send a few dozen.
const maxAcceptLanguage = 512

// WordsFor returns the words of a page in the language that the request prefers among
// those that there are, or else in English. It adds Accept-Language to the answer's Vary.
func WordsFor(w http.ResponseWriter, r *http.Request) *i18n.Words {
	w.Header().Add("Vary", "Accept-Language")
	accept := strings.Join(r.Header.Values("Accept-Language"), ",")
	if len(accept) > maxAcceptLanguage {
		return i18n.In(i18n.English)
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return i18n.In(i18n.English)
	}
	_, i, _ := languages.Match(wanted...)
	return i18n.In(i18n.Languages()[i])
}
