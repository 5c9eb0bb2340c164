//go:build unix

package store

import (
	"fmt"
	"sync"
	"testing"

	"rollcall/server/store/storetest"
	"rollcall/shared"
)

func allBans(t *testing.T, s *Store) []Ban {
	t.Helper()
	all, err := s.Bans(t.Context())
	check(t, err)
	return all
}

func allRooms(t *testing.T, s *Store, after int64) []Room {
	t.Helper()
	all, err := s.Rooms(t.Context(), after, "", 100)
	check(t, err)
	return all
}

func TestBans(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		a := Ban{Room: "a", Member: "BO", Name: "'; DROP TABLE bans; -- Bo", Since: at(1), Until: at(60), SetBy: "key ci", Reason: "\"loud\"",
			ByAddress: true, Addresses: []string{"10.0.0.1/32", "2001:db8::/64"}}
		b := Ban{Room: "b", Member: "BO", Since: at(1), Until: at(2), Addresses: []string{}}
		check(t, s.SetBans(t.Context(), []Ban{a, b}))
		want(t, "both", allBans(t, s), []Ban{a, b})

		lifted := a
		lifted.Since, lifted.Lifted = at(3), true
		check(t, s.SetBans(t.Context(), []Ban{lifted, a}))
		want(t, "an older one", allBans(t, s), []Ban{lifted, b})
		again := lifted
		again.Addresses = []string{"10.0.0.2/32"}
		check(t, s.SetBans(t.Context(), []Ban{again}))
		want(t, "the same with other addresses", allBans(t, s), []Ban{again, b})

		n, err := s.Erase(t.Context(), "BO")
		check(t, err)
		again.Name, again.Reason, again.Addresses = "", "", []string{}
		want(t, "rows that were erased", n, int64(1))
		want(t, "after erasing", allBans(t, s), []Ban{again, b})

		check(t, s.ForgetBans(t.Context(), at(3)))
		want(t, "what is over", allBans(t, s), []Ban{again})
		check(t, s.ForgetBans(t.Context(), at(4)))
		want(t, "what is lifted", allBans(t, s), []Ban{again})
		again.Kept = at(90)
		check(t, s.SetBans(t.Context(), []Ban{again}))
		check(t, s.ForgetBans(t.Context(), at(61)))
		want(t, "what is over before one that it replaced", allBans(t, s), []Ban{again})
		check(t, s.ForgetBans(t.Context(), at(91)))
		want(t, "what is over, like all before it", allBans(t, s), []Ban(nil))
	})
}

func TestRooms(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		a := Room{Room: "a", RoomInfo: shared.RoomInfo{Title: "'A' \"room\"", Topic: "الغرفة", Locked: true}, Hosts: "ADA BO", HostLock: true, HostLeft: 1}
		b := Room{Room: "b", RoomInfo: shared.RoomInfo{Title: "B"}}
		check(t, s.SetRooms(t.Context(), []Room{a, b}))
		a.N, b.N = 1, 2
		want(t, "both", allRooms(t, s, 0), []Room{a, b})
		a = Room{Room: "a", N: 3}
		check(t, s.SetRooms(t.Context(), []Room{a}))
		want(t, "in the order of their changes", allRooms(t, s, 0), []Room{b, a})
		want(t, "the last change", allRooms(t, s, 3), []Room{a})
		_, err := s.db.Exec("UPDATE rooms SET n = 3")
		check(t, err)
		paged, err := s.Rooms(t.Context(), 3, "a", 1)
		check(t, err)
		want(t, "of two with one number, the second", paged, []Room{{Room: "b", RoomInfo: b.RoomInfo, N: 3}})
		_, err = s.db.Exec("UPDATE rooms SET n = 2 WHERE room = 'b'")
		check(t, err)
		check(t, s.ForgetRooms(t.Context(), at(0)))
		want(t, "what others may not have read", allRooms(t, s, 0), []Room{b, a})
		_, err = s.db.Exec("UPDATE rooms SET n = n + 10000 WHERE room = 'b'")
		check(t, err)
		b.N += 10_000
		check(t, s.ForgetRooms(t.Context(), at(0)))
		want(t, "the latest changes", allRooms(t, s, 0), []Room{a, b})
		_, err = s.db.Exec("UPDATE rooms SET n = n + 2 WHERE room = 'b'")
		check(t, err)
		b.N += 2
		check(t, s.ForgetRooms(t.Context(), at(0)))
		want(t, "what says something", allRooms(t, s, 0), []Room{b})

		hosted := []Room{
			{Room: "left", Hosts: "ADA", HostLeft: at(1).UnixMilli()},
			{Room: "left-locked", RoomInfo: shared.RoomInfo{Locked: true}, Hosts: "ADA", HostLock: true, HostLeft: at(1).UnixMilli()},
			{Room: "left-later", Hosts: "ADA", HostLeft: at(3).UnixMilli()},
			{Room: "present", Hosts: "ADA"},
			{Room: "titled", RoomInfo: shared.RoomInfo{Title: "T"}, Hosts: "ADA", HostLeft: at(1).UnixMilli()},
			{Room: "locked", RoomInfo: shared.RoomInfo{Locked: true}, Hosts: "ADA", HostLeft: at(1).UnixMilli()},
		}
		check(t, s.SetRooms(t.Context(), hosted))
		_, err = s.db.Exec("UPDATE rooms SET n = n + 20000 WHERE room = 'b'")
		check(t, err)
		check(t, s.ForgetRooms(t.Context(), at(2)))
		var kept []string
		for _, r := range allRooms(t, s, 0) {
			kept = append(kept, r.Room)
		}
		want(t, "what somebody hosts, or says something", kept, []string{"left-later", "present", "titled", "locked", "b"})
	})
}

