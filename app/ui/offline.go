package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// askAgainEvery is how often a page that shows the past asks whether the server
// is there again. Who has joined has the client for that.
const askAgainEvery = 15 * time.Second

// storeSoon has the sheet kept, now and then while it changes.
func (p *Page) storeSoon() {
	if p.storing {
		return
	}
	p.storing = true
	p.ctx.After(keepEvery, func(app.Context) {
		p.storing = false
		p.store()
	})
}

// store keeps who is here for when there is no network. It keeps only what the
// server said itself, of a room that the person is in.
func (p *Page) store() {
	if p.room == "" || !p.link.joined || p.link.heard.IsZero() || p.roster.Epoch() == "" {
		return
	}
	kept := readKept()
	k := keptRoom{
		Room: p.room, At: p.link.heard.UnixMilli(), You: p.you, Count: p.total,
		Users: picture(&p.roster, p.you),
	}
	if was := kept.find(p.room); was != nil {
		k.Note = was.Note
	}
	kept.with(k).write()
}

// forgetRoom forgets who was here: the person has left.
func (p *Page) forgetRoom() { readKept().without(p.room).write() }

// recall shows who was last seen in the room, where the page says nothing of it.
func (p *Page) recall() {
	k := readKept().find(p.room)
	if k == nil {
		return
	}
	past := shared.ExistingUsers{Room: p.room, Users: k.Users}
	if p.sheet.apply(past) != nil {
		return
	}
	p.you = k.You
	p.total = max(k.Count, p.roster.Len())
	p.link.heard = time.UnixMilli(k.At)
	p.link.lost = p.link.heard
}

// pastShown reports whether the sheet is not the server's, and no client will
// make it so.
func (p *Page) pastShown() bool {
	return p.room != "" && !p.link.joined && (p.total < 0 || !p.link.heard.IsZero())
}

// refresh asks the server for the page of the room, for one who has not joined
// and sees the past: that is brought up to date by nothing else.
func (p *Page) refresh() {
	if !p.pastShown() || p.link.cut {
		return
	}
	room := p.room
	then(app.Window().Call("fetch", app.Window().URL().Path), func(response app.Value) {
		if !response.Get("ok").Bool() {
			return
		}
		then(response.Call("text"), func(text app.Value) {
			page := app.Window().Get("DOMParser").New().Call("parseFromString", text, "text/html")
			seen, count := islandIn(page)
			if seen == nil || seen.Room != room {
				return
			}
			p.ctx.Dispatch(func(app.Context) { p.present(seen, count) })
		})
	})
}

// present shows what the server says now, unless the person has joined or gone
// to another room meanwhile.
func (p *Page) present(seen *shared.ExistingUsers, count int) {
	if !p.pastShown() || seen.Room != p.room {
		return
	}
	p.link = link{}
	p.sheet = sheet{order: p.order}
	p.begin(seen, count)
	p.changed()
}

// askAgain refreshes now and then, for as long as the past is shown.
func (p *Page) askAgain() {
	if p.asking || !p.pastShown() {
		return
	}
	p.asking = true
	p.ctx.After(askAgainEvery, func(app.Context) {
		p.asking = false
		p.refresh()
		p.askAgain()
	})
}

// wishNote keeps a note until the room shows it, over a reload and the end of
// the browser.
func (p *Page) wishNote(note string) {
	kept := readKept()
	k := kept.find(p.room)
	if k == nil {
		p.store()
		kept = readKept()
		k = kept.find(p.room)
	}
	if k != nil {
		k.Note = &note
		kept.write()
	}
}

// wishedNote is the note that the room has not shown yet.
func (p *Page) wishedNote() (note string, wished bool) {
	if k := readKept().find(p.room); k != nil && k.Note != nil {
		return *k.Note, true
	}
	return "", false
}

// noteShown takes in the own card. The room has the wish when the note is it, or
// changes at all: it may be shown normalized, or be another window's later wish.
func (p *Page) noteShown(was, is string) {
	wish, wished := p.wishedNote()
	if wished && (is == wish || is != was) {
		p.noteSettled()
	}
}

// noteSettled forgets the wish: it is granted, or refused.
func (p *Page) noteSettled() {
	kept := readKept()
	if k := kept.find(p.room); k != nil && k.Note != nil {
		k.Note = nil
		kept.write()
	}
}
