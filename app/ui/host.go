package ui

import (
	"context"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/i18n"
)

// actFor is how long the page shows what a host has done.
const actFor = 10 * time.Second

// claimableUpTo is the number of members up to which the page looks for a host at each
// rendering, to offer a room that has none.
const claimableUpTo = 1000

// hosting returns a text of hosts that the server's page has, see i18n.Hosts, or "".
//
//go:noinline
func hosting(what string) string {
	texts := document().Get("documentElement").Get("dataset").Get("hosts").String()
	_, rest, _ := strings.Cut("\n"+texts, "\n"+what+" ")
	text, _, _ := strings.Cut(rest, "\n")
	return text
}

// isHost reports whether the user is a host.
//
//go:noinline
func (p *Page) isHost() bool {
	me, _ := p.roster.Get(p.you)
	return me.Role == shared.RoleHost
}

// claimable reports whether a claim of the room would be granted: not where somebody hosts it by
// a claim, who may be away.
func (p *Page) claimable() bool {
	if p.token != "" || p.watchers.Hosted || p.total > claimableUpTo {
		return false
	}
	for u := range p.roster.All() {
		if u.Role == shared.RoleHost {
			return false
		}
	}
	return true
}

// hostButton returns the button that opens what a host may do with the room or, where nobody
// signs in and nobody hosts the room, the one that claims it. Others see none.
func (p *Page) hostButton() app.UI {
	b, text := button().ID("host").OnClick(p.onHost), "claim"
	switch {
	case !p.conn.connected():
		return b.Attr("hidden", true)
	case p.isHost():
		text = "room"
	case !p.claimable():
		return b.Attr("hidden", true)
	}
	return b.Text(hosting(text))
}

func (p *Page) onHost(app.Context, app.Event) {
	p.menuOpen = false
	if p.isHost() {
		p.openAbout()
		return
	}
	_ = p.client.Claim(p.ctx) // without a connection the button is gone
}

// aboutRoom returns the panel of what a host may do with the room.
func (p *Page) aboutRoom() []app.UI {
	lock := "lock"
	if p.roster.Info().Locked {
		lock = "unlock"
	}
	tools := []app.UI{p.hostTool(lock, p.lock)}
	if p.token == "" { // otherwise the sign-in says it
		tools = append(tools, p.hostTool("give-up", giveUp))
	}
	return []app.UI{
		said("h2", "", p.roomTitle()).ID("panel-title"),
		p.aboutForm(),
		box("div", "actions", tools...),
		box("div", "actions", button().Text(string(msgs.Close)).OnClick(p.onPanelCancel)),
	}
}

func (p *Page) lock(c *client.Client, ctx context.Context, _ string) error {
	locked := !p.roster.Info().Locked
	return c.SetRoom(ctx, shared.UpdateRoom{Locked: &locked})
}

func giveUp(c *client.Client, ctx context.Context, _ string) error { return c.GiveUp(ctx) }

// hostTools returns what a host may do to another member who is here.
func (p *Page) hostTools() app.UI {
	return box("div", "actions quiet",
		p.hostTool("make-host", (*client.Client).MakeHost),
		p.hostTool("remove", (*client.Client).Remove),
		p.hostTool("ban", (*client.Client).Ban),
	)
}

// hostTool returns a button that asks the server for something, perhaps about the member whose
// card is open, and closes the panel.
//
//go:noinline
func (p *Page) hostTool(id string, do func(c *client.Client, ctx context.Context, member string) error) app.UI {
	return button().ID(id).Text(hosting(id)).OnClick(func(ctx app.Context, e app.Event) {
		if do(p.client, p.ctx, p.person.user.ID) != nil {
			return // the panel stays: there is no connection, which the page says
		}
		p.onPanelCancel(ctx, e)
	})
}

// showHosting shows for a while what a host has done, or why somebody may not do it, unless
// there is no text for it.
func (p *Page) showHosting(what, by, whom string) {
	text := i18n.Text(hosting(what)).With("name", i18n.Isolate(by), "other", i18n.Isolate(whom))
	if text == "" {
		return
	}
	p.announce(shared.Announcement{Text: text, At: -1})
	shown := p.announced
	p.ctx.After(actFor, func(app.Context) {
		if p.announced == shown {
			p.keepList()
			p.announced = shared.Announcement{}
		}
	})
}
