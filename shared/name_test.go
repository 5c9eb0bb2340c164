package shared_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"rollcall/shared"
)

const (
	family    = "👨\u200d👩\u200d👧\u200d👦" // one character of seven code points
	england   = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
	namaste   = "श्री\u200dमान क्\u200cष"
	mohammed  = "محمد\u200cعلی"
	markup    = `"><script>alert(1)</script>`
	fourBytes = "\U0001f642"
)

func TestCleanName(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{ // want "": refused
		"plain":                     {"Ana", "Ana"},
		"spaces around":             {" \t Ana María\u00a0\u3000\n", "Ana María"},
		"spaces inside stay":        {"Ana  María", "Ana  María"},
		"NEL around":                {"\u0085Ana\u0085", "Ana"},
		"line separator around":     {"\u2028Ana\u2029", "Ana"},
		"markup is text":            {markup, markup},
		"a digit":                   {"7", "7"},
		"punctuation":               {"?", "?"},
		"decomposed":                {"Jose\u0301", "Jose\u0301"},
		"Arabic with a non-joiner":  {mohammed, mohammed},
		"Devanagari with joiners":   {namaste, namaste},
		"Chinese":                   {"李小龙", "李小龙"},
		"Hangul":                    {"김민준", "김민준"},
		"a family":                  {family, family},
		"England's flag":            {england, england},
		"a heart with its selector": {"❤\ufe0f", "❤\ufe0f"},
		"an Arabic number sign":     {"\u0600١", "\u0600١"},
		"a replacement character":   {"\ufffd", "\ufffd"},
		"unassigned beside a":       {"a\u0378", "a\u0378"},
		"a noncharacter beside a":   {"a\ufdd0\U0010ffff", "a\ufdd0\U0010ffff"},
		"private use beside a":      {"a\ue000", "a\ue000"},
		"64 code points":            {strings.Repeat("a", 64), strings.Repeat("a", 64)},
		"64 within spaces":          {"  " + strings.Repeat("é", 64) + "  ", strings.Repeat("é", 64)},
		"256 bytes":                 {strings.Repeat(fourBytes, 64), strings.Repeat(fourBytes, 64)},

		"nothing":                      {"", ""},
		"only spaces":                  {" \u00a0\u2003\u3000 ", ""},
		"only a joiner":                {"\u200d", ""},
		"only a non-joiner":            {"\u200c", ""},
		"joiners and spaces":           {"\u200d \u200d", ""},
		"only tags":                    {"\U000e0067\U000e007f", ""},
		"only a variation selector":    {"\ufe0f", ""},
		"only a combining mark":        {"\u0301", ""},
		"only a grapheme joiner":       {"\u034f", ""},
		"only Hangul fillers":          {"\u115f\u1160\u3164\uffa0", ""},
		"only blank braille":           {"\u2800", ""},
		"only blank hieroglyphs":       {"\U00013441\U00013442", ""},
		"only a null notehead":         {"\U0001d159", ""},
		"only unassigned":              {"\u0378", ""},
		"only a noncharacter":          {"\ufdd0", ""},
		"only private use":             {"\ue000", ""},
		"65 code points":               {strings.Repeat("a", 65), ""},
		"257 bytes":                    {strings.Repeat(fourBytes, 64) + "a", ""},
		"10,000 characters":            {strings.Repeat("a", 10_000), ""},
		"not UTF-8":                    {"Ana\xff", ""},
		"a surrogate":                  {"Ana\xed\xa0\x80", ""},
		"NUL":                          {"A\x00na", ""},
		"escape":                       {"\x1b[31mAna", ""},
		"a newline":                    {"Ana\nBen", ""},
		"a carriage return":            {"Ana\rBen", ""},
		"a tab":                        {"Ana\tBen", ""},
		"DEL":                          {"A\x7fna", ""},
		"NEL":                          {"A\u0085na", ""},
		"an 8-bit escape":              {"A\u009b31m", ""},
		"a line separator":             {"A\u2028na", ""},
		"a paragraph separator":        {"A\u2029na", ""},
		"a byte order mark":            {"\ufeffAna", ""},
		"a soft hyphen":                {"A\u00adna", ""},
		"a zero width space":           {"A\u200bna", ""},
		"a word joiner":                {"A\u2060na", ""},
		"a left-to-right mark":         {"A\u200ena", ""},
		"an Arabic letter mark":        {"A\u061cna", ""},
		"a right-to-left override":     {"ana\u202egpj.exe", ""},
		"an isolate":                   {"\u2067ana\u2069", ""},
		"a language tag":               {"a\U000e0001", ""},
		"an interlinear mark":          {"a\ufff9", ""},
		"spaces but one bad character": {" \u202e ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := shared.CleanName(c.in)
			if got != c.want {
				t.Errorf("CleanName(%+q) = %+q, want %+q", c.in, got, c.want)
			}
			wantCode(t, err, shared.CodeBadName, c.want == "")
		})
	}
}

