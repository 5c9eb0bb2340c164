package ui

import (
	"context"
	"errors"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/words"
)

// A connector makes the connections of a client; nil stands for WebSockets. A
// test gives one of its own.
type connector func(context.Context) (client.Conn, error)

// partingTime bounds how long a leave may take; without an answer by then the
// closed connection tells it.
const partingTime = 5 * time.Second

// join takes the person into the room under a valid name.
func (p *Page) join(name string) {
	status, _ := p.status(time.Now())
	c, err := client.Open(socketURL(), client.Options{
		Room:    p.room,
		Name:    name,
		Key:     p.key,
		Token:   p.pass,
		Status:  status,
		Seen:    p.seen,
		Connect: p.connect,
	})
	if err != nil {
		p.ask(dialog{asks: askJoin, draft: draftOf(name), problem: problemOf(err)})
		return
	}
	p.client, p.seen, p.name, p.reported = c, nil, name, status
	if note, wished := p.wishedNote(); wished {
		c.SetNote(p.ctx, note) // it was one before
	}
	p.link = link{joined: true, cut: p.link.cut, heard: p.link.heard, lost: p.link.lost}
	local.set(nameItem, name)
	tab.set(joinedItem, p.room)
	remember(p.room)
	p.watch()
	go p.follow(c)
}

// follow hands the updates of c over to the UI goroutine, one call for each,
// until c ends. It runs on a goroutine of its own.
func (p *Page) follow(c *client.Client) {
	for {
		u, err := c.Next(p.ctx)
		p.ctx.Dispatch(func(app.Context) {
			switch {
			case c != p.client: // left meanwhile
			case err != nil:
				p.ended(err)
			default:
				p.take(u)
			}
		})
		if err != nil {
			return
		}
	}
}

// ended is told why the client won't come back.
func (p *Page) ended(err error) {
	d := dialog{asks: askJoin, draft: draftOf(p.name), why: string(words.Of(say.Closed, ""))}
	var e shared.Error
	if errors.As(err, &e) {
		d.why = endOf(e.Code)
		p.dropToken(e.Code)
	}
	if e.Code == shared.CodeLeft {
		p.forgetRoom()
	}
	p.out(d)
}

// endOf says why a connection ended that won't come back.
func endOf(code shared.Code) string {
	if text, ok := say.Closed[string(code)]; ok {
		return string(text)
	}
	return trouble(code)
}

// onLeave takes the person out of the room, at once for everybody.
func (p *Page) onLeave(app.Context, app.Event) {
	c := p.client
	if c == nil {
		return // the second click of two
	}
	p.client = nil
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), partingTime)
		defer cancel()
		c.Leave(ctx) // however it fails, the client is closed
	}()
	p.forgetRoom()
	p.out(dialog{asks: askJoin, draft: draftOf(p.name)})
}

// out is the page of one who is not in the room any more, and who may join
// again. The sheet stays as it was last seen, without the person.
func (p *Page) out(d dialog) {
	p.hangUp()
	tab.del(joinedItem)
	p.link.joined = false
	p.badge()
	if _, here := p.roster.Get(p.you); here {
		p.motion.mark()
		p.sheet.apply(shared.DisconnectUser{Rev: p.roster.Rev() + 1, ID: p.you})
		p.total = p.roster.Len()
		p.changed()
	}
	p.ask(d)
}

// hangUp ends the connection, if there is one, without a word.
func (p *Page) hangUp() {
	if p.client == nil {
		return
	}
	go p.client.Close() // may wait for the network
	p.client = nil
}
