package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// How often a visible page that neither is in the room nor can watch it asks the server
// who is there. Otherwise the page learns it from its client.
const (
	pollInterval    = 5 * time.Second
	pollMaxInterval = 40 * time.Second // the longest interval while the server does not answer
	pollTimeout     = 10 * time.Second // for the answer
)

// serverStatus is what the page knows about the server beside its own connection.
type serverStatus struct {
	polling   bool // a request is pending
	scheduled bool // the next poll is scheduled
	failures  int  // unanswered polls in a row
	answered  bool // the last request was answered
	refused   int  // attempts to connect that failed although the server answered
}

// reset returns the status for a fresh start.
func (s serverStatus) reset() serverStatus { return serverStatus{scheduled: s.scheduled} }

// notJoined reports whether the page shows a room that its user has not joined.
func (p *Page) notJoined() bool { return p.room != "" && !p.conn.joined && !p.needsToken() }

// polls reports whether the page must ask the server who is here.
func (p *Page) polls() bool { return p.notJoined() && !p.conn.watching() }

// poll asks the server who is here, if the page does not learn it from its client. There
// is one request at a time.
func (p *Page) poll() {
	if p.server.polling || !p.polls() || hidden() || !p.mounted() {
		return
	}
	path := app.Window().URL().Path
	if tokenRequired() { // the server's page has no names
		path = healthPath()
	}
	p.fetch(path, "", func(page string, ok bool) {
		if !p.polls() {
			return
		}
		seen, count := parsePage(page)
		switch {
		case ok && tokenRequired(), ok && seen != nil && seen.Room == p.room:
			p.server.failures = 0
			p.conn.offline = false // what counts is whether the server answers
			p.showServerPage(seen, count)
		default:
			p.server.failures++
		}
		p.schedulePoll()
	})
}

// fetch requests a path, with a bearer token unless that is "", and passes the answer, or its
// absence, to take on the UI goroutine. Answers that belong to a room that was left meanwhile
// are dropped.
func (p *Page) fetch(path, token string, take func(text string, ok bool)) {
	p.server.polling = true
	room := p.room
	fetchText(path, token, pollTimeout, func(text string, ok bool) {
		p.ctx.Dispatch(func(app.Context) {
			if room == p.room {
				p.server.polling = false
				take(text, ok)
			}
		})
	})
}

// schedulePoll schedules the next poll, later after each failure.
func (p *Page) schedulePoll() {
	if p.server.scheduled || !p.polls() {
		return
	}
	p.server.scheduled = true
	p.ctx.After(pollDelay(p.server.failures), func(app.Context) {
		p.server.scheduled = false
		p.poll()
	})
}

// pollDelay returns the wait before the next poll after so many failures in a row.
func pollDelay(failures int) time.Duration {
	return min(pollInterval<<min(failures, 8), pollMaxInterval)
}

// showServerPage shows the roster of a page that was fetched.
func (p *Page) showServerPage(seen *shared.ExistingUsers, count int) {
	if seen == nil {
		return
	}
	held := p.anchorScroll()
	p.ghosts = nil
	if p.conn.lastError == shared.CodeLocked {
		p.conn.lastError = "" // the page says whether it is still locked
	}
	p.applyServerPage(seen, count)
	p.diverged = true
	p.restoreScroll(held)
	p.listChanged()
}

// probe asks whether the server answers at all, after an attempt to connect has failed.
func (p *Page) probe() {
	if p.server.answered {
		p.server.refused++
	}
	if p.server.polling {
		return
	}
	p.fetch(healthPath(), "", func(_ string, ok bool) {
		switch {
		case p.conn.connected():
		case ok:
			p.server.answered, p.server.failures = true, 0
		default:
			failures := p.server.failures + 1
			p.server = p.server.reset()
			p.server.failures = failures
		}
	})
}

// healthPath returns the path of the server's cheapest answer.
func healthPath() string { return base() + "healthz" }
