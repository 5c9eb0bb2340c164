package ui

import (
	"context"
	"errors"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/i18n"
)

// A connector makes the connections of a client; nil means WebSockets. Tests replace it.
type connector func(context.Context) (client.Conn, error)

// leaveTimeout bounds how long a leave may take. After that the closed connection has
// the same effect.
const leaveTimeout = 5 * time.Second

// undoFor is how long the page offers to undo a leave.
const undoFor = 5 * time.Second

// join enters the room under a valid name.
func (p *Page) join(name string) {
	if !p.canConnect() {
		p.setDialog(dialog{kind: dialogJoin, draft: draftOf(name)}) // the page shows why it can't connect
		return
	}
	p.undo = nil
	if p.leaving { // the room would take the new session for one to be ended
		p.nextName = name
		return
	}
	if err := p.enter(name); err != nil {
		p.setDialog(dialog{kind: dialogJoin, draft: draftOf(name), problem: clientErrorText(err)})
		return
	}
	p.entered(name)
}

// entered is called when the client is to be a member.
func (p *Page) entered(name string) {
	p.name = name
	p.sendPendingNote()
	p.conn.joined, p.conn.lastError, p.ended = true, "", shared.Error{}
	p.server = p.server.reset()
	local.set(nameItem, name)
	tab.set(joinedItem, p.room)
	setSince(p.since)
	rememberRoom(p.room)
	p.updateStatus()
}

// enter makes the client that watches the room a member, on the same connection. Where
// there is none, or it can't connect, or another tab of this first visit has made the key
// of both, it opens another one.
func (p *Page) enter(name string) error {
	p.takeKey()
	if p.client != nil && p.conn.state != client.Reconnecting && p.client.Join(p.ctx, name) == nil {
		return nil
	}
	p.closeClient()
	return p.openClient(name, "")
}

// takeKey takes over the key that another tab has made for both, as a new client has it.
func (p *Page) takeKey() {
	if key := local.get(keyItem); key != p.key && shared.CheckKey(key) == nil {
		p.key = key
		p.closeClient()
	}
}

// openClient opens a client for a member, or for a watcher without a name.
func (p *Page) openClient(name string, watch shared.Detail) error {
	status, _ := p.status(time.Now())
	c, err := client.Open(socketURL(), client.Options{
		Room:     p.room,
		Name:     name,
		Watch:    watch,
		Key:      p.key,
		Token:    p.token,
		Status:   status,
		JoinedAt: p.since,
		Seen:     p.seen,
		Connect:  p.connect,
	})
	if err != nil {
		return err
	}
	p.client, p.seen, p.reportedStatus = c, nil, status
	go p.receiveUpdates(c)
	return nil
}

// receiveUpdates passes the updates of c to the UI goroutine, one call for each, until c
// ends. It runs on a goroutine of its own.
func (p *Page) receiveUpdates(c *client.Client) {
	for {
		u, err := c.Next(p.ctx)
		p.ctx.Dispatch(func(ctx app.Context) {
			switch {
			case c != p.client: // left meanwhile
			case err != nil:
				p.onClientEnd(err)
			case p.changesNothing(u):
				p.conn.update(u, time.Now())
				ctx.PreventUpdate()
			default:
				p.applyUpdate(u)
			}
		})
		if err != nil {
			return
		}
	}
}

// onClientEnd asks for the name again after the client has ended for good.
func (p *Page) onClientEnd(err error) {
	d := dialog{kind: dialogJoin, draft: draftOf(p.name), reason: string(i18n.Lookup(msgs.Closed, ""))}
	var e shared.Error
	if errors.As(err, &e) {
		d.reason = closeText(e.Code)
		p.dropToken(e.Code)
	}
	if e.Code == shared.CodeKicked || e.Code == shared.CodeBanned {
		p.putOut(e)
		d.reason = p.putOutText()
	}
	if !p.conn.joined && e.Code != shared.CodeKicked {
		p.stopWatching()
		return
	}
	if e.Code == shared.CodeLocked || e.Code == shared.CodeBanned {
		d.reason = "" // the problem box says it, for as long as it is so
	}
	if e.Code == shared.CodeLeft {
		p.forgetRoom()
	}
	p.showLeft(d)
	p.watch()
	p.ctx.Defer(func(app.Context) { app.Window().Call("scrollTo", 0, 0) }) // to the form, which says why
}

