package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/client"
)

// maxAnimated is how many arrivals and departures of one frame are animated. More than
// these happen without motion.
const maxAnimated = 5

// bulkChanges is how many changes of one frame make it cheaper to sort the list
// afterwards than to insert one by one.
const bulkChanges = 50

// applyUpdate shows what a frame from the server, or a change of the connection, has
// brought.
func (p *Page) applyUpdate(u client.Update) {
	now := time.Now()
	were := p.conn.connected()
	failed := !u.RetryAt.IsZero() && u.RetryAt != p.conn.retryAt
	p.conn.update(u, now)
	if u.You != "" {
		p.you = u.You
	}
	before, _ := p.roster.Get(p.you)
	p.applyEvents(u.Events, now)
	p.countdown()
	p.badge()
	if own, here := p.roster.Get(p.you); here && p.conn.connected() {
		p.confirmNote(before.Note, own.Note)
		p.saveSoon()
		if p.since == 0 {
			p.since = own.JoinedAt
			setSince(p.since)
		}
	}
	if p.hosts() && !p.missing.ticking {
		p.missing.ticking, p.missing.ticks = true, 0
		p.tickMissing()
	}
	switch {
	case failed && p.conn.joined:
		p.probe()
	case failed && !p.server.scheduled:
		p.poll()
	case p.conn.state == client.Live:
		p.server = p.server.reset()
	}
	if p.conn.connected() && !were {
		p.saveRoom()
		p.restoreFilter()
		checkForUpdate()
		endEarlyJoin()
	}
}

// applyEvents applies the events of one frame to the list.
func (p *Page) applyEvents(events []shared.Event, now time.Time) {
	n := countMoves(events)
	p.missing.moved = p.missing.moved || n > 0
	storm := n > maxAnimated
	p.prepareMotion(storm)
	if n > bulkChanges {
		p.memberList.dropOrder()
	}
	held := p.anchorScroll()
	for _, e := range events {
		switch e := e.(type) {
		case shared.NewUser:
			p.arrive(e.User, storm)
		case shared.DisconnectUser:
			p.depart(e, storm, now)
		case shared.UserUpdated:
			p.syncOwnName(e.User)
		case shared.ExistingUsers:
			p.diverged, p.watchers = false, shared.Watchers{}
			p.replaced(e.Users)
			if _, was := p.roster.Get(p.you); !was && p.conn.joined {
				p.motion.arrived(p.you)
			}
		case shared.Resumed:
			p.watchers = shared.Watchers{}
			p.takeRoster()
		case shared.Watchers:
			p.watchers = e
		case shared.Announcement:
			if e.Act == "" {
				p.announce(e)
			} else {
				p.showHosting(string(e.Act), e.By, e.Text)
			}
		case shared.Knocks:
			p.onKnocks(e)
		case shared.KnockAnswered:
			p.onKnockAnswered(e)
		case shared.Error:
			p.onServerError(e)
		}
		p.followPerson(e)
		if err := p.memberList.apply(e); err != nil {
			continue // the client saw the same error and has requested the roster
		}
		if s, ok := e.(shared.ExistingUsers); !ok || !s.More {
			p.total = p.count(e)
		}
	}
	if p.only != "" && p.memberList.tally(p.only) == 0 {
		p.setOnly("") // otherwise the list would be empty
		p.saveFilter()
	}
	p.restoreScroll(held)
	p.listChanged()
}

// prepareMotion is called before cards change places. It skips the animation of a storm,
// and in large rooms, where every departure moves all cards.
func (p *Page) prepareMotion(storm bool) {
	if storm || p.memberList.len() >= windowFrom {
		p.motion.skip()
	} else {
		p.motion.capture()
	}
}

// count returns the number of members after an event. Before the first snapshot the
// roster is only a beginning, and the page knows the total.
func (p *Page) count(e shared.Event) int {
	switch e.(type) {
	case shared.ExistingUsers, shared.Resumed, shared.NewUser, shared.DisconnectUser:
		return p.roster.Len()
	}
	return p.total
}

// countMoves returns how many cards the events add or remove one by one.
func countMoves(events []shared.Event) (n int) {
	for _, e := range events {
		switch e.(type) {
		case shared.NewUser, shared.DisconnectUser:
			n++
		}
	}
	return n
}

// syncOwnName takes over the user's own name, which may change in another tab.
func (p *Page) syncOwnName(u shared.User) {
	if u.ID == p.you && u.Name != p.name && p.conn.joined {
		p.name = u.Name
		local.set(nameItem, u.Name)
	}
}

func (p *Page) arrive(u shared.User, storm bool) {
	p.ghosts.forget(u.ID)
	p.left.forget(u.ID)
	if !storm {
		p.motion.arrived(u.ID)
	}
	if u.ID != p.you {
		if !storm {
			p.showMove(&p.arrived, move{user: u}, arrivedFor)
		}
		p.announceSoon(func(n *announcer) { n.arrive(u.Name) })
	}
}

func (p *Page) depart(e shared.DisconnectUser, storm bool, now time.Time) {
	u, here := p.roster.Get(e.ID)
	if !here {
		return
	}
	p.announceSoon(func(n *announcer) { n.leave(u.Name) })
	p.arrived.forget(u.ID)
	if storm {
		return
	}
	p.showMove(&p.left, move{user: u, reason: e.Reason}, leftFor)
	p.ghosts.add(ghost{user: u, reason: e.Reason, until: now.Add(ghostFor)})
	p.ctx.After(ghostFor, func(app.Context) {
		p.prepareMotion(false)
		held := p.anchorScroll()
		if p.ghosts.expire(time.Now()) {
			p.restoreScroll(held)
			p.listChanged()
		}
	})
}

// announceSoon announces what add collects, together with what follows within
// announceDelay.
func (p *Page) announceSoon(add func(*announcer)) {
	if p.announcer.empty() {
		p.ctx.After(announceDelay, func(app.Context) {
			p.notifyArrivals(p.announcer.arrived)
			p.announcer.flush()
		})
	}
	add(&p.announcer)
}

// onServerError shows an error of the server that the user can do something about.
func (p *Page) onServerError(e shared.Error) {
	if !p.conn.joined {
		if e.Code == shared.CodeRoomFull || e.Code == shared.CodeServerFull {
			p.stopWatching()
		} else if p.knock.name != "" && e.Code != shared.CodeTooOften { // then the client knocks again
			p.endKnock()
			p.dialog.problem = errorText(e.Code)
		}
		return
	}
	switch e.Code {
	case shared.CodeHosted, shared.CodeNotHost, shared.CodeLockStands:
		p.showHosting(string(e.Code), "", "")
	}
	p.conn.lastError = e.Code
	if !canEdit(e.Code) {
		return
	}
	if e.Code == shared.CodeBadNote {
		p.clearPendingNote()
	}
	if p.conn.member {
		p.openEditor("#rename", errorText(e.Code))
		return
	}
	p.showLeft(dialog{kind: dialogJoin, draft: draftOf(p.name), problem: errorText(e.Code)})
	p.watch()
}

// countdown renders the page each second while there is no connection: it shows the
// seconds until the next attempt, and how old the list is.
func (p *Page) countdown() {
	if p.ticking || !p.conn.joined || p.conn.connected() {
		return
	}
	p.ticking = true
	p.ctx.After(time.Second, func(app.Context) {
		p.ticking = false
		p.countdown()
	})
}
