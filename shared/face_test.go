package shared_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/shared"
)

// A tag is the beginning of the id, however short that is.
func TestTag(t *testing.T) {
	for id, want := range map[string]string{"K7ABCDEFGHIJKLMN": "K7", "u": "u", "": ""} {
		if got := shared.Tag(id); got != want {
			t.Errorf("the tag of %q is %q, want %q", id, got, want)
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"":                          "",
		" \u3000 ":                  "",
		"ana":                       "A",
		"Ana":                       "A",
		"ana maria lópez":           "AL",
		"  ana   lópez  ":           "AL",
		"élodie":                    "É",
		"e\u0301lodie o\u0308ztürk": "E\u0301O\u0308",
		"жанна агузарова":           "ЖА",
		"Ωmega αlpha":               "ΩΑ",
		"ǆemal":                     "ǅ", // one letter with a title case
		"გია მაისურაძე":             "გმ",
		"李小龙":                       "李",
		"李 小龙":                      "李",
		"Ana 李":                     "A",
		"김 민준":                      "김",
		"نور الدين":                 "ن",
		"क्षमा शर्मा":               "क्",
		"नीता":                      "नी",
		"42 is me":                  "4",
		"ana 7":                     "A",
		markup:                      `"`,
		"<b>":                       "<",
		"🦊":                         "🦊",
		"🦊 fox":                     "🦊",
		"ana 🦊":                     "A",
		family + " Smith":           family,
		family + family:             family,
		"👍🏽 fine":                   "👍🏽",
		"❤\ufe0f love":              "❤\ufe0f",
		"1\ufe0f\u20e3 first":       "1\ufe0f\u20e3",
		"🧑🏽\u200d🚀 Sally":           "🧑🏽\u200d🚀",
		"🏳\ufe0f\u200d🌈":            "🏳\ufe0f\u200d🌈",
		"🇫🇷🇩🇪":                      "🇫🇷",
		"🇫🇷":                        "🇫🇷",
		"🇫":                         "🇫",
		"🇫a🇷":                       "🇫",
		england + england:           england,
		"a\u200db\u200dc":           "A\u200d", // letters joined to one character would not fit the face
		"\u0301":                    "\u0301",
		"\xffna":                    "\ufffd", // not a name, but must not panic
		"ana \xf0\x9f":              "A",
	} {
		if got := shared.Initials(name); got != want {
			t.Errorf("Initials(%+q) = %+q, want %+q", name, got, want)
		}
	}
}

// Initials returns at most two letters with their marks, as many as fit a face.
func TestInitialsOfManyLettersAreFew(t *testing.T) {
	name := strings.Repeat("a\u200d", 16) + " " + strings.Repeat("b\u200d", 16)
	if got, want := shared.Initials(name), "A\u200dB\u200d"; got != want {
		t.Errorf("Initials(%+q) = %+q, want %+q", name, got, want)
	}
}

func TestHue(t *testing.T) {
	for _, v := range vectors(t).Hues {
		if got := shared.Hue(v.ID); got != v.Hue {
			t.Errorf("Hue(%q) = %d, want %d", v.ID, got, v.Hue)
		}
	}
	const people = 24_000
	var count [shared.Hues]int
	for i := range people {
		count[shared.Hue(shared.MemberID(fmt.Sprint("key ", i)))]++ // out of range would panic
	}
	for hue, n := range count {
		if even := people / shared.Hues; n < even*8/10 || n > even*12/10 {
			t.Errorf("%d of %d people have hue %d", n, people, hue)
		}
	}
}
