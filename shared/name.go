package shared

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanName returns name without surrounding space, or an Error with code
// bad_name whose message says what to change.
//
// A name has 1 to MaxNameRunes code points and at most MaxNameBytes of valid
// UTF-8, something visible, and no control or formatting characters, but for
// the joiners and tags that emoji and some scripts are written with. What
// passes is a fixed point: CleanName returns it unchanged.
func CleanName(name string) (string, error) {
	name, err := cleanText(name, "name", CodeBadName, MaxNameRunes, MaxNameBytes)
	if err != nil {
		return "", err
	}
	if !strings.ContainsFunc(name, visible) {
		return "", Errorf(CodeBadName, "a name needs a character that can be seen")
	}
	return name, nil
}

// CleanNote is CleanName for a member's note, which may be empty and have up
// to MaxNoteRunes code points and MaxNoteBytes; its Error has code bad_note.
func CleanNote(note string) (string, error) {
	return cleanText(note, "note", CodeBadNote, MaxNoteRunes, MaxNoteBytes)
}

func cleanText(s, what string, code Code, maxRunes, maxBytes int) (string, error) {
	if !utf8.ValidString(s) {
		return "", Errorf(code, "the %s is not valid UTF-8", what)
	}
	s = strings.TrimSpace(s)
	if len(s) > maxBytes || utf8.RuneCountInString(s) > maxRunes {
		return "", Errorf(code, "a %s has at most %d characters", what, maxRunes)
	}
	for _, r := range s {
		if !allowed(r) {
			return "", Errorf(code, "the %s has a control character (U+%04X)", what, r)
		}
	}
	return s, nil
}

// allowed reports whether r may stand in a text that is shown to others: a
// control character could break a log line or a terminal, and an override or
// isolate (UAX #9) could make a name read as another.
func allowed(r rune) bool {
	switch {
	case r == '\u200c' || r == '\u200d': // joiners: Persian, Indic scripts, family emoji
		return true
	case r >= 0xE0020 && r <= 0xE007F: // tags: the flags of England, Scotland, Wales
		return true
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // visible, as U+06DD
		return true
	}
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// visible reports whether r by itself leaves ink.
func visible(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0': // Hangul fillers are letters without a glyph
		return false
	case '\u2800', '\U0001d159', '\U00013441', '\U00013442': // a braille cell without dots, a null notehead, blank hieroglyphs
		return false
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
}
