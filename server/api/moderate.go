package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

// The parameters and bodies of the calls that change something.
type (
	roomChange struct {
		RoomParam
		Body api.RoomChange `required:"true"`
	}
	announcement struct {
		RoomParam
		Body api.AnnouncementRequest `required:"true"`
	}
	PersonParams struct {
		RoomParam
		MemberParam
	}
	removal struct {
		PersonParams
		Ban     string `query:"ban" maxLength:"30" doc:"How long they are banned, as in 90s, 1h or 24h30m; at most 87840h, which is ten years. None for no ban." example:"1h"`
		Reason  string `query:"reason" maxLength:"560" doc:"What they are told about it, in at most 140 characters." example:"too loud"`
		Address bool   `query:"address" doc:"With a ban: whether it also keeps out whoever is new in the room and comes from an address that they came from. Many people may have one address."`
	}
	bansParams struct {
		RoomParam
		PageParams
	}
)

// moderation adds the calls that change something.
func (a *API) moderation(to huma.API) {
	const (
		notFound = http.StatusNotFound
		conflict = http.StatusConflict
	)
	call := func(method, id, path, summary string, statuses ...int) huma.Operation {
		return describeCall(method, id, path, api.ScopeModerate, summary, statuses...)
	}
	huma.Register(to, call(http.MethodPatch, "change-room", "/rooms/{room}", "Change what a room says of itself, or lock it", conflict), a.changeRoom)
	huma.Register(to, call(http.MethodPost, "announce", "/rooms/{room}/announcements", "Show everybody in a room a line", conflict), a.announce)
	huma.Register(to, call(http.MethodDelete, "remove-member", "/rooms/{room}/members/{id}", "Remove somebody from a room, and ban them if wanted", notFound, conflict), a.removeMember)
	huma.Register(to, call(http.MethodGet, "list-bans", "/rooms/{room}/bans", "List who is banned from a room"), a.bans)
	huma.Register(to, call(http.MethodGet, "get-ban", "/rooms/{room}/bans/{id}", "Get one ban", notFound), a.ban)
	huma.Register(to, call(http.MethodDelete, "delete-ban", "/rooms/{room}/bans/{id}", "End a ban", notFound), a.unban)
	huma.Register(to, describeCall(http.MethodDelete, "erase-person", "/people/{id}", api.ScopeAdmin, "Erase what is remembered of somebody"), a.erase)
}

// by returns by whose word a call does something.
func by(ctx context.Context) string { return ctx.Value(callKey{}).(*call).caller.by }

// begin checks the name of a room in which a call is to do something, and has the other
// nodes say who is there.
func (a *API) begin(in *RoomParam) (api.Incomplete, error) {
	if err := in.check(); err != nil {
		return api.Incomplete{}, err
	}
	return a.hear(in.Room)
}

// show does what everybody in a room is shown, unless there was too much of that. Only what
// was done counts.
func (a *API) show(room string, do func() error) error {
	tried, err := a.shown.try(room, do)
	switch {
	case !tried:
		return soon(api.TooManyCalls, "1")
	case err != nil:
		return asProblem(err, "body.text")
	}
	return nil
}

func (a *API) changeRoom(ctx context.Context, in *roomChange) (*output[api.RoomChanged], error) {
	incomplete, err := a.begin(&in.RoomParam)
	if err != nil {
		return nil, err
	}
	answer := api.RoomChanged{Room: in.Room, Incomplete: incomplete}
	err = a.show(in.Room, func() (err error) {
		answer.RoomInfo, err = a.hub.ChangeRoomInfo(in.Room, hub.RoomInfoChange(in.Body), by(ctx))
		return err
	})
	return &output[api.RoomChanged]{answer}, err
}

func (a *API) announce(ctx context.Context, in *announcement) (*output[api.Announced], error) {
	incomplete, err := a.begin(&in.RoomParam)
	if err != nil {
		return nil, err
	}
	err = a.show(in.Room, func() error { return a.hub.Announce(in.Room, in.Body.Text, by(ctx)) })
	return &output[api.Announced]{api.Announced{Room: in.Room, By: by(ctx), Incomplete: incomplete}}, err
}

