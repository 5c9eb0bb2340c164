package hub

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

const bosKey = "bo-has-this-key-only-yes"

var (
	adasID = shared.MemberID(adasKey)
	bosID  = shared.MemberID(bosKey)
)

// in returns the time after d as Ban.Until has it.
func in(d time.Duration) int64 { return time.Now().Add(d).UnixMilli() }

// bye returns the error that the peer was sent last, and with which code it was closed.
func (p *peer) bye() (last shared.Error, code shared.CloseCode) {
	for _, e := range p.take() {
		if e, ok := e.(shared.Error); ok {
			last = e
		}
	}
	code, _ = p.closedWith()
	return last, code
}

func mustBan(t *testing.T, h *Hub, b Ban) {
	t.Helper()
	if err := h.Ban(b); err != nil {
		t.Fatal(err)
	}
}

// Every session of a kicked member is told by whose word, and closed. The others are shown
// it at once, though it was in a grace period, and it may come again.
func TestKick(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		bo, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo", Key: bosKey})
		one, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		two, last := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		_, ended := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		ended.End(shared.ReasonClosed)
		synctest.Wait()
		bo.take()
		found, err := h.Kick("lobby", adasID, " The  host ", "too loud")
		want(t, "she is found", []any{found, err}, []any{true, nil})
		synctest.Wait()
		for _, p := range []*peer{one, two} {
			e, code := p.bye()
			want(t, "she is told", e, shared.Error{Code: shared.CodeKicked, Message: e.Message, By: "The host", Reason: "too loud"})
			want(t, "the close code", code, shared.CloseKicked)
		}
		want(t, "the outcome", last.Outcome(), Outcome{"lobby", adasID, shared.ReasonKicked, shared.CodeKicked})
		want(t, "Bo hears", bo.take(), []shared.Event{shared.DisconnectUser{Rev: 5, ID: adasID, Reason: shared.ReasonKicked}})
		found, err = h.Kick("lobby", adasID, "", "")
		want(t, "she is gone", []any{found, err}, []any{false, nil})

		_, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		s.End(shared.ReasonClosed)
		synctest.Wait()
		bo.take()
		found, _ = h.Kick("lobby", adasID, "", "")
		synctest.Wait()
		want(t, "in her grace she is found", found, true)
		want(t, "Bo hears then", bo.take(), []shared.Event{shared.DisconnectUser{Rev: 7, ID: adasID, Reason: shared.ReasonKicked}})
		time.Sleep(2 * shared.DefaultGrace)
		synctest.Wait()
		want(t, "Bo hears later", bo.names(), []string(nil))
	})
}

// A ban keeps somebody out who joins anew, watches and then joins, or returns within the
// grace, until it is over.
func TestBan(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		bo, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo", Key: bosKey})
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		until := in(time.Minute)
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: until, By: "Bo", Reason: "spam"})
		synctest.Wait()
		e, code := ada.bye()
		want(t, "Ada is told", e, shared.Error{Code: shared.CodeBanned, Message: e.Message, By: "Bo", Reason: "spam", Until: until})
		want(t, "the close code", code, shared.CloseBanned)
		b, ok := h.BanOf("lobby", adasID)
		want(t, "the ban", []any{b.Name, b.Until, ok}, []any{"Ada", until, true})

		again, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Eve", Key: adasKey, Resume: &shared.Resume{}})
		w, s := watch(t, h, "lobby", theRoster)
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Eve", Key: adasKey}))
		_, elsewhere := enter(t, h, "kitchen", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		for _, p := range []*peer{again, w} {
			e, code := p.bye()
			want(t, "she is refused", []any{e.Code, e.Until, code}, []any{shared.CodeBanned, until, shared.CloseBanned})
		}
		want(t, "another room", elsewhere.Outcome(), Outcome{})
		want(t, "who is here", bo.users(), []string{"Bo"})

		time.Sleep(time.Minute)
		enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		want(t, "who is here when it is over", bo.users(), []string{"Ada", "Bo"})
		_, ok = h.BanOf("lobby", adasID)
		want(t, "it is over", ok, false)
		time.Sleep(2 * bansKept)
		want(t, "what is kept of it", []any{len(h.bans.rooms), h.bans.count}, []any{0, 0})
	})
}

