package site

import (
	"slices"
	"strings"
	"testing"

	"rollcall/server/hub"
	"rollcall/shared/words"
)

// Every page speaks what its reader understands best, says which language that
// is and which way it runs, and that the answer depends on who asks.
func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	r := newRig(t, hub.Config{})
	for accept, lang := range map[string]string{
		"":                                   "en",
		"de":                                 "de",
		"de-AT,de;q=0.9,en;q=0.8":            "de",
		"fr,es-MX;q=0.7,en;q=0.3":            "es",
		"ar-EG":                              "ar",
		"zh-CN,zh;q=0.9":                     "zh",
		"zh-Hant-TW":                         "zh",
		"fi":                                 "en",
		"en;q=0.1,de;q=0.9":                  "de",
		"de;q=0,ar":                          "ar",
		"*":                                  "en",
		"\x7f;;q=high,,":                     "en",
		strings.Repeat("de,", mostLanguages): "en",
	} {
		for target, vary := range map[string][]string{
			"/":        {"Accept-Language"},
			"/r/x":     {"Accept-Language"},
			"/nowhere": {"Accept-Language"},
			"/shell":   {"Accept-Language", "Accept-Encoding"},
		} {
			res := r.get("GET", target, "Accept-Language", accept)
			html := parse(t, body(t, res)).one(tag("html"))
			w := words.In(lang)
			if attr(html, "lang") != lang || attr(html, "dir") != w.Dir {
				t.Errorf("%s for %.30q is lang=%s dir=%s, want %s", target, accept, attr(html, "lang"), attr(html, "dir"), lang)
			}
			if target == "/" && !strings.Contains(content(html), string(w.Nobody)) {
				t.Errorf("%s for %.30q says nothing in %s", target, accept, lang)
			}
			if got := res.Header.Values("Vary"); !slices.Equal(got, vary) {
				t.Errorf("%s varies with %q, want %q", target, got, vary)
			}
		}
	}
	if res := r.get("GET", "/robots.txt"); res.Header.Get("Vary") != "" {
		t.Errorf("a text that is the same for all varies with %s", res.Header.Get("Vary"))
	}
}
