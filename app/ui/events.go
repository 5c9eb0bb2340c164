package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/client"
)

// stormOver is how many changes of one frame are too many to be watched: more
// than these just happen.
const stormOver = 5

// manyOver is how many changes of one frame cost less when the sheet is put in
// order afterwards than one by one.
const manyOver = 50

// take shows what one frame from the server, or a change of the connection,
// has brought.
func (p *Page) take(u client.Update) {
	now := time.Now()
	reached := p.link.state != client.Live && u.State == client.Live
	p.link.take(u, now)
	if u.You != "" {
		p.you = u.You
	}
	before, _ := p.roster.Get(p.you)
	p.fold(u.Events, now)
	p.countdown()
	p.badge()
	if own, here := p.roster.Get(p.you); here && u.State == client.Live {
		p.noteShown(before.Note, own.Note)
		p.storeSoon()
	}
	if reached {
		p.store()
		checkForUpdate()
	}
}

// fold applies the events of one frame to the sheet.
func (p *Page) fold(events []shared.Event, now time.Time) {
	n := changes(events)
	storm := n > stormOver
	p.still(storm)
	if n > manyOver {
		p.sheet.many()
	}
	held := p.hold()
	for _, e := range events {
		switch e := e.(type) {
		case shared.NewUser:
			p.arrive(e.User, storm)
		case shared.DisconnectUser:
			p.depart(e, storm, now)
		case shared.UserUpdated:
			p.mirror(e.User)
		case shared.ExistingUsers:
			p.ghosts = nil
			if _, was := p.roster.Get(p.you); !was {
				p.motion.arrived(p.you)
			}
		case shared.Error:
			p.complain(e)
		}
		if err := p.sheet.apply(e); err != nil {
			continue // the client saw the same and has asked for the roster anew
		}
		if s, ok := e.(shared.ExistingUsers); !ok || !s.More {
			p.total = p.count(e)
		}
	}
	p.keep(held)
	p.changed()
}

// still is told before cards change places, and whether that is too much to be
// watched. In a large room it always is: whoever goes moves every card.
func (p *Page) still(storm bool) {
	if storm || p.sheet.len() >= windowFrom {
		p.motion.drop()
	} else {
		p.motion.mark()
	}
}

// count is how many are here after an event: before the first snapshot the
// roster is the beginning of one, and the page knows better.
func (p *Page) count(e shared.Event) int {
	switch e.(type) {
	case shared.ExistingUsers, shared.NewUser, shared.DisconnectUser:
		return p.roster.Len()
	}
	return p.total
}

// changes is how many cards the events make or take away one by one.
func changes(events []shared.Event) (n int) {
	for _, e := range events {
		switch e.(type) {
		case shared.NewUser, shared.DisconnectUser:
			n++
		}
	}
	return n
}

// mirror follows the person's own name, which may change in another window.
func (p *Page) mirror(u shared.User) {
	if u.ID == p.you && u.Name != p.name {
		p.name = u.Name
		local.set(nameItem, u.Name)
	}
}

func (p *Page) arrive(u shared.User, storm bool) {
	p.ghosts.forget(u.ID)
	if !storm {
		p.motion.arrived(u.ID)
	}
	if u.ID != p.you {
		p.tell(func(n *news) { n.arrive(u.Name) })
	}
}

func (p *Page) depart(e shared.DisconnectUser, storm bool, now time.Time) {
	u, here := p.roster.Get(e.ID)
	if !here {
		return
	}
	p.tell(func(n *news) { n.leave(u.Name) })
	if storm {
		return
	}
	p.ghosts.add(ghost{user: u, reason: e.Reason, until: now.Add(ghostFor)})
	p.ctx.After(ghostFor, func(app.Context) {
		p.still(false)
		held := p.hold()
		if p.ghosts.expire(time.Now()) {
			p.keep(held)
			p.changed()
		}
	})
}

// tell has the news said once others had the time to come along.
func (p *Page) tell(add func(*news)) {
	if p.news.empty() {
		p.ctx.After(newsEvery, func(app.Context) {
			p.notifyOf(p.news.arrived)
			p.news.tell()
		})
	}
	add(&p.news)
}

// complain shows an error of the server where the person can do something
// about it.
func (p *Page) complain(e shared.Error) {
	p.link.trouble = e.Code
	if e.Code != shared.CodeBadName && e.Code != shared.CodeBadNote {
		return
	}
	if e.Code == shared.CodeBadNote {
		p.noteSettled()
	}
	if _, joined := p.roster.Get(p.you); joined {
		p.edit(trouble(e.Code))
		return
	}
	p.out(dialog{asks: askJoin, draft: draftOf(p.name), problem: trouble(e.Code)})
}

// countdown renders the page each second while it says how many are left.
func (p *Page) countdown() {
	if p.ticking || p.link.wait(time.Now()) == 0 {
		return
	}
	p.ticking = true
	p.ctx.After(time.Second, func(app.Context) {
		p.ticking = false
		p.countdown()
	})
}
