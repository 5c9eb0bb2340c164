package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/encoding/traditionalchinese"

	"rollcall/server/hub"
	"rollcall/shared/i18n"
)

// Every page is in the language that its reader understands best. It has the language and
// direction in its markup, and Accept-Language in Vary.
func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	r := newRig(t, hub.Config{})
	for accept, lang := range map[string]string{
		"":                                       "en",
		"de":                                     "de",
		"de-AT,de;q=0.9,en;q=0.8":                "de",
		"fr,es-MX;q=0.7,en;q=0.3":                "es",
		"ar-EG":                                  "ar",
		"zh-CN,zh;q=0.9":                         "zh",
		"zh-SG":                                  "zh",
		"zh-TW,zh;q=0.9,en;q=0.8":                "zh-Hant",
		"zh-HK":                                  "zh-Hant",
		"zh-Hant-MO":                             "zh-Hant",
		"fi":                                     "en",
		"en;q=0.1,de;q=0.9":                      "de",
		"de;q=0,ar":                              "ar",
		"*":                                      "en",
		"\x7f;;q=high,,":                         "en",
		strings.Repeat("de,", maxAcceptLanguage): "en",
	} {
		for _, target := range []string{"/", "/r/x", "/nowhere", "/shell"} {
			res := r.get("GET", target, "Accept-Language", accept)
			html := parse(t, body(t, res)).one(tag("html"))
			w := i18n.In(lang)
			if attr(html, "lang") != lang || attr(html, "dir") != w.Dir {
				t.Errorf("%s for %.30q is lang=%s dir=%s, want %s", target, accept, attr(html, "lang"), attr(html, "dir"), lang)
			}
			if target == "/" && !strings.Contains(content(html), string(w.First)) {
				t.Errorf("%s for %.30q says nothing in %s", target, accept, lang)
			}
			if got := res.Header.Values("Vary"); !slices.Equal(got, []string{"Accept-Language", "Accept-Encoding"}) {
				t.Errorf("%s varies with %q", target, got)
			}
		}
	}
	if res := r.get("GET", "/robots.txt"); res.Header.Get("Vary") != "" {
		t.Errorf("a text that is the same for all varies with %s", res.Header.Get("Vary"))
	}
}

// The words in Traditional Chinese have only characters that are written in Taiwan, which are
// those of Big5.
func TestTraditionalIsTraditional(t *testing.T) {
	w := i18n.In("zh-Hant")
	if w.Live != "即時" || w.Trouble["room_full"] != "房間已滿，請稍後再試。" || w.Count(w.PeopleHere, 3) != "3 人在場" {
		t.Errorf("%q, %q, %q", w.Live, w.Trouble["room_full"], w.Count(w.PeopleHere, 3))
	}
	if simplified := i18n.In("zh"); simplified.Live != "实时" || simplified.Trouble["room_full"] != "房间已满，请稍后再试。" {
		t.Error("the Simplified words have changed with them")
	}
	all, han := fmt.Sprint(*w), 0
	for _, r := range all {
		if !unicode.Is(unicode.Han, r) {
			continue
		}
		han++
		if _, err := traditionalchinese.Big5.NewEncoder().String(string(r)); err != nil {
			t.Errorf("%c is not written in Taiwan", r)
		}
	}
	if han < 500 {
		t.Errorf("there are only %d characters", han)
	}
}
