package client

import (
	"time"

	"rollcall/shared"
)

// The texts that a member changes about itself, as indices of pendingTexts. All that
// names each of them is in this file, in Options and in the methods like Client.SetNote.
const (
	textName = iota
	textNote
	numTexts
)

// texts says for each text where an Options and a User have it, how an UpdateUser changes
// it, and with which code a server refuses it.
var texts = [numTexts]struct {
	code   shared.Code
	given  func(Options) (string, error)
	shown  func(shared.User) string
	change func(e *shared.UpdateUser, text string)
}{
	textName: {
		shared.CodeBadName,
		func(o Options) (string, error) { return shared.CleanName(o.Name) },
		func(u shared.User) string { return u.Name },
		func(e *shared.UpdateUser, text string) { e.Name = &text },
	},
	textNote: { // with its end; see endingNote
		shared.CodeBadNote,
		func(o Options) (string, error) { return noteText(o.Note, o.NoteUntil) },
		func(u shared.User) string { return endingNote(u.Note, u.NoteUntil) },
		changeNote,
	},
}

// pendingTexts are the pending changes of all texts.
type pendingTexts [numTexts]pendingChange

// textsOf returns what o asks for, or the error of the first text that is not valid.
func textsOf(o Options) (ps pendingTexts, err error) {
	for i, t := range texts {
		if i == textName && o.Name == "" && o.Watch != "" {
			continue // Join gives the name
		}
		text, err := t.given(o)
		if err != nil {
			return ps, err
		}
		ps[i] = pendingChange{want: text, open: text != ""}
	}
	return ps, nil
}

// due reports whether any change must be sent to the server.
func (ps *pendingTexts) due() bool {
	for i := range ps {
		if ps[i].due() {
			return true
		}
	}
	return false
}

// send returns the changes to send and marks them as sent. again reports whether one of
// them is sent once more.
func (ps *pendingTexts) send() (e shared.UpdateUser, again bool) {
	if note := &ps[textNote]; hasEnded(note.want, time.Now()) {
		note.drop() // the room has cleared it, or would refuse it
	}
	for i := range ps {
		if p := &ps[i]; p.due() {
			again = again || p.again
			texts[i].change(&e, *p.send())
		}
	}
	return e, again
}

// drop cancels the change that a server refuses with the given code.
func (ps *pendingTexts) drop(code shared.Code) {
	for i := range ps {
		if texts[i].code == code {
			ps[i].drop()
		}
	}
}

func (ps *pendingTexts) seeSnapshot(own shared.User) {
	for i := range ps {
		ps[i].seeSnapshot(texts[i].shown(own))
	}
}

func (ps *pendingTexts) seeChange(own shared.User) {
	for i := range ps {
		ps[i].seeChange(texts[i].shown(own))
	}
}

// each calls do, a method of pendingChange, for each text.
func (ps *pendingTexts) each(do func(*pendingChange)) {
	for i := range ps {
		do(&ps[i])
	}
}