// A ban of somebody who has signed in ends their watching, too.
func TestBanOfAWatcher(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		known := &Identity{ID: adasID}
		watchAs := func(w shared.Watch) *peer {
			p := newPeer(t)
			s, err := h.ConnectAs("lobby", p, known)
			if err != nil {
				t.Fatal(err)
			}
			s.Receive(shared.Encode(w))
			return p
		}
		roster, count := watchAs(theRoster), watchAs(shared.Watch{Detail: shared.DetailCount})
		synctest.Wait()
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: in(time.Hour)})
		late := watchAs(theRoster)
		synctest.Wait()
		for _, p := range []*peer{roster, count, late} {
			e, _ := p.bye()
			want(t, "the watcher is told", e.Code, shared.CodeBanned)
		}
	})
}

// An unban holds at once, and against a ban that was said before it and is heard after it.
// Of two bans the later one holds, in whichever order they are heard.
func TestTheLatestBanHolds(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: in(time.Hour)})
		old, _ := h.BanOf("lobby", adasID)
		found, err := h.Unban("lobby", adasID, "Bo")
		want(t, "unbanned", []any{found, err}, []any{true, nil})
		found, err = h.Unban("lobby", adasID, "Bo")
		want(t, "once more", []any{found, err}, []any{false, nil})
		want(t, "the old one", h.RestoreBans([]Ban{old}), nil)
		_, ok := h.BanOf("lobby", adasID)
		want(t, "there is a ban", ok, false)
		_, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		want(t, "she is in", s.Outcome(), Outcome{})

		later := old
		later.From, later.Until = in(time.Minute), in(10*time.Minute)
		want(t, "a later one", h.RestoreBans([]Ban{later, old}), nil)
		want(t, "she is out", s.Outcome().Code, shared.CodeBanned)
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: in(time.Second)}) // by a clock that is behind
		b, _ := h.BanOf("lobby", adasID)
		want(t, "the version", b.From, later.From+1)
		time.Sleep(time.Second)
		want(t, "the longer ones", h.RestoreBans([]Ban{later, old}), nil)
		_, ok = h.BanOf("lobby", adasID)
		want(t, "there is a ban then", ok, false)
	})
}

// Only with Address, a ban keeps out who is new and comes from where the member was: from
// the /64 of an IPv6 address, and not who is in the room already.
func TestBanOfAddresses(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		from := func(name, key, addr string) *Session {
			t.Helper()
			s, err := h.ConnectFrom("lobby", newPeer(t), nil, netip.MustParseAddr(addr))
			if err != nil {
				t.Fatal(err)
			}
			s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: key}))
			return s
		}
		from("Ada", adasKey, "2001:db8::1")
		from("Ada", adasKey, "::ffff:192.0.2.1")
		bo := from("Bo", bosKey, "192.0.2.1")
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: in(time.Hour)})
		eve := from("Eve", "", "192.0.2.1")
		want(t, "without address, Eve", eve.Outcome().Code, shared.Code(""))
		eve.Receive(shared.Encode(shared.Leave{}))
		_, _ = h.Unban("lobby", adasID, "")
		from("Ada", adasKey, "2001:db8::1")
		from("Ada", adasKey, "192.0.2.1")
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: in(time.Hour), Reason: "hers", By: "Bo", Address: true})
		b, _ := h.BanOf("lobby", adasID)
		want(t, "the addresses", fmt.Sprint(b.Addresses), "[192.0.2.1/32 2001:db8::/64]")
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: in(time.Hour), Reason: "hers", By: "Bo", Address: true})
		again, _ := h.BanOf("lobby", adasID)
		want(t, "banned again, when she has gone", []any{again.Name, again.Addresses}, []any{"Ada", b.Addresses})
		want(t, "Bo", bo.Outcome(), Outcome{})
		want(t, "Bo's other tab", from("Bo", bosKey, "192.0.2.1").Outcome(), Outcome{})
		for _, addr := range []string{"192.0.2.1", "2001:db8::ffff"} {
			p := newPeer(t)
			s, _ := h.ConnectFrom("lobby", p, nil, netip.MustParseAddr(addr))
			s.Receive(shared.Encode(shared.GotANewUser{Name: "Eve"}))
			synctest.Wait()
			e, _ := p.bye()
			want(t, addr, []any{e.Code, e.By, e.Reason}, []any{shared.CodeBanned, "", ""})
		}
		want(t, "another address", from("Eve", "", "192.0.2.2").Outcome(), Outcome{})
		if n := h.EraseFromBans(adasID); n != 1 {
			t.Errorf("%d bans were erased", n)
		}
		b, ok := h.BanOf("lobby", adasID)
		want(t, "after erasing", []any{b.Name, b.Reason, b.Addresses, ok}, []any{"", "", []netip.Prefix(nil), true})
		want(t, "then from there", from("Eve", "", "192.0.2.1").Outcome(), Outcome{})
	})
}

