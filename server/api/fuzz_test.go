package api

import (
	"encoding/json"
	"testing"

	"rollcall/shared"
	"rollcall/shared/api"
)

// A cursor that somebody made up is refused, or is one that could have been given.
func FuzzCursor(f *testing.F) {
	for _, cursor := range []string{
		"", "x", roomCursor("standup"), "cnN0YWk\r", encodeCursor(cursorMembers, "17 MFZWIZTHNBVGWMJU"), encodeCursor(cursorMembers, "-1 x"),
		encodeCursor(cursorMembers, "+17 MFZWIZTHNBVGWMJU"), banCursor("MFZWIZTHNBVGWMJU"), banCursor("MFZWIZTHNBVGWMJU") + "\n",
	} {
		f.Add(cursor)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		if room, err := parseRoomCursor(cursor); err == nil && cursor != "" && roomCursor(room) != cursor {
			t.Errorf("%q is read as %q", cursor, room)
		}
		if p, err := parseMemberCursor(cursor); err == nil && cursor != "" && memberCursor(shared.User{JoinedAt: p.JoinedAt, ID: p.ID}) != cursor {
			t.Errorf("%q is read as %+v", cursor, p)
		}
		if id, err := parseBanCursor(cursor); err == nil && cursor != "" && banCursor(id) != cursor {
			t.Errorf("%q is read as %q", cursor, id)
		}
	})
}

// Whatever another node answers is refused, or can be answered to a caller.
func FuzzAnswerOfANode(f *testing.F) {
	f.Add([]byte(`{"rooms":[{"room":"standup","members":1,"sessions":2,"watchers":3,"since":4}],"more":true}`), "")
	f.Add([]byte(`{"places":[{"room":"a","member":{"id":"MFZWIZTHNBVGWMJU","name":"Ada","status":"idle","joined_at":1}}]}`), "MFZWIZTHNBVGWMJU")
	f.Fuzz(func(t *testing.T, answer []byte, member string) {
		q := query{Kind: queryRooms, Limit: 2}
		if member != "" {
			q.Kind, q.Member = queryMember, member
		}
		var p part
		if json.Unmarshal(answer, &p) != nil || p.check(q) != nil {
			return
		}
		all := gathered{rooms: make(map[string]api.Room), places: make(map[string]api.Place)}
		all.add(p)
		all.add(p)
		first := all.first(q.Limit)
		if len(first.Rooms) > 2 || len(first.Places) > 2 || first.More && len(first.Rooms)+len(first.Places) == 0 {
			t.Errorf("%s: %+v", answer, first)
		}
	})
}
