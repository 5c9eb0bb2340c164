package client

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"rollcall/shared"
)

// endOfNote separates a note from its end in what pendingChange keeps. No note contains it.
const endOfNote = "\x00"

// endingNote returns a note and its end, in milliseconds, as one text: they change together.
// A note without an end (0) is that text itself.
func endingNote(note string, until int64) string {
	if until == 0 {
		return note
	}
	return note + endOfNote + strconv.FormatInt(until, 10)
}

// cutEnd returns the note and the end in a text of endingNote.
func cutEnd(text string) (note string, until int64) {
	note, end, _ := strings.Cut(text, endOfNote)
	until, _ = strconv.ParseInt(end, 10, 64) // 0 without an end
	return note, until
}

// hasEnded reports whether the end in a text of endingNote is over.
func hasEnded(text string, now time.Time) bool {
	_, until := cutEnd(text)
	return until != 0 && until <= now.UnixMilli()
}

// noteText returns a note with its end, which may be zero, as one text, or why a server
// would refuse it.
func noteText(note string, until time.Time) (string, error) {
	note, err := shared.CleanNote(note)
	if err != nil || until.IsZero() {
		return note, err
	}
	var e shared.UpdateUser
	text := endingNote(note, cmp.Or(until.UnixMilli(), -1)) // 0 would be no end, and is over as well
	changeNote(&e, text)
	return text, e.CheckUntil(time.Now())
}

// changeNote has e change the note to a text of endingNote.
func changeNote(e *shared.UpdateUser, text string) {
	note, until := cutEnd(text)
	if e.Note = &note; until != 0 {
		e.NoteUntil = &until
	}
}
