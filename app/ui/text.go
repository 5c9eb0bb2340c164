package ui

import (
	"cmp"
	"fmt"
	"strconv"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// msgs has all texts of the page, in the language that the server chose.
var msgs = i18n.In(i18n.English)

// setLanguage takes the language from the document.
func setLanguage() { msgs = i18n.In(document().Get("documentElement").Get("lang").String()) }

// statusWord returns the word for a status, or "" where none is shown.
func statusWord(s shared.Status) string {
	switch s {
	case shared.StatusIdle:
		return string(msgs.Idle)
	case shared.StatusAway:
		return string(msgs.Away)
	}
	return ""
}

// statusName returns the name of a status.
func statusName(s shared.Status) string { return cmp.Or(statusWord(s), string(msgs.Active)) }

// nameProblem returns what is wrong with a name, or "".
func nameProblem(name string) string {
	flaw, char := shared.NameFlaw(name)
	switch flaw {
	case shared.NoFlaw:
		return ""
	case shared.Long:
		return msgs.LongName.With("n", strconv.Itoa(shared.MaxNameRunes))
	case shared.Control:
		return msgs.ControlName.With("char", codePoint(char))
	case shared.Marked:
		return msgs.MarkedName.With("n", strconv.Itoa(shared.MaxMarks))
	case shared.Blank:
		return string(msgs.BlankName)
	}
	return errorText(shared.CodeBadName)
}

// noteProblem returns what is wrong with a note, or "".
func noteProblem(note string) string {
	flaw, char := shared.NoteFlaw(note)
	switch flaw {
	case shared.NoFlaw:
		return ""
	case shared.Long:
		return msgs.LongNote.With("n", strconv.Itoa(shared.MaxNoteRunes))
	case shared.Control:
		return msgs.ControlNote.With("char", codePoint(char))
	case shared.Marked:
		return msgs.MarkedNote.With("n", strconv.Itoa(shared.MaxMarks))
	}
	return errorText(shared.CodeBadNote)
}

// codePoint returns the notation of a character that can't be shown.
func codePoint(char rune) string { return fmt.Sprintf("U+%04X", char) }

// errorText returns the message for an error code of the server.
func errorText(code shared.Code) string {
	return i18n.Lookup(msgs.Trouble, string(code)).With("code", string(code))
}

// arrivedText announces arrivals: up to two by name, more as a number.
func arrivedText(names []string) string {
	return nameList(names, msgs.ArrivedOne, msgs.ArrivedTwo, msgs.Arrived)
}

func leftText(names []string) string {
	return nameList(names, msgs.LeftOne, msgs.LeftTwo, msgs.Left)
}

func nameList(names []string, one, two i18n.Text, more i18n.Plural) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return one.With("name", i18n.Isolate(names[0]))
	case 2:
		return two.With("name", i18n.Isolate(names[0]), "other", i18n.Isolate(names[1]))
	}
	return msgs.Count(more, len(names))
}