func TestWhatCantBeModerated(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		ada.take()
		kick := func(room, id, by, reason string) error { _, err := h.Kick(room, id, by, reason); return err }
		ban := func(b Ban) error {
			if b.Room == "" {
				b.Room, b.ID = "lobby", adasID
			}
			return h.Ban(b)
		}
		unban := func(room, id, by string) error { _, err := h.Unban(room, id, by); return err }
		info := func(c RoomInfoChange, by string) error { _, err := h.ChangeRoomInfo("lobby", c, by); return err }
		for _, tt := range []struct {
			what string
			err  error
			code shared.Code
		}{
			{"no room", kick("no room", adasID, "", ""), shared.CodeBadRoom},
			{"no id", kick("lobby", "ada", "", ""), shared.CodeBadEvent},
			{"by two lines", kick("lobby", adasID, "a\nb", ""), shared.CodeBadText},
			{"a long reason", kick("lobby", adasID, "", strings.Repeat("x", 141)), shared.CodeBadText},
			{"a ban of no room", ban(Ban{Room: "no room", ID: adasID, Until: in(1 << 40)}), shared.CodeBadRoom},
			{"a ban of nobody", ban(Ban{Room: "lobby", ID: "", Until: in(1 << 40)}), shared.CodeBadEvent},
			{"a ban that is over", ban(Ban{Until: in(0)}), shared.CodeBadEvent},
			{"a ban without end", ban(Ban{Until: in(shared.BanWithin + time.Second)}), shared.CodeBadEvent},
			{"a ban by an escape", ban(Ban{Until: in(1 << 40), By: "\x1b"}), shared.CodeBadText},
			{"a ban of a bad name", ban(Ban{Until: in(1 << 40), Name: "\u202e"}), shared.CodeBadText},
			{"a ban of half a network", ban(Ban{Until: in(1 << 40), Address: true, Addresses: []netip.Prefix{{}}}), shared.CodeBadEvent},
			{"addresses without being asked", ban(Ban{Until: in(1 << 40), Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}), shared.CodeBadEvent},
			{"an unban of no room", unban("no room", adasID, ""), shared.CodeBadRoom},
			{"an unban by two lines", unban("lobby", adasID, "a\nb"), shared.CodeBadText},
			{"nothing to announce", h.Announce("lobby", " ", ""), shared.CodeBadText},
			{"an announcement to no room", h.Announce("no room", "hello", ""), shared.CodeBadRoom},
			{"a title", info(RoomInfoChange{Title: new("\u202e")}, ""), shared.CodeBadTitle},
			{"a lock by two lines", info(RoomInfoChange{Locked: new(true)}, "a\nb"), shared.CodeBadText},
		} {
			var why shared.Error
			if !errors.As(tt.err, &why) || why.Code != tt.code || why.Message == "" {
				t.Errorf("%s: %v, want %s", tt.what, tt.err, tt.code)
			}
		}
		want(t, "an empty room", h.Announce("kitchen", "hello", ""), error(ErrNotInUse))
		if err := h.RestoreBans([]Ban{{Room: "lobby", ID: adasID}, {Room: "kitchen", ID: adasID, From: 1, Until: in(time.Hour)}}); err == nil {
			t.Error("a ban that can't be is restored")
		}
		_, ok := h.BanOf("kitchen", adasID)
		want(t, "the other is restored", ok, true)
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string(nil))
		want(t, "the rooms", h.Rooms(), []string{"lobby"})
	})
}

