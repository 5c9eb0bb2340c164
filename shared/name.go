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
	if flaw, char := NameFlaw(name); flaw != NoFlaw {
		return "", flaw.err(CodeBadName, "name", MaxNameRunes, char)
	}
	return strings.TrimSpace(name), nil
}

// CleanNote is CleanName for a member's note, which may be empty and have up
// to MaxNoteRunes code points and MaxNoteBytes; its Error has code bad_note.
func CleanNote(note string) (string, error) {
	if flaw, char := NoteFlaw(note); flaw != NoFlaw {
		return "", flaw.err(CodeBadNote, "note", MaxNoteRunes, char)
	}
	return strings.TrimSpace(note), nil
}

// A Flaw is what keeps a text from being a name or a note, for who says so in
// words of their own.
type Flaw int

const (
	NoFlaw  Flaw = iota
	NotUTF8      // not valid UTF-8
	Long         // more code points or bytes than it may have
	Control      // a character that must not be shown to others
	Blank        // a name with nothing in it that can be seen
)

// NameFlaw returns what is wrong with a name, surrounding space aside; for
// Control, also the first such character.
func NameFlaw(name string) (Flaw, rune) {
	name = strings.TrimSpace(name)
	flaw, char := textFlaw(name, MaxNameRunes, MaxNameBytes)
	if flaw == NoFlaw && !strings.ContainsFunc(name, visible) {
		return Blank, 0
	}
	return flaw, char
}

// NoteFlaw is NameFlaw for a note.
func NoteFlaw(note string) (Flaw, rune) {
	return textFlaw(strings.TrimSpace(note), MaxNoteRunes, MaxNoteBytes)
}

func textFlaw(s string, maxRunes, maxBytes int) (Flaw, rune) {
	if !utf8.ValidString(s) {
		return NotUTF8, 0
	}
	if len(s) > maxBytes || utf8.RuneCountInString(s) > maxRunes {
		return Long, 0
	}
	for _, r := range s {
		if !allowed(r) {
			return Control, r
		}
	}
	return NoFlaw, 0
}

// err is a flaw, one that there is, as the Error of a text that is called what.
func (f Flaw) err(code Code, what string, maxRunes int, char rune) error {
	switch f {
	case NotUTF8:
		return Errorf(code, "the %s is not valid UTF-8", what)
	case Long:
		return Errorf(code, "a %s has at most %d characters", what, maxRunes)
	case Control:
		return Errorf(code, "the %s has a control character (U+%04X)", what, char)
	}
	return Errorf(code, "a %s needs a character that can be seen", what)
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
