package ui

import (
	"fmt"
	"strconv"

	"rollcall/shared"
	"rollcall/shared/words"
)

// say is every text of the page, in the language that the server chose: the
// program takes over a page that speaks already.
var say = words.In(words.English)

// speak takes the language from the document.
func speak() { say = words.In(document().Get("documentElement").Get("lang").String()) }

// statusWord is the word for a status; "" for one that needs none.
func statusWord(s shared.Status) string {
	switch s {
	case shared.StatusIdle:
		return string(say.Idle)
	case shared.StatusAway:
		return string(say.Away)
	}
	return ""
}

// nameProblem says what to change in a name; "" if it can be one.
func nameProblem(name string) string {
	flaw, char := shared.NameFlaw(name)
	switch flaw {
	case shared.NoFlaw:
		return ""
	case shared.Long:
		return say.LongName.With("n", strconv.Itoa(shared.MaxNameRunes))
	case shared.Control:
		return say.ControlName.With("char", codePoint(char))
	case shared.Blank:
		return string(say.BlankName)
	}
	return trouble(shared.CodeBadName)
}

// noteProblem is nameProblem for a note.
func noteProblem(note string) string {
	flaw, char := shared.NoteFlaw(note)
	switch flaw {
	case shared.NoFlaw:
		return ""
	case shared.Long:
		return say.LongNote.With("n", strconv.Itoa(shared.MaxNoteRunes))
	case shared.Control:
		return say.ControlNote.With("char", codePoint(char))
	}
	return trouble(shared.CodeBadNote)
}

// codePoint is a character as those who know it call it; it can't be shown.
func codePoint(char rune) string { return fmt.Sprintf("U+%04X", char) }

// trouble words an error of the server by its code.
func trouble(code shared.Code) string {
	return words.Of(say.Trouble, string(code)).With("code", string(code))
}

// comings and goings, by name while they are few.
func comings(names []string) string {
	return few(names, say.ArrivedOne, say.ArrivedTwo, say.Arrived)
}

func goings(names []string) string {
	return few(names, say.LeftOne, say.LeftTwo, say.Left)
}

func few(names []string, one, two words.Text, more words.Plural) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return one.With("name", words.Isolate(names[0]))
	case 2:
		return two.With("name", words.Isolate(names[0]), "other", words.Isolate(names[1]))
	}
	return say.Count(more, len(names))
}
