package client

import (
	"cmp"
	"context"
	"errors"

	"rollcall/shared"
)

// ErrNotIn is the error of what only a member may ask for while the client is not connected as
// one, or has asked for more than it could send yet.
var ErrNotIn = errors.New("not in the room now")

// maxAsked bounds what a client has asked for as a host and not sent yet.
const maxAsked = 16

// Remove has another member removed from the room, as a host may. It does not wait for the
// server, which shows it to all as a shared.Announcement with the act, or answers with a
// shared.Error event: not_host if this member is no host or the other one is, not_here, or
// too_often. Nothing is sent again after a reconnect. The error is a shared.Error with code
// bad_event for an id that can't be one, ErrNotIn, or the cause of the end of c or ctx.
func (c *Client) Remove(ctx context.Context, id string) error {
	return c.ask(ctx, shared.CheckID(id), shared.RemoveUser{ID: id})
}

// Ban is like Remove, and keeps the member out for shared.HostBan.
func (c *Client) Ban(ctx context.Context, id string) error {
	return c.ask(ctx, shared.CheckID(id), shared.RemoveUser{ID: id, Ban: true})
}

// SetRoom is like Remove, for a change of what the room says of itself. The error also is a
// shared.Error with code bad_title or bad_topic. The server answers lock_stands if it is to open
// the lock of who runs the server.
func (c *Client) SetRoom(ctx context.Context, change shared.UpdateRoom) error {
	return c.ask(ctx, cmp.Or(check(change.Title, shared.CleanTitle), check(change.Topic, shared.CleanTopic)), change)
}

// MakeHost is like Remove, and makes another member a host as well.
func (c *Client) MakeHost(ctx context.Context, id string) error {
	return c.ask(ctx, shared.CheckID(id), shared.UpdateRole{ID: id, Role: shared.RoleHost})
}

// Claim makes this member the host of a room that nobody hosts. Whoever has the client's key
// is the host then, until a day after the last visit. It is like Remove, but that the
// shared.Error event is hosted for a room that somebody hosts, and not_host for somebody who
// has signed in.
func (c *Client) Claim(ctx context.Context) error { return c.setOwnRole(ctx, shared.RoleHost) }

// GiveUp ends what Claim or another host's MakeHost began. It is like Remove.
func (c *Client) GiveUp(ctx context.Context) error { return c.setOwnRole(ctx, shared.RoleMember) }

func (c *Client) setOwnRole(ctx context.Context, role shared.Role) error {
	c.mu.Lock()
	you := c.you
	c.mu.Unlock()
	if you == "" {
		return cmp.Or(context.Cause(c.ctx), ErrNotIn)
	}
	return c.ask(ctx, nil, shared.UpdateRole{ID: you, Role: role})
}

// ask has e sent once unless err says that it is not valid.
func (c *Client) ask(ctx context.Context, err error, e shared.Event) error {
	full := false
	err = c.change(ctx, err, func() {
		s := c.session
		if full = s == nil || !s.joined || s.watching != "" || c.watch != "" || len(s.asked) >= maxAsked; !full {
			s.asked = append(s.asked, e)
		}
	})
	if full {
		return ErrNotIn
	}
	return err
}

// AnswerKnock is like Remove, and lets in whoever knocks with that id, or has them wait. Who
// knocks, hosts are told by shared.Knocks. The shared.Error event is not_here if they do not
// any more.
func (c *Client) AnswerKnock(ctx context.Context, id string, letIn bool) error {
	return c.ask(ctx, shared.CheckID(id), shared.AnswerKnock{ID: id, LetIn: letIn})
}

// Knock has a client that watches a locked room ask its hosts to be let in under a name; ""
// takes that back. It goes on after a reconnect, and while more knock than may, until a
// shared.KnockAnswered event, or a shared.Error event other than too_often: with LetIn the
// client joins, as by Join. Should the connection break just then, the client ends with the
// shared.Error locked. Of a client that is a member, Knock changes nothing. The errors are
// those of Join.
func (c *Client) Knock(ctx context.Context, name string) (err error) {
	if name != "" {
		name, err = shared.CleanName(name)
	}
	return c.change(ctx, err, func() {
		if c.watch != "" {
			c.knock = name
		}
	})
}

func check(text *string, rule shared.Rule) (err error) {
	if text != nil {
		_, err = rule(*text)
	}
	return err
}
