package shared

import "unicode"

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
	textStyle          = '\ufe0e' // variation selectors of emoji
	emojiStyle         = '\ufe0f'
	keycap             = '\u20e3'
	blackFlag          = '\U0001f3f4'
	cancelTag          = '\U000e007f'
)

// hides reports whether the code point at i is invisible and not allowed there. A
// control character could break a log line or a terminal, an override or isolate
// (UAX #9) could make a name read as another, and a character without a glyph could
// make two names look the same. Those that scripts and emoji need are allowed, but
// only where they need them.
func hides(text []rune, i int) bool {
	r := text[i]
	before, after := at(text, i-1), at(text, i+1)
	switch {
	case r < 0x7f:
		return r < ' '
	case r == zeroWidthNonJoiner:
		return !(joins(before) && joins(after))
	case r == zeroWidthJoiner:
		if before == emojiStyle {
			before = at(text, i-2)
		}
		return !(joins(before) && joins(after) || unicode.Is(viramas, before) || emoji(before) && emoji(after))
	case r == textStyle || r == emojiStyle:
		return !emoji(before) && !(keyed(before) && after == keycap)
	case r >= 0xfe00 && r <= 0xfe02 || r >= 0xe0100 && r <= 0xe01ef: // variants of characters
		return !unicode.Is(unicode.Han, before)
	case r >= 0x180b && r <= 0x180f: // variants of letters, and of the vowel that ends a word
		return !(before >= 0x1820 && before <= 0x18aa)
	case tag(r):
		return !inFlag(text, i)
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // formats with ink, as U+06DD
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, inkless)
}

// at returns the code point at i, or 0 outside of text.
func at(text []rune, i int) rune {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

// visible reports whether r, for which hides is false, has a visible glyph by itself.
func visible(r rune) bool {
	switch r {
	case zeroWidthJoiner, zeroWidthNonJoiner:
		return false
	}
	return !tag(r) && !unicode.In(r, unicode.M, unicode.White_Space, inkless)
}

// inkless holds the code points without a visible glyph that are neither control nor
// format characters: the default ignorable ones (UAX #44), assigned or reserved, the
// noncharacters, and letters and symbols with an empty glyph. A table of the visible
// ones would be outdated by each version of Unicode.
var inkless = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x034f, 0x034f, 1}, // the grapheme joiner
		{0x115f, 0x1160, 1}, // Hangul fillers
		{0x17b4, 0x17b5, 1}, // inherent vowels of Khmer
		{0x180b, 0x180f, 1}, // Mongolian selectors
		{0x2060, 0x206f, 1},
		{0x2800, 0x2800, 1}, // braille without dots
		{0x3164, 0x3164, 1}, // Hangul fillers
		{0xfdd0, 0xfdef, 1}, // noncharacters
		{0xfe00, 0xfe0f, 1}, // variation selectors
		{0xffa0, 0xffa0, 1}, // Hangul fillers
		{0xfff0, 0xfff8, 1},
		{0xfffe, 0xffff, 1}, // noncharacters
	},
	R32: []unicode.Range32{
		{0x13441, 0x13442, 1},                                                                      // blank hieroglyphs
		{0x1d159, 0x1d159, 1},                                                                      // a null notehead
		{0x1fffe, 0x1ffff, 1}, {0x2fffe, 0x2ffff, 1}, {0x3fffe, 0x3ffff, 1}, {0x4fffe, 0x4ffff, 1}, // noncharacters
		{0x5fffe, 0x5ffff, 1}, {0x6fffe, 0x6ffff, 1}, {0x7fffe, 0x7ffff, 1}, {0x8fffe, 0x8ffff, 1},
		{0x9fffe, 0x9ffff, 1}, {0xafffe, 0xaffff, 1}, {0xbfffe, 0xbffff, 1}, {0xcfffe, 0xcffff, 1},
		{0xdfffe, 0xdffff, 1},
		{0xe0000, 0xe0fff, 1}, // tags, variation selectors
		{0xefffe, 0xeffff, 1}, {0xffffe, 0xfffff, 1}, {0x10fffe, 0x10ffff, 1},
	},
}

// cursive holds the scripts whose letters a joiner can join or separate: those with
// joined letters and those with conjuncts, including their signs.
var cursive = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0600, 0x08ff, 1}, // Arabic, Syriac, Thaana, N'Ko, Mandaic
		{0x0900, 0x0dff, 1}, // India
		{0x0f00, 0x109f, 1}, // Tibetan, Myanmar
		{0x1700, 0x18af, 1}, // Philippines, Khmer, Mongolian
		{0x1900, 0x1cff, 1}, // South and South-East Asia
		{0xa800, 0xaaff, 1},
		{0xabc0, 0xabff, 1},
		{0xfb50, 0xfdff, 1}, // Arabic forms
		{0xfe70, 0xfefc, 1},
	},
	R32: []unicode.Range32{
		{0x10a00, 0x10fff, 1}, // as Manichaean, Hanifi Rohingya, Sogdian
		{0x11000, 0x11fff, 1}, // as Brahmi, Chakma, Grantha
		{0x1e900, 0x1e95f, 1}, // Adlam
	},
}

// joins reports whether a joiner may stand beside r, a letter or a sign of one.
func joins(r rune) bool {
	return unicode.Is(cursive, r) && unicode.In(r, unicode.L, unicode.M)
}

// viramas holds the signs of India's common scripts after which a joiner may end a
// word, as in Malayalam before Unicode had its chillu letters.
var viramas = &unicode.RangeTable{R16: []unicode.Range16{
	{0x094d, 0x0d4d, 0x80}, // of each script from Devanagari to Malayalam
	{0x0dca, 0x0dca, 1},    // Sinhala
}}

// pictures holds the ranges that contain emoji; see emoji.
var pictures = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x00a9, 0x00ae, 5}, // © ®
		{0x203c, 0x203c, 1},
		{0x2049, 0x2049, 1},
		{0x2122, 0x2122, 1},
		{0x2139, 0x2139, 1},
		{0x2190, 0x21ff, 1}, // arrows
		{0x2300, 0x23ff, 1},
		{0x24c2, 0x24c2, 1},
		{0x25a0, 0x27bf, 1}, // shapes, symbols, dingbats
		{0x2900, 0x297f, 1}, // arrows
		{0x2b00, 0x2bff, 1},
		{0x3030, 0x303d, 13},
		{0x3297, 0x3299, 2},
	},
	R32: []unicode.Range32{{0x1f000, 0x1faff, 1}},
}

// emoji reports whether r may be an emoji or end one, as a skin tone or a tag does.
func emoji(r rune) bool { return unicode.Is(pictures, r) || r == cancelTag || r == keycap }

// keyed reports whether r has a keycap emoji.
func keyed(r rune) bool { return r == '#' || r == '*' || r >= '0' && r <= '9' }

// tag reports whether r is a tag character; after a black flag, tags spell the code of
// its region (UTS #51 §C.1).
func tag(r rune) bool { return r >= 0xe0020 && r <= cancelTag }

// inFlag reports whether the tag at i belongs to a flag: a black flag, one to six tags,
// and the cancel tag.
func inFlag(text []rune, i int) bool {
	const most = 6 // as in gbeng, and one more
	first, last := i, i
	for tag(at(text, first-1)) && at(text, first-1) != cancelTag {
		first--
	}
	for text[last] != cancelTag && tag(at(text, last+1)) {
		last++
	}
	n := last - first
	return at(text, first-1) == blackFlag && text[last] == cancelTag && n > 0 && n <= most
}
