package ui

import (
	"cmp"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// saveSoon saves the room after saveInterval, unless that is planned already.
func (p *Page) saveSoon() {
	if p.saveScheduled {
		return
	}
	p.saveScheduled = true
	p.ctx.After(saveInterval, func(app.Context) {
		p.saveScheduled = false
		p.saveRoom()
	})
}

// saveRoom saves who is here, for when there is no network. It saves only what the
// server itself reported, of a room that the user has joined.
func (p *Page) saveRoom() {
	if p.room == "" || !p.conn.joined || p.conn.heardAt.IsZero() || p.roster.Epoch() == "" {
		return
	}
	kept := readSaved()
	k := savedRoom{
		Room: p.room, At: p.conn.heardAt.UnixMilli(), You: p.you, Count: p.total,
		Users: savedUsers(&p.roster, p.you),
	}
	if was := kept.find(p.room); was != nil {
		k.Note, k.NoteUntil = was.Note, was.NoteUntil
	}
	kept.with(k).save()
}

// remembered returns what is to be saved of the room if the user comes back: the note is
// to be set again.
func (p *Page) remembered() *savedRoom {
	p.saveRoom()
	k := cmp.Or(readSaved().find(p.room), &savedRoom{Room: p.room, At: time.Now().UnixMilli()})
	if me, here := p.roster.Get(p.you); here && k.Note == nil && me.Note != "" {
		k.Note, k.NoteUntil = &me.Note, me.NoteUntil
	}
	return k
}

// forgetRoom deletes what is saved of the room.
func (p *Page) forgetRoom() { readSaved().without(p.room).save() }

// showSaved shows who was last seen in the room, where the page has no roster.
func (p *Page) showSaved() {
	k := readSaved().find(p.room)
	if k == nil {
		return
	}
	past := shared.ExistingUsers{Room: p.room, Users: k.Users}
	if p.memberList.apply(past) != nil {
		return
	}
	p.you = k.You
	p.total = max(k.Count, p.roster.Len())
	p.conn.heardAt = time.UnixMilli(k.At)
	p.conn.lostAt = p.conn.heardAt
}

// savePendingNote saves a note until the room has shown it, so that it survives a reload
// and the end of the browser.
func (p *Page) savePendingNote(note string, end time.Time) {
	p.noteWaits = true
	kept := readSaved()
	k := kept.find(p.room)
	if k == nil {
		p.saveRoom()
		kept = readSaved()
		k = kept.find(p.room)
	}
	if k != nil {
		k.Note, k.NoteUntil = &note, 0
		if !end.IsZero() {
			k.NoteUntil = end.UnixMilli()
		}
		kept.save()
	}
}

// pendingNote returns the note that the room has not shown yet, and its end, which may
// be zero. A note whose end is over is wished no more.
func (p *Page) pendingNote() (note string, end time.Time, wished bool) {
	k := readSaved().find(p.room)
	if k == nil || k.Note == nil {
		return "", time.Time{}, false
	}
	end = endOf(shared.User{NoteUntil: k.NoteUntil})
	return *k.Note, end, end.IsZero() || end.After(time.Now())
}

// sendPendingNote sends the note that the room has not shown yet.
func (p *Page) sendPendingNote() {
	if note, end, wished := p.pendingNote(); wished {
		p.noteWaits = true
		p.client.SetNoteUntil(p.ctx, note, end) // it was valid when it was saved
	}
}

// confirmNote clears the pending note once the own card shows it or changes to another:
// the server may have normalized it, or another tab set a later one.
func (p *Page) confirmNote(was, is string) {
	wish, _, wished := p.pendingNote()
	if wished && (is == wish || is != was) {
		p.clearPendingNote()
	}
}

// clearPendingNote forgets the pending note, which was shown or refused.
func (p *Page) clearPendingNote() {
	p.noteWaits = false
	kept := readSaved()
	if k := kept.find(p.room); k != nil && k.Note != nil {
		k.Note, k.NoteUntil = nil, 0
		kept.save()
	}
}
