package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/shared/api"
	"rollcall/shared/roomname"
)

// output is an answer as huma wants it.
type output[T any] struct{ Body T }

// The parameters of calls, with what huma checks and describes of them. Those that others
// embed are exported: huma does not look into them otherwise.
type (
	PageParams struct {
		Cursor string `query:"cursor" maxLength:"300" doc:"The next of the page before; none for the first page."`
		Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many elements the page has at most."`
	}
	RoomParam struct {
		Room string `path:"room" pattern:"^[-\\p{Ll}\\p{Lm}\\p{Lo}\\p{N}\\p{M}]+$" maxLength:"64" doc:"The name of a room, as its address has it; that of the page at the root is lobby." example:"standup"`
	}
	roomsParams struct {
		Prefix string `query:"prefix" pattern:"^[-\\p{Ll}\\p{Lm}\\p{Lo}\\p{N}\\p{M}]+$" maxLength:"64" doc:"Only rooms whose names begin with this." example:"stand"`
		PageParams
	}
	membersParams struct {
		RoomParam
		PageParams
	}
	MemberParam struct {
		ID string `path:"id" pattern:"^[A-Z2-7]{16}$" doc:"The id of a member." example:"MFZWIZTHNBVGWMJU"`
	}
	roomsOfParams struct {
		MemberParam
		PageParams
	}
)

// calls adds all calls to the API.
func (a *API) calls(to huma.API) {
	huma.Register(to, get("list-rooms", "/rooms", api.ScopeRead, "List the rooms that somebody is in"), a.rooms)
	huma.Register(to, get("get-room", "/rooms/{room}", api.ScopeRead, "Get one room"), a.room)
	huma.Register(to, get("list-members", "/rooms/{room}/members", api.ScopeRead, "List the people in a room"), a.members)
	huma.Register(to, get("list-rooms-of-member", "/members/{id}/rooms", api.ScopeRead, "List the rooms that a person is in"), a.roomsOf)
	a.eventCalls(to)
	a.attendanceCalls(to)
	a.moderation(to)
}

// get describes a call with the method GET, which takes a key with the given scope.
func get(id, path string, scope api.Scope, summary string) huma.Operation {
	return describeCall(http.MethodGet, id, path, scope, summary)
}

// maxBody bounds the body of a call, in bytes, unless its description says otherwise. The
// longest sensible one, with every character escaped, is smaller.
const maxBody = 8 << 10

// describeCall describes a call, which takes a key with the given scope and, beside the
// answers that every call has, answers with the given statuses.
func describeCall(method, id, path string, scope api.Scope, summary string, statuses ...int) huma.Operation {
	statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity,
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable)
	if method == http.MethodPatch || method == http.MethodPost || method == http.MethodPut {
		statuses = append(statuses, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Errors: statuses, MaxBodyBytes: maxBody,
		Security: []map[string][]string{{security: {string(scope)}}},
	}
}

func (a *API) rooms(ctx context.Context, in *roomsParams) (*output[api.Rooms], error) {
	after, err := parseRoomCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	from := a.followFrom()
	p, incomplete, err := a.gather(ctx, query{Kind: queryRooms, Prefix: in.Prefix, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	answer := api.Rooms{Rooms: orEmpty(p.Rooms), Followed: from, Incomplete: incomplete}
	if p.More {
		answer.Next = roomCursor(p.Rooms[len(p.Rooms)-1].Room)
	}
	return &output[api.Rooms]{answer}, nil
}

// check returns the problem of a room's name that is not in its normal form, which no room
// has.
func (p *RoomParam) check() error {
	if roomname.Check(p.Room) != nil {
		return invalid("path.room", "is not the name of a room as its address has it")
	}
	return nil
}

func (a *API) room(ctx context.Context, in *RoomParam) (*output[api.RoomAnswer], error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	p, incomplete, err := a.gather(ctx, query{Kind: queryRoom, Room: in.Room, Limit: 1})
	if err != nil {
		return nil, err
	}
	return &output[api.RoomAnswer]{api.RoomAnswer{Room: p.Rooms[0], Kept: a.kept(), Incomplete: incomplete}}, nil
}

func (a *API) members(_ context.Context, in *membersParams) (*output[api.Members], error) {
	after, err := parseMemberCursor(in.Cursor)
	if err = cmp.Or(err, in.check()); err != nil {
		return nil, err
	}
	from := a.followFrom()
	incomplete, err := a.hear(in.Room)
	if err != nil {
		return nil, err
	}
	v, more := a.hub.Page(in.Room, after, in.Limit)
	answer := api.Members{Members: orEmpty(v.Users), Followed: from, Incomplete: incomplete}
	if v.Count > 0 {
		answer.Epoch, answer.Rev = v.Epoch, v.Rev
	}
	if more {
		answer.Next = memberCursor(v.Users[len(v.Users)-1])
	}
	return &output[api.Members]{answer}, nil
}

// hear has the other nodes say who is in a room, and returns the names of those that have
// not.
func (a *API) hear(room string) (api.Incomplete, error) {
	missing := []string{}
	if a.config.Nodes != nil {
		a.hub.Preload(room, 0)
		others, err := a.config.Nodes.Missing(room)
		if err != nil {
			return api.Incomplete{}, starting()
		}
		missing = append(missing, others...)
	}
	return api.Incomplete{MissingNodes: missing}, nil
}

func (a *API) roomsOf(ctx context.Context, in *roomsOfParams) (*output[api.Places], error) {
	after, err := parseRoomCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	p, incomplete, err := a.gather(ctx, query{Kind: queryMember, Member: in.ID, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	answer := api.Places{Rooms: orEmpty(p.Places), Incomplete: incomplete}
	if p.More {
		answer.Next = roomCursor(p.Places[len(p.Places)-1].Room)
	}
	return &output[api.Places]{answer}, nil
}

// orEmpty returns list, and for nil an empty one, which is [] in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
