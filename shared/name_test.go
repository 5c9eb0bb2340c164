package shared_test

import (
	"errors"
	"regexp"
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
	for name, c := range map[string]struct{ in, want string }{ // want "": rejected
		"plain":                      {"Ana", "Ana"},
		"spaces around":              {" \t Ana María\u00a0\u3000\n", "Ana María"},
		"many spaces inside":         {"Ana \u00a0\u3000 María", "Ana María"},
		"NEL around":                 {"\u0085Ana\u0085", "Ana"},
		"line separator around":      {"\u2028Ana\u2029", "Ana"},
		"markup is text":             {markup, markup},
		"a digit":                    {"7", "7"},
		"punctuation":                {"?", "?"},
		"decomposed":                 {"Jose\u0301", "Jose\u0301"},
		"Arabic with a non-joiner":   {mohammed, mohammed},
		"Devanagari with joiners":    {namaste, namaste},
		"Chinese":                    {"李小龙", "李小龙"},
		"Hangul":                     {"김민준", "김민준"},
		"a family":                   {family, family},
		"England's flag":             {england, england},
		"a heart with its selector":  {"❤\ufe0f", "❤\ufe0f"},
		"an Arabic number sign":      {"\u0600١", "\u0600١"},
		"a replacement character":    {"\ufffd", "\ufffd"},
		"unassigned beside a":        {"a\u0378", "a\u0378"},
		"only unassigned":            {"\u0378", "\u0378"},
		"an emoji of Unicode 17":     {"\U0001fac8", "\U0001fac8"},
		"an emoji to come":           {"\U0001faff", "\U0001faff"},
		"a letter to come":           {"\U0003fff0", "\U0003fff0"},
		"only private use":           {"\uf8ff", "\uf8ff"},
		"a keycap":                   {"1\ufe0f\u20e3", "1\ufe0f\u20e3"},
		"a rainbow flag":             {"🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d🌈"},
		"a doctor":                   {"🧑🏽\u200d⚕\ufe0f", "🧑🏽\u200d⚕\ufe0f"},
		"Bengali ya-phalaa":          {"র\u200d্যাব", "র\u200d্যাব"},
		"Malayalam of old":           {"രമേശന്\u200d", "രമേശന്\u200d"},
		"Sinhala":                    {"ශ්\u200dරී", "ශ්\u200dරී"},
		"Mongolian with a selector":  {"ᠭ\u180b", "ᠭ\u180b"},
		"a form of a Han character":  {"葛\U000e0100", "葛\U000e0100"},
		"Hebrew with all its points": {"שׁ\u05bc\u05b8\u05bd", "שׁ\u05bc\u05b8\u05bd"},
		"Arabic with all its points": {"ر\u0651\u064e\u0670", "ر\u0651\u064e\u0670"},
		"Vietnamese, decomposed":     {"Nguye\u0302\u0303n", "Nguye\u0302\u0303n"},
		"Tibetan":                    {"བསྒྲུབས", "བསྒྲུབས"},
		"Burmese":                    {"ကြွှိုးံ့", "ကြွှိုးံ့"},
		"six marks":                  {"a" + strings.Repeat("\u0301", 6), "a" + strings.Repeat("\u0301", 6)},
		"private use beside a":       {"a\ue000", "a\ue000"},
		"64 code points":             {strings.Repeat("a", 64), strings.Repeat("a", 64)},
		"64 within spaces":           {"  " + strings.Repeat("é", 64) + "  ", strings.Repeat("é", 64)},
		"256 bytes":                  {strings.Repeat(fourBytes, 64), strings.Repeat(fourBytes, 64)},

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
		"only a noncharacter":          {"\ufdd0", ""},
		"a noncharacter beside a":      {"a\ufdd0", ""},
		"the last noncharacter":        {"a\U0010ffff", ""},
		"seven marks":                  {"a" + strings.Repeat("\u0301", 7), ""},
		"marks and joiners":            {"क" + strings.Repeat("\u0941\u200c", 7) + "क", ""},
		"a joiner between letters":     {"A\u200dna", ""},
		"a non-joiner between letters": {"A\u200cna", ""},
		"a joiner at the end of emoji": {"👨\u200d", ""},
		"two joiners":                  {"👨\u200d\u200d👩", ""},
		"a non-joiner at the end":      {"محمد\u200c", ""},
		"a selector on a letter":       {"A\ufe0fna", ""},
		"two selectors":                {"❤\ufe0f\ufe0f", ""},
		"a selector on a digit":        {"7\ufe0f", ""},
		"a selector of nothing":        {"\ufe0f\u20e3", ""},
		"a form of a letter":           {"A\U000e0100", ""},
		"tags without a flag":          {"A\U000e0067\U000e007f", ""},
		"a flag whose tags do not end": {"🏴\U000e0067\U000e0062", ""},
		"a flag of no tags":            {"🏴\U000e007f", ""},
		"a flag with two ends":         {england + "\U000e007f", ""},
		"a flag of many tags":          {"🏴" + strings.Repeat("\U000e0067", 7) + "\U000e007f", ""},
		"a Hangul filler":              {"Ana\u3164", ""},
		"braille without dots":         {"Ana\u2800", ""},
		"a grapheme joiner":            {"A\u034fna", ""},
		"ignorable when it comes":      {"A\U000e0fffna", ""},
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

// wantCode checks that err is nil, or if refused, an Error with the code and with a
// message that can be shown to people.
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
		"two spaces":      {"at  lunch", "at lunch", false},
		"only a mark":     {"\u0301", "\u0301", false},
		"seven marks":     {"a" + strings.Repeat("\u0301", 7), "", true},
		"only a joiner":   {"\u200d", "", true},
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

// Every code point between two letters is accepted or rejected as forbidden says.
func TestCleanNameOfEveryCodePoint(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if !utf8.ValidRune(r) {
			continue
		}
		name := "a" + string(r) + "b"
		got, err := shared.CleanName(name)
		if refused := err != nil; refused != forbidden(r) {
			t.Errorf("%U refused: %v (%v), want %v", r, refused, err, forbidden(r))
		} else if want := spaces.ReplaceAllString(name, " "); !refused && got != want {
			t.Errorf("%U became %+q", r, got)
		}
	}
}

var spaces = regexp.MustCompile(`\p{Zs}+`)

// contextual reports whether r is allowed only inside certain scripts and emoji.
func contextual(r rune) bool {
	return r == 0x200c || r == 0x200d || r >= 0x180b && r <= 0x180f || r >= 0xe0020 && r <= 0xe007f || unicode.Is(unicode.Variation_Selector, r)
}

// forbidden reports whether r is not allowed between two Latin letters. It states the
// rule of CleanName anew, by the effects of the characters.
func forbidden(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r <= 0x9f: // terminals obey them
		return true
	case unicode.Is(unicode.Bidi_Control, r), r == 0x2028, r == 0x2029: // they reorder or break the text after them
		return true
	case contextual(r), unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point):
		return true
	case r >= 0xe0000 && r <= 0xe0fff, r == 0x2800, r == 0x1d159, r == 0x13441, r == 0x13442:
		return true
	case r >= 0x0600 && r <= 0x0605, r == 0x06dd, r == 0x070f, r == 0x0890, r == 0x0891, r == 0x08e2, r == 0x110bd, r == 0x110cd: // visible signs
		return false
	}
	return unicode.Is(unicode.Cf, r)
}