// wantCode checks that err is an Error with the code, whose message is fit to
// be shown, or nil.
func wantCode(t *testing.T, err error, code shared.Code, refused bool) {
	t.Helper()
	if !refused {
		if err != nil {
			t.Errorf("the error is %v, want none", err)
		}
		return
	}
	var e shared.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("the error is %v, want code %s", err, code)
	}
	if e.Message == "" || !utf8.ValidString(e.Message) || strings.ContainsFunc(e.Message, unicode.IsControl) {
		t.Errorf("the message is %q", e.Message)
	}
}

func TestCleanNote(t *testing.T) {
	for name, c := range map[string]struct {
		in, want string
		refused  bool
	}{
		"empty":           {"", "", false},
		"spaces":          {" \n ", "", false},
		"trimmed":         {" at lunch ", "at lunch", false},
		"only a joiner":   {"\u200d", "\u200d", false},
		"140 code points": {strings.Repeat(fourBytes, 140), strings.Repeat(fourBytes, 140), false},
		"141 code points": {strings.Repeat("a", 141), "", true},
		"561 bytes":       {strings.Repeat(fourBytes, 140) + "a", "", true},
		"two lines":       {"a\nb", "", true},
		"an override":     {"a\u202eb", "", true},
		"not UTF-8":       {"\xff", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := shared.CleanNote(c.in)
			if got != c.want {
				t.Errorf("CleanNote(%+q) = %+q, want %+q", c.in, got, c.want)
			}
			wantCode(t, err, shared.CodeBadNote, c.refused)
		})
	}
}

// Every code point, between two letters: the whole of what a name may hold.
func TestCleanNameOfEveryCodePoint(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if !utf8.ValidRune(r) {
			continue
		}
		name := "a" + string(r) + "b"
		got, err := shared.CleanName(name)
		if refused := err != nil; refused != forbidden(r) {
			t.Errorf("%U refused: %v (%v), want %v", r, refused, err, forbidden(r))
		} else if !refused && got != name {
			t.Errorf("%U became %+q", r, got)
		}
	}
}

// forbidden states the rule again, by what the characters do.
func forbidden(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r <= 0x9f: // terminals obey them
		return true
	case unicode.Is(unicode.Bidi_Control, r), r == 0x2028, r == 0x2029: // they move or break what follows
		return true
	case r == 0x200c, r == 0x200d, r >= 0xe0020 && r <= 0xe007f: // emoji and scripts need them
		return false
	case r >= 0x0600 && r <= 0x0605, r == 0x06dd, r == 0x070f, r == 0x0890, r == 0x0891, r == 0x08e2, r == 0x110bd, r == 0x110cd: // signs with ink
		return false
	}
	return unicode.Is(unicode.Cf, r)
}

// Every code point by itself: a name of characters without ink would be a card
// without a name.
func TestNameOfOneCodePointHasInk(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if !utf8.ValidRune(r) {
			continue
		}
		_, err := shared.CleanName(string(r))
		inkless := unicode.In(r, unicode.White_Space, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
			unicode.M, unicode.Cc, unicode.Co, unicode.Noncharacter_Code_Point) || r == 0x2800
		if inkless && err == nil {
			t.Errorf("%U is a name", r)
		}
		if err != nil && unicode.IsGraphic(r) && !inkless && r != 0x1d159 && r != 0x13441 && r != 0x13442 {
			t.Errorf("%U is no name: %v", r, err)
		}
	}
}