// Lists of bans are in pages, by id. A room has at most so many; those that are not in force
// make place.
func TestManyBans(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ids := fill(t, h, "lobby", MaxRoomBans)
		slices.Sort(ids)
		var listed []string
		for more := true; more; {
			var page []Ban
			last := ""
			if len(listed) > 0 {
				last = listed[len(listed)-1]
			}
			page, more = h.Bans("lobby", last, 999)
			for _, b := range page {
				listed = append(listed, b.ID)
			}
		}
		want(t, "all are listed once", slices.Equal(listed, ids), true)
		want(t, "one too many", h.Ban(Ban{Room: "lobby", ID: adasID, Until: in(time.Hour)}), error(ErrTooManyBans))
		mustBan(t, h, Ban{Room: "lobby", ID: ids[7], Until: in(time.Hour)}) // of somebody who is banned already
		mustBan(t, h, Ban{Room: "kitchen", ID: adasID, Until: in(time.Hour)})
		_, _ = h.Unban("lobby", ids[0], "")
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: in(time.Hour)})
		page, more := h.Bans("lobby", "", 1)
		want(t, "the first page", []any{page[0].ID != ids[0], more}, []any{true, true})
	})
}

// A ban that was made shorter is remembered until the one before would have been over, also by
// a hub that was only told of the later one: others may still have the earlier one.
func TestAShorterBanIsKept(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: in(10 * time.Hour)})
		long, _ := h.BanOf("lobby", adasID)
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: in(time.Minute), Kept: in(20 * time.Hour)})
		short, _ := h.BanOf("lobby", adasID)
		want(t, "it is kept", short.Kept, long.Until)
		other := New(Config{})
		defer other.Close()
		for _, hub := range []*Hub{h, other} {
			want(t, "restoring it", hub.RestoreBans([]Ban{short}), nil)
		}
		time.Sleep(9 * time.Hour)
		for _, hub := range []*Hub{h, other} {
			want(t, "restoring the earlier one", hub.RestoreBans([]Ban{long}), nil)
			_, banned := hub.BanOf("lobby", adasID)
			want(t, "she is banned again", banned, false)
		}
		time.Sleep(time.Hour + sweepBansEvery)
		want(t, "what is kept in the end", []any{roomsWithBans(h), roomsWithBans(other)}, []any{0, 0})
	})
}

func roomsWithBans(h *Hub) int {
	h.bans.mu.Lock()
	defer h.bans.mu.Unlock()
	return len(h.bans.rooms)
}

// All rooms together have at most so many bans. One that is over in any of them makes place.
func TestBansOfAllRoomsAreBounded(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		mustBan(t, h, Ban{Room: "kitchen", ID: adasID, Until: in(time.Minute)})
		fillAll(t, h)
		for range 2 {
			want(t, "one too many", h.Ban(Ban{Room: "garden", ID: bosID, Until: in(time.Hour)}), error(ErrTooManyBans))
		}
		time.Sleep(time.Minute)
		mustBan(t, h, Ban{Room: "garden", ID: bosID, Until: in(time.Hour)})
		want(t, "there is place for one", h.Ban(Ban{Room: "garden", ID: adasID, Until: in(time.Hour)}), error(ErrTooManyBans))
		_, _ = h.Unban("garden", bosID, "")
		mustBan(t, h, Ban{Room: "attic", ID: adasID, Until: in(time.Hour)})
	})
}

