package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

// A page of 100 must take less than 50 ms, with 100,000 rooms and in a room of 10,000.
func BenchmarkPage(b *testing.B) {
	b.Run("rooms=100000", func(b *testing.B) {
		r := newRig(b, nil)
		r.limits = newLimiter(1e9, 1e9)
		for i := range 100_000 {
			enter(b, r.hub, fmt.Sprint("room-", i), "Ada")
		}
		bo := enter(b, r.hub, "room-99999", "Bo") // who is found last
		calls(b, r, "rooms", "rooms?prefix=room-77", "rooms?cursor="+roomCursor("room-5"), "rooms/room-5", "members/"+bo+"/rooms")
	})
	b.Run("members=10000", func(b *testing.B) {
		r := newRig(b, nil)
		r.limits = newLimiter(1e9, 1e9)
		for i := range 10_000 {
			enter(b, r.hub, "all", fmt.Sprint("member ", i))
		}
		page := into[api.Members](b, r, "rooms/all/members?limit=1000")
		calls(b, r, "rooms/all/members", "rooms/all/members?cursor="+page.Next)
	})
}

// A page of 100 bans must take less than 50 ms, too, and so must one more ban.
func BenchmarkBans(b *testing.B) {
	r := newRig(b, nil)
	r.limits = newLimiter(1e9, 1e9)
	until, id := time.Now().Add(time.Hour).UnixMilli(), ""
	for i := range hub.MaxRoomBans - 1 {
		id = shared.MemberID(fmt.Sprint("somebody-who-is-banned-", i))
		if err := r.hub.Ban(hub.Ban{Room: "all", ID: id, Until: until}); err != nil {
			b.Fatal(err)
		}
	}
	for name, path := range map[string]string{"page": "bans?limit=100", "later page": "bans?limit=100&cursor=" + banCursor("T"+id[1:]), "one": "bans/" + id} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if res := r.get("rooms/all/"+path, r.keys[api.ScopeModerate]); res.StatusCode != http.StatusOK {
					b.Fatal(res.Status)
				}
			}
		})
	}
	b.Run("ban and unban", func(b *testing.B) {
		other := enter(b, r.hub, "elsewhere", "Ada")
		for b.Loop() {
			for _, path := range []string{"rooms/all/members/" + other + "?ban=1h", "rooms/all/bans/" + other} {
				if res := r.do(http.MethodDelete, path, r.keys[api.ScopeModerate], ""); res.StatusCode != http.StatusOK {
					b.Fatal(res.Status)
				}
			}
		}
	})
}

func calls(b *testing.B, r *rig, paths ...string) {
	for _, path := range paths {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				if res := r.get(path, r.keys[api.ScopeRead]); res.StatusCode != http.StatusOK {
					b.Fatal(res.Status)
				}
			}
		})
	}
}
