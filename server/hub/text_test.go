package hub

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"rollcall/shared"
)

// What a client takes for a name the server takes too, although it brings names
// to NFC and the client can't: of each code point that is composed of others, as
// many as a name may have, alone and with marks.
func TestServerTakesWhatClientsTake(t *testing.T) {
	const syllables, all = 0xac00, 0xd7a4 // of Hangul, which are all alike: some will do
	grown := 0
	for r := range rune(0x30000) { // beyond it nothing is composed of anything
		if !utf8.ValidRune(r) || norm.NFD.IsNormalString(string(r)) || r > syllables+100 && r < all {
			continue
		}
		for _, name := range []string{
			strings.Repeat(string(r), shared.MaxNameRunes),
			strings.Repeat(string(r)+"\u0328", shared.MaxNameRunes/2),
			string(r) + strings.Repeat("\u0301", shared.MaxMarks),
		} {
			if checkAgreed(t, name) && utf8.RuneCountInString(norm.NFC.String(name)) > shared.MaxNameRunes {
				grown++
			}
		}
	}
	if grown < 50 { // U+0958, U+FB1D, U+1D160 and the like, and ǖ with an ogonek
		t.Errorf("%d names grow in NFC: what this test is about was not tried", grown)
	}
}

func FuzzNames(f *testing.F) {
	for _, seed := range []string{
		"Ana", "Jose\u0301", strings.Repeat("\u0958", 64), strings.Repeat("\U0001d160", 64), strings.Repeat("ǖ\u0328", 32),
		"e\u0301\u0323\u0308\u0304\u0327\u0328", "\u1100\u1161\u11a8", "क\u094d\u200dष", "\u0627\u0654\u200c\u0627", "A\u2000\u2001B", "\u212b\ufe0f",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) { checkAgreed(t, name) })
}

// checkAgreed checks both rules for one name, and reports whether it is one.
func checkAgreed(t *testing.T, raw string) bool {
	asked, refused := shared.CleanName(raw)
	shown, err := cleanName(asked)
	if refused != nil {
		shown, err = cleanName(raw)
	}
	if refused == nil && err != nil {
		t.Errorf("the client takes %+q, the server says %v", raw, err)
	}
	if err != nil {
		return false
	}
	if again, err := cleanName(shown); again != shown || err != nil {
		t.Errorf("%+q is shown as %+q, and that as %+q (%v)", raw, shown, again, err)
	}
	checkText(t, "name", shown, shared.CleanName)
	return true
}
