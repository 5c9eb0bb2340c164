package api

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// ChangeRoom changes what a room says of itself, or locks it. If nobody is in the room, the
// type of the problem is NotInUse.
func (c *Client) ChangeRoom(ctx context.Context, room string, change RoomChange) (answer RoomChanged, err error) {
	return answer, c.send(ctx, http.MethodPatch, "rooms/"+url.PathEscape(room), change, &answer)
}

// Announce shows a line to everybody in a room. If nobody is there, the type of the problem
// is NotInUse.
func (c *Client) Announce(ctx context.Context, room, text string) (answer Announced, err error) {
	return answer, c.send(ctx, http.MethodPost, roomPath(room, "announcements"), AnnouncementRequest{Text: text}, &answer)
}

// Kick removes a member from a room, who is told the reason and may join again. If they are
// not in the room, the type of the problem is NotInRoom.
func (c *Client) Kick(ctx context.Context, room, member, reason string) (answer Removed, err error) {
	return answer, c.remove(ctx, room, member, url.Values{}, reason, &answer)
}

// BanOptions says what a ban is beside its duration.
type BanOptions struct {
	Reason  string // which they are told
	Address bool   // also keeps out whoever is new and comes from an address that they came from
}

// Ban removes a member from a room, if they are there, and keeps them out for some time,
// from 1 s to shared.BanWithin. The latest ban of a member replaces those before. If a room
// has too many, the type of the problem is TooManyBans.
func (c *Client) Ban(ctx context.Context, room, member string, within time.Duration, o BanOptions) (answer Removed, err error) {
	q := url.Values{"ban": {within.String()}}
	if o.Address {
		q.Set("address", "true")
	}
	return answer, c.remove(ctx, room, member, q, o.Reason, &answer)
}

func (c *Client) remove(ctx context.Context, room, member string, q url.Values, reason string, answer *Removed) error {
	if reason != "" {
		q.Set("reason", reason)
	}
	return c.call(ctx, http.MethodDelete, roomPath(room, "members/"+url.PathEscape(member)), q, nil, readInto(answer))
}

// Bans returns the bans of a room that are in force, by id of the member.
func (c *Client) Bans(ctx context.Context, room string, p Page) (answer Bans, err error) {
	return answer, c.get(ctx, roomPath(room, "bans"), p.query(), &answer)
}

// BanOf returns the ban of a member from a room. If there is none in force, the type of the
// problem is NotBanned.
func (c *Client) BanOf(ctx context.Context, room, member string) (answer BanAnswer, err error) {
	return answer, c.get(ctx, roomPath(room, "bans/"+url.PathEscape(member)), nil, &answer)
}

// Unban ends a ban at once. If there is none in force, the type of the problem is NotBanned.
func (c *Client) Unban(ctx context.Context, room, member string) (answer Unbanned, err error) {
	return answer, c.call(ctx, http.MethodDelete, roomPath(room, "bans/"+url.PathEscape(member)), nil, nil, readInto(&answer))
}

// Erase erases what the server remembers of a member: visits, and what bans say beside the
// id.
func (c *Client) Erase(ctx context.Context, member string) (answer Erased, err error) {
	return answer, c.call(ctx, http.MethodDelete, "people/"+url.PathEscape(member), nil, nil, readInto(&answer))
}