// fillAll makes as many bans as there may be, of several rooms.
func fillAll(t testing.TB, h *Hub) {
	for i := 0; h.bans.count < MaxBans; i++ {
		fill(t, h, fmt.Sprint("room-", i), min(MaxRoomBans-1, MaxBans-h.bans.count))
	}
}

// fill bans n members from a room, and returns their ids.
func fill(t testing.TB, h *Hub, room string, n int) (ids []string) {
	for i := range n {
		id := shared.MemberID(fmt.Sprintf("the-key-of-member-%d", i))
		if err := h.Ban(Ban{Room: room, ID: id, Until: in(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// All in the room and those who watch its roster are sent an announcement once: also who
// can't keep up, has the roster repaired, or becomes a member. Who comes later is not.
func TestAnnouncements(t *testing.T) {
	run(t, Config{LogBytes: MinLogBytes}, func(t *testing.T, h *Hub) {
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		w, ws := watch(t, h, "lobby", theRoster)
		count, _ := watch(t, h, "lobby", shared.Watch{Detail: shared.DetailCount})
		slow, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Slow"})
		synctest.Wait()
		slow.stall(true)
		if err := h.Announce("lobby", " doors  close at 5 ", "Ada"); err != nil {
			t.Fatal(err)
		}
		_ = h.Announce("lobby", "hello", "")
		for range 40 { // more than the log keeps
			_, s := enter(t, h, "lobby", shared.GotANewUser{Name: strings.Repeat("n", shared.MaxNameRunes)})
			s.Receive(shared.Encode(shared.Leave{}))
		}
		time.Sleep(time.Second)
		slow.stall(false)
		ws.Receive(shared.Encode(shared.GotANewUser{Name: "Will"}))
		late, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Late"})
		synctest.Wait()
		now := time.Now().Add(-time.Second).UnixMilli()
		said := []shared.Announcement{{Text: "doors close at 5", By: "Ada", At: now}, {Text: "hello", At: now + 1}}
		for who, p := range map[string]*peer{"Ada": ada, "the watcher": w, "Slow": slow} {
			want(t, who+" hears", announcements(p), said)
		}
		for who, p := range map[string]*peer{"the counter": count, "Late": late} {
			want(t, who+" hears", announcements(p), []shared.Announcement(nil))
		}
	})
}

func announcements(p *peer) (all []shared.Announcement) {
	for _, e := range p.take() {
		if a, ok := e.(shared.Announcement); ok {
			all = append(all, a)
		}
	}
	return all
}

// A change of a part of what the room says leaves the rest, and observers learn by whom.
func TestChangeOfAPartOfTheRoomInfo(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		mustSet(t, h, "lobby", shared.RoomInfo{Title: "Tea", Topic: "milk"})
		o := observe(h, nil)
		o.sync(t)
		info, err := h.ChangeRoomInfo("lobby", RoomInfoChange{Topic: new("cafe\u0301"), Locked: new(true)}, "Bo")
		want(t, "it says", []any{info, err}, []any{shared.RoomInfo{Title: "Tea", Topic: "caf\u00e9", Locked: true}, nil})
		o.sync(t)
		last := o.facts[len(o.facts)-1]
		want(t, "the fact", []any{last.Kind, last.By, last.Info}, []any{FactRoomInfo, "Bo", info})
	})
}

// Observers are told of bans also of a room that is not in use, in order, and a late one by
// a snapshot: from that, another hub has the same bans.
func TestFactsOfBans(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		o := observe(h, nil)
		o.take(t)
		mustBan(t, h, Ban{Room: "lobby", ID: adasID, Until: in(time.Hour), By: "Bo"})
		mustBan(t, h, Ban{Room: "lobby", ID: bosID, Until: in(time.Hour)})
		_, _ = h.Unban("lobby", bosID, "Ada")
		want(t, "the facts", o.take(t), []string{"banned lobby", "banned lobby", "unbanned lobby"})
		late := observe(h, nil)
		late.sync(t)
		other := New(Config{})
		defer other.Close()
		for _, f := range late.facts {
			if f.Ban != nil && !f.Snapshot {
				t.Errorf("%+v is told twice", f)
			}
			if f.Ban != nil {
				want(t, "restoring", other.RestoreBans([]Ban{*f.Ban}), nil)
			}
		}
		b, _ := h.BanOf("lobby", adasID)
		copied, ok := other.BanOf("lobby", adasID)
		want(t, "the copy of Ada's", []any{copied.Until, copied.By, ok}, []any{b.Until, "Bo", true})
		_, ok = other.BanOf("lobby", bosID)
		want(t, "a ban of Bo in the copy", ok, false)
	})
}

// A kick, a ban and an announcement on one node reach the sessions on another, and a ban
// keeps the member out of both.
func TestModerationOnTwoNodes(t *testing.T) {
	runPair(t, func(p *pair) {
		bo, _ := p.enter(0, "Bo", bosKey)
		ada, _ := p.enter(1, "Ada", adasKey)
		p.exchange()
		bo.take()
		ada.take()
		if err := p.hubs[0].Announce(shown, "hello", "Bo"); err != nil {
			t.Fatal(err)
		}
		p.exchange()
		want(t, "Bo is told", len(announcements(bo)), 1)
		want(t, "Ada is told", len(announcements(ada)), 1)
		found, err := p.hubs[0].Kick(shown, adasID, "Bo", "")
		want(t, "she is found", []any{found, err}, []any{true, nil})
		p.exchange()
		e, _ := ada.bye()
		want(t, "Ada hears", []any{e.Code, e.By}, []any{shared.CodeKicked, "Bo"})
		want(t, "Bo hears", bo.take(), []shared.Event{shared.DisconnectUser{Rev: 3, ID: adasID, Reason: shared.ReasonKicked}})

		ada, _ = p.enter(1, "Ada", adasKey)
		p.exchange()
		mustBan(t, p.hubs[0], Ban{Room: shown, ID: adasID, Until: in(time.Hour), Address: true})
		p.exchange()
		e, _ = ada.bye()
		want(t, "Ada is banned", e.Code, shared.CodeBanned)
		for i := range p.hubs {
			_, s := p.enter(i, "Ada", adasKey)
			want(t, "she is refused", s.Outcome().Code, shared.CodeBanned)
		}
		p.exchange()
		want(t, "who is here", bo.users(), []string{"Bo"})
		_, _ = p.hubs[1].Unban(shown, adasID, "")
		p.exchange()
		_, s := p.enter(0, "Ada", adasKey)
		want(t, "she may come again", s.Outcome(), Outcome{})
	})
}

// With Address, each node adds the addresses of its own sessions, and all nodes end up with
// the same.
func TestAddressesOfTwoNodes(t *testing.T) {
	runPair(t, func(p *pair) {
		for i, addr := range []string{"192.0.2.1", "192.0.2.2"} {
			s, err := p.hubs[i].ConnectFrom(shown, newPeer(t), nil, netip.MustParseAddr(addr))
			if err != nil {
				t.Fatal(err)
			}
			s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: adasKey}))
		}
		p.exchange()
		mustBan(t, p.hubs[0], Ban{Room: shown, ID: adasID, Until: in(time.Hour), Address: true})
		p.exchange()
		for i := range p.hubs {
			b, _ := p.hubs[i].BanOf(shown, adasID)
			want(t, p.names[i], fmt.Sprint(b.Addresses), "[192.0.2.1/32 192.0.2.2/32]")
		}
	})
}
