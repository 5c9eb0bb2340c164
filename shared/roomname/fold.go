package roomname

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold returns what titles are compared by, without space around it: NFKC and the default
// case folding, without invisible characters (NFKC_Casefold of Unicode §3.13, D147), with
// one form of apostrophe and with İ as i. Folding its result changes nothing.
func fold(title string) string {
	text := strings.ToValidUTF8(title, "\ufffd")
	for range maxFolds {
		folded := cases.Fold().String(norm.NFKC.String(similar.Replace(withoutInvisible(text))))
		folded = strings.ToLower(folded) // Cherokee folds to capitals
		folded = strings.TrimSpace(withoutInvisible(norm.NFKC.String(folded)))
		if folded == text {
			return text
		}
		text = folded
	}
	return text
}

// maxFolds is how often fold repeats itself at most: more often than any text needs.
const maxFolds = 8

// similar replaces what is typed for an apostrophe, before an acute accent becomes a mark
// over a space, and the dotted capital I of Turkish, which folds to an i with another dot.
var similar = strings.NewReplacer("´", "'", "`", "'", "İ", "i", "i\u0307", "i")

// withoutInvisible returns text without the code points that have no glyph, except in
// emoji, where they choose one.
func withoutInvisible(text string) string {
	if !strings.ContainsFunc(text, invisible) {
		return text
	}
	var kept []rune
	all := []rune(text)
	for i, r := range all {
		if !invisible(r) || len(kept) > 0 && inEmoji(kept[len(kept)-1], r, all[i+1:]) {
			kept = append(kept, r)
		}
	}
	return string(kept)
}

// invisible reports whether r has no glyph and does not separate words.
func invisible(r rune) bool {
	const blankBraille, tatweel = '\u2800', '\u0640' // the second only stretches a word
	switch {
	case unicode.Is(unicode.White_Space, r), unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false
	case r == blankBraille || r == tatweel:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// inEmoji reports whether an invisible r, after before and followed by rest, is part of an
// emoji: the tags of a flag, or a joiner between two pictures (UTS #51).
func inEmoji(before, r rune, rest []rune) bool {
	const joiner, blackFlag = '\u200d', '\U0001f3f4'
	if tag(r) {
		return before == blackFlag || tag(before)
	}
	return r == joiner && picture(before) && len(rest) > 0 && picture(rest[0])
}

func tag(r rune) bool { return r >= 0xe0020 && r <= 0xe007f }

// picture reports whether r may be an emoji or its skin tone.
func picture(r rune) bool { return unicode.In(r, unicode.So, unicode.Sk) }

// separates reports whether r only separates words, groups or quotes them, or ends a
// sentence. Other punctuation and all symbols distinguish titles, as in C++ and C#.
func separates(r rune) bool {
	return strings.ContainsRune(marginal, r) || unicode.In(r, unicode.Z, unicode.White_Space, unicode.Dash, unicode.Hyphen,
		unicode.Pc, unicode.Ps, unicode.Pe, unicode.Pi, unicode.Pf, unicode.Terminal_Punctuation, unicode.Quotation_Mark)
}

// marginal are apostrophes that are letters by their category, slashes, the middle dot,
// and the marks that begin a Spanish sentence.
const marginal = "'ʹʻʼʽˈ′‵/\\·¡¿"