func (a *API) removeMember(ctx context.Context, in *removal) (*output[api.Removed], error) {
	until, err := in.until()
	if err != nil {
		return nil, err
	}
	answer := api.Removed{Room: in.Room, ID: in.ID}
	if answer.Incomplete, err = a.begin(&in.RoomParam); err != nil {
		return nil, err
	}
	if until == 0 {
		found, err := a.hub.Kick(in.Room, in.ID, by(ctx), in.Reason)
		if err != nil {
			return nil, asProblem(err, "query.reason")
		}
		if !found {
			return nil, problem(api.NotInRoom, "")
		}
		return &output[api.Removed]{answer}, nil
	}
	wanted := hub.Ban{Room: in.Room, ID: in.ID, Until: until, By: by(ctx), ByID: ctx.Value(callKey{}).(*call).caller.member, Reason: in.Reason, Address: in.Address}
	if err := a.hub.Ban(wanted); err != nil {
		return nil, asProblem(err, "query.reason")
	}
	if b, ok := a.hub.BanOf(in.Room, in.ID); ok { // it may be over, or lifted
		wanted = b
	}
	answer.Ban = new(banOf(wanted))
	return &output[api.Removed]{answer}, nil
}

// until returns when the ban ends that is asked for; 0 if none is.
func (in *removal) until() (int64, error) {
	if in.Ban == "" {
		if in.Address {
			return 0, invalid("query.address", "is for bans only")
		}
		return 0, nil
	}
	d, err := time.ParseDuration(in.Ban)
	if err != nil || d < time.Second || d > shared.BanWithin {
		return 0, invalid("query.ban", fmt.Sprintf("is not a duration from 1s to %.0fh", shared.BanWithin.Hours()))
	}
	return time.Now().Add(d).UnixMilli(), nil
}

// banOf returns a ban as callers are told of it: without the addresses.
func banOf(b hub.Ban) api.Ban {
	return api.Ban{ID: b.ID, Name: b.Name, From: b.From, Until: b.Until, By: b.By, Reason: b.Reason, Address: b.Address}
}

func (a *API) bans(_ context.Context, in *bansParams) (*output[api.Bans], error) {
	after, err := parseBanCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	answer := api.Bans{Bans: []api.Ban{}}
	if answer.Incomplete, err = a.begin(&in.RoomParam); err != nil {
		return nil, err
	}
	page, more := a.hub.Bans(in.Room, after, in.Limit)
	for _, b := range page {
		answer.Bans = append(answer.Bans, banOf(b))
	}
	if more {
		answer.Next = banCursor(page[len(page)-1].ID)
	}
	return &output[api.Bans]{answer}, nil
}

func (a *API) ban(_ context.Context, in *PersonParams) (*output[api.BanAnswer], error) {
	incomplete, err := a.begin(&in.RoomParam)
	if err != nil {
		return nil, err
	}
	b, ok := a.hub.BanOf(in.Room, in.ID)
	if !ok {
		return nil, problem(api.NotBanned, "")
	}
	return &output[api.BanAnswer]{api.BanAnswer{Room: in.Room, Ban: banOf(b), Incomplete: incomplete}}, nil
}

func (a *API) unban(ctx context.Context, in *PersonParams) (*output[api.Unbanned], error) {
	incomplete, err := a.begin(&in.RoomParam)
	if err != nil {
		return nil, err
	}
	found, err := a.hub.Unban(in.Room, in.ID, by(ctx))
	if err == nil && !found {
		err = problem(api.NotBanned, "")
	}
	if err != nil {
		return nil, err
	}
	return &output[api.Unbanned]{api.Unbanned{Room: in.Room, ID: in.ID, Incomplete: incomplete}}, nil
}

// erase asks the database first: if that fails, nothing was erased.
func (a *API) erase(ctx context.Context, in *MemberParam) (*output[api.Erased], error) {
	answer := api.Erased{ID: in.ID}
	if a.config.Erase != nil {
		var err error
		if answer.Rows, err = a.config.Erase(ctx, in.ID); err != nil {
			a.config.Log.Error("the database could not erase somebody", "err", err)
			return nil, soon(api.Unavailable, unavailableFor)
		}
	}
	answer.Bans = a.hub.EraseFromBans(in.ID)
	a.hub.EraseFromHosts(in.ID)
	return &output[api.Erased]{answer}, nil
}