// Erasing reaches who hosts rooms, which other nodes then read, and by whose word something was
// set; and nobody whose id only begins or ends alike.
func TestEraseReachesHostsAndBy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		var rooms []Room
		for i, hosts := range []string{"ADA", "ADA BO", "BO ADA CY", "BO ADA", "ADAM BADA", ""} {
			rooms = append(rooms, Room{Room: fmt.Sprint(i), Hosts: hosts, HostLeft: 1})
		}
		check(t, s.SetRooms(t.Context(), rooms))
		ban := Ban{Room: "a", Member: "BO", Since: at(1), Until: at(60), SetBy: "Ada", SetByID: "ADA", Reason: "loud", Addresses: []string{}}
		other := Ban{Room: "b", Member: "BO", Since: at(1), Until: at(60), SetBy: "Ada", SetByID: "ADAM", Addresses: []string{}}
		check(t, s.SetBans(t.Context(), []Ban{ban, other}))
		check(t, s.SetExpected(t.Context(), "a", Expected{SetBy: "token ADA", SetAt: at(1), People: []Listed{{"BO", "Bo"}}}))
		check(t, s.SetMark(t.Context(), "a", "BO", Mark{"excused", "token ADA", at(1)}))
		check(t, s.SetMark(t.Context(), "a", "CY", Mark{"excused", "token ADAM", at(1)}))

		n, err := s.Erase(t.Context(), "ADA")
		check(t, err)
		want(t, "rows that were erased", n, int64(7))
		hosts := map[string]string{}
		for _, r := range allRooms(t, s, 0) {
			hosts[r.Room] = r.Hosts
		}
		want(t, "hosts", hosts, map[string]string{"0": "", "1": "BO", "2": "BO CY", "3": "BO", "4": "ADAM BADA", "5": ""})
		want(t, "rooms that others read again", len(allRooms(t, s, 7)), 4)
		ban.SetBy, ban.SetByID = "", ""
		want(t, "bans", allBans(t, s), []Ban{ban, other})
		e := expected(t, s, "a")
		want(t, "who has set the list and the marks", []string{e.SetBy, e.Marks["BO"].SetBy, e.Marks["CY"].SetBy}, []string{"", "", "token ADAM"})
	})
}

func TestRoomsAtTheSameTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		s := must(t, address)
		var writers sync.WaitGroup
		for i := range 8 {
			writers.Go(func() {
				for k := range 5 {
					check(t, s.SetRooms(t.Context(), []Room{{Room: fmt.Sprint("own-", i), RoomInfo: shared.RoomInfo{Title: fmt.Sprint(k)}}, {Room: "common", RoomInfo: shared.RoomInfo{Title: fmt.Sprint(i, k)}}}))
				}
			})
		}
		writers.Wait()
		all := allRooms(t, s, 0)
		if len(all) != 9 {
			t.Fatalf("%d rooms: %+v", len(all), all)
		}
		for _, r := range all {
			if r.Room != "common" && r.Title != "4" {
				t.Errorf("%+v is not what was written last", r)
			}
		}
	})
}