// closeText returns the message for the error that ended a client for good.
func closeText(code shared.Code) string {
	if text, ok := msgs.Closed[string(code)]; ok {
		return string(text)
	}
	return errorText(code)
}

// onLeave leaves the room, for everybody at once, and offers to undo it for a while.
func (p *Page) onLeave(app.Context, app.Event) {
	if !p.conn.joined {
		return // the second click of two
	}
	undo := p.remembered()
	c := p.detachClient()
	p.leaving, p.nextName = true, ""
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
		defer cancel()
		c.Leave(ctx) // the client is closed even if this fails
		p.ctx.Dispatch(func(app.Context) { p.afterLeave() })
	}()
	p.forgetRoom()
	p.showLeft(dialog{kind: dialogJoin, draft: draftOf(p.name), reason: string(msgs.YouLeft)})
	p.undo = undo
	p.announcer.announce(string(msgs.YouLeft))
	p.ctx.Defer(func(app.Context) { // the button that had the focus does nothing now
		if e := byID("undo"); e.Truthy() {
			e.Call("focus")
		}
	})
	p.ctx.After(undoFor, func(app.Context) {
		if p.undo == undo {
			p.endUndo()
		}
	})
}

// afterLeave joins again if the user has asked for that while the room was being left.
func (p *Page) afterLeave() {
	p.leaving = false
	if p.nextName != "" {
		p.join(p.nextName)
	} else {
		p.watch()
	}
}

// onUndo joins the room again as what the user has left it.
func (p *Page) onUndo(app.Context, app.Event) {
	if p.undo == nil {
		return // it was offered until just now
	}
	readSaved().with(*p.undo).save() // joining sends the note
	p.submitName(p.name)
}

// endUndo takes the offer back. The focus goes on to the field for the name.
func (p *Page) endUndo() {
	if focusedID() == "undo" {
		byID("name-field").Call("focus", map[string]any{"preventScroll": true})
	}
	p.undo = nil
}

// showLeft shows the page of a user who is no longer in the room and may join again. The
// list stays as it was last seen, without that user.
func (p *Page) showLeft(d dialog) {
	p.closeClient()
	p.forgetJoin()
	p.conn.end(time.Now())
	p.badge()
	if _, here := p.roster.Get(p.you); here {
		p.motion.capture()
		p.memberList.apply(shared.DisconnectUser{Rev: p.roster.Rev() + 1, ID: p.you})
		p.diverged = true
		p.total = p.roster.Len()
		p.listChanged()
	}
	p.server = p.server.reset()
	p.schedulePoll()
	p.setDialog(d)
}

// forgetJoin has no reload join again, and ends what start.js has joined with.
func (p *Page) forgetJoin() {
	endEarlyJoin()
	p.since = 0
	tab.del(joinedItem)
	setSince(0)
}

// closeClient closes the connection, if there is one, without leaving the room.
func (p *Page) closeClient() {
	if c := p.detachClient(); c != nil {
		go c.Close() // may wait for the network
	}
}

// detachClient returns the page's client, if there is one, for its end. The next client
// begins with its roster, so that a large one is not sent again.
func (p *Page) detachClient() *client.Client {
	c := p.client
	if c != nil {
		p.client, p.seen, p.watchers, p.knock, p.knocks = nil, snapshotOf(c), shared.Watchers{}, knock{}, nil
		p.conn.end(time.Now())
	}
	return c
}