// A name of a single code point must be visible: otherwise a card would seem to have
// no name.
func TestNameOfOneCodePointIsVisible(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if !utf8.ValidRune(r) {
			continue
		}
		_, err := shared.CleanName(string(r))
		inkless := unicode.In(r, unicode.White_Space, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
			unicode.M, unicode.Cc, unicode.Noncharacter_Code_Point) || r == 0x2800
		if inkless && err == nil {
			t.Errorf("%U is a name", r)
		}
		if err != nil && !unicode.Is(unicode.Cf, r) && !(r >= 0xe0000 && r <= 0xe0fff) && !inkless && r != 0x1d159 && r != 0x13441 && r != 0x13442 {
			t.Errorf("%U is no name: %v", r, err)
		}
	}
}

func TestTextsOfModeration(t *testing.T) {
	long := strings.Repeat("é", shared.MaxTextRunes)
	for name, tt := range map[string]struct {
		rule     shared.Rule
		in, want string // want "-" is an error
	}{
		"an announcement is one line":   {shared.CleanAnnouncement, " doors close\u00a0 at 5 ", "doors close at 5"},
		"280 code points":               {shared.CleanAnnouncement, long, long},
		"280 of the longest":            {shared.CleanAnnouncement, strings.Repeat(fourBytes, shared.MaxTextRunes), strings.Repeat(fourBytes, shared.MaxTextRunes)},
		"281":                           {shared.CleanAnnouncement, long + "é", "-"},
		"two lines":                     {shared.CleanAnnouncement, "a\nb", "-"},
		"an escape":                     {shared.CleanAnnouncement, "\x1b[31mred", "-"},
		"a direction":                   {shared.CleanAnnouncement, "a\u202eb", "-"},
		"an announcement of nothing":    {shared.CleanAnnouncement, "  ", "-"},
		"an announcement of a selector": {shared.CleanAnnouncement, "\ufe0f", "-"},
		"not UTF-8":                     {shared.CleanAnnouncement, "a\xff", "-"},
		"no reason":                     {shared.CleanReason, " ", ""},
		"a reason":                      {shared.CleanReason, " was  loud ", "was loud"},
		"a reason of two lines":         {shared.CleanReason, "a\nb", "-"},
		"a reason of 141 code points":   {shared.CleanReason, strings.Repeat("a", shared.MaxNoteRunes+1), "-"},
		"by nobody":                     {shared.CleanBy, "", ""},
		"by somebody":                   {shared.CleanBy, " Ana  B ", "Ana B"},
		"by a name with an end of line": {shared.CleanBy, "A\nB", "-"},
		"by a name that can't be seen":  {shared.CleanBy, "\u200d", "-"},
		"by a name of 65 code points":   {shared.CleanBy, strings.Repeat("a", shared.MaxNameRunes+1), "-"},
	} {
		got, err := tt.rule(tt.in)
		if wrong := err != nil; wrong != (tt.want == "-") || !wrong && got != tt.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err != nil && shared.AsError(err).Code != shared.CodeBadText {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
