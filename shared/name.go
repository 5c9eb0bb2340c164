package shared

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Rule returns a text as it may be shown, or an Error that says what is wrong with the
// text. Applied to its own result, it changes nothing.
type Rule func(text string) (string, error)

// CleanName returns name without surrounding space and with each inner run of
// spaces replaced by one U+0020 (as in RFC 8266 §2.3). If the name is not valid,
// it returns an Error with code bad_name whose message says what to change.
//
// A name has 1 to MaxNameRunes code points and at most MaxNameBytes of valid
// UTF-8, at least one visible character, at most MaxMarks combining marks in a
// row, and no invisible character except where a script or an emoji needs it. The
// result is a fixed point: CleanName returns it unchanged. Code points unknown to
// the unicode package may be of a newer Unicode version and count as visible.
//
// Different names can still look alike: through letters of other scripts (UTS #39),
// composition, or the variation selectors of emoji.
func CleanName(name string) (string, error) {
	name = tidy(name)
	if flaw, char := NameFlaw(name); flaw != NoFlaw {
		return "", flaw.err(CodeBadName, "name", MaxNameRunes, char)
	}
	return name, nil
}

// CleanNote is like CleanName, for a member's note, which may be empty and have up
// to MaxNoteRunes code points and MaxNoteBytes; its Error has code bad_note.
func CleanNote(note string) (string, error) {
	note = tidy(note)
	if flaw, char := NoteFlaw(note); flaw != NoFlaw {
		return "", flaw.err(CodeBadNote, "note", MaxNoteRunes, char)
	}
	return note, nil
}

// CleanTitle is like CleanName, for the title of a room, which may be empty; its Error
// has code bad_title.
func CleanTitle(title string) (string, error) {
	title = tidy(title)
	if title == "" {
		return "", nil
	}
	if flaw, char := NameFlaw(title); flaw != NoFlaw {
		return "", flaw.err(CodeBadTitle, "title", MaxNameRunes, char)
	}
	return title, nil
}

// CleanTopic is like CleanNote, for the topic of a room; its Error has code bad_topic.
func CleanTopic(topic string) (string, error) {
	topic = tidy(topic)
	if flaw, char := NoteFlaw(topic); flaw != NoFlaw {
		return "", flaw.err(CodeBadTopic, "topic", MaxNoteRunes, char)
	}
	return topic, nil
}

// A Flaw is what makes a text invalid as a name or a note, for callers that word
// their own messages.
type Flaw int

const (
	NoFlaw  Flaw = iota
	NotUTF8      // not valid UTF-8
	Long         // too many code points or bytes
	Control      // a control or other invisible character
	Marked       // more combining marks in a row than MaxMarks
	Blank        // a name without a visible character
)

// NameFlaw returns the flaw of a name, ignoring extra spaces, and for Control also
// the first such character; otherwise the rune is 0.
func NameFlaw(name string) (Flaw, rune) {
	name = tidy(name)
	flaw, char := textFlaw(name, MaxNameRunes, MaxNameBytes)
	if flaw == NoFlaw && !strings.ContainsFunc(name, visible) {
		return Blank, 0
	}
	return flaw, char
}

// NoteFlaw is like NameFlaw, for a note.
func NoteFlaw(note string) (Flaw, rune) {
	return textFlaw(tidy(note), MaxNoteRunes, MaxNoteBytes)
}

// tidy trims s and replaces each inner run of spaces by one. It only trims invalid
// UTF-8.
func tidy(s string) string {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) {
		return s
	}
	after := false
	return strings.Map(func(r rune) rune {
		again := after
		after = unicode.Is(unicode.Zs, r)
		switch {
		case after && again:
			return -1
		case after:
			return ' '
		}
		return r
	}, s)
}

func textFlaw(s string, maxRunes, maxBytes int) (Flaw, rune) {
	if !utf8.ValidString(s) {
		return NotUTF8, 0
	}
	if len(s) > maxBytes || utf8.RuneCountInString(s) > maxRunes {
		return Long, 0
	}
	text := []rune(s)
	marks := 0
	for i, r := range text {
		switch {
		case hides(text, i):
			return Control, r
		case unicode.In(r, unicode.Mn, unicode.Me):
			marks++
		case r != zeroWidthJoiner && r != zeroWidthNonJoiner:
			marks = 0
		}
		if marks > MaxMarks {
			return Marked, 0
		}
	}
	return NoFlaw, 0
}

// err returns the Error for f, which is not NoFlaw. what names the text.
func (f Flaw) err(code Code, what string, maxRunes int, char rune) error {
	switch f {
	case NotUTF8:
		return Errorf(code, "the %s is not valid UTF-8: send it as such", what)
	case Long:
		return Errorf(code, "a %s has at most %d characters: make it shorter", what, maxRunes)
	case Control:
		return Errorf(code, "the %s has a character that can't be seen (U+%04X): take it out", what, char)
	case Marked:
		return Errorf(code, "the %s has more than %d accents on a letter: take some out", what, MaxMarks)
	}
	return Errorf(code, "a %s needs a character that can be seen", what)
}
