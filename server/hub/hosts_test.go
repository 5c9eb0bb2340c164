package hub

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// keyOf returns the key of somebody with a name.
func keyOf(name string) string { return "the-secret-key-of-" + name }

func idOf(name string) string { return shared.MemberID(keyOf(name)) }

// enterBy has somebody enter a room with the key of the name.
func enterBy(t *testing.T, h *Hub, room, name string) (*peer, *Session) {
	t.Helper()
	p, s := enter(t, h, room, shared.GotANewUser{Name: name, Key: keyOf(name)})
	synctest.Wait()
	return p, s
}

// ask sends an event, and returns the code of the error that answers it, or "".
func ask(p *peer, s *Session, e shared.Event) (code shared.Code) {
	synctest.Wait()
	p.take()
	s.Receive(shared.Encode(e))
	synctest.Wait()
	for _, e := range p.take() {
		if why, ok := e.(shared.Error); ok {
			code = why.Code
		}
	}
	return code
}

func claim(name string) shared.UpdateRole {
	return shared.UpdateRole{ID: idOf(name), Role: shared.RoleHost}
}

// hostsOf returns the names of those whom a peer sees as hosts.
func hostsOf(p *peer) (names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for u := range p.roster.All() {
		if u.Role == shared.RoleHost {
			names = append(names, u.Name)
		}
	}
	slices.Sort(names)
	return names
}

func TestAHostModerates(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, host := signedIn(t, h, "lobby", shared.RoleHost, "red")
		bo, _ := enterBy(t, h, "lobby", "Bo")
		cy, _ := enterBy(t, h, "lobby", "Cy")
		dee, other := enterBy(t, h, "lobby", "Dee")
		want(t, "removing Bo", ask(ada, host, shared.RemoveUser{ID: bo.you}), shared.Code(""))
		want(t, "banning Cy", ask(ada, host, shared.RemoveUser{ID: cy.you, Ban: true}), shared.Code(""))
		why, code := bo.bye()
		want(t, "Bo hears", []any{why.Code, why.By, code}, []any{shared.CodeKicked, "Ada", shared.CloseKicked})
		why, code = cy.bye()
		want(t, "Cy hears", []any{why.Code, why.By, code}, []any{shared.CodeBanned, "Ada", shared.CloseBanned})
		want(t, "for", why.Until-time.Now().UnixMilli() <= shared.HostBan.Milliseconds(), true)
		back, _ := enterBy(t, h, "lobby", "Cy")
		synctest.Wait()
		why, _ = back.bye()
		want(t, "Cy comes back", why.Code, shared.CodeBanned)
		dee.take()
		change := shared.UpdateRoom{Title: new(" Cafe\u0301 "), Topic: new("today"), Locked: new(true)}
		want(t, "changing the room", ask(ada, host, change), shared.Code(""))
		want(t, "it says", dee.info(), shared.RoomInfo{Title: "Caf\u00e9", Topic: "today", Locked: true})
		var acts []string
		for _, a := range announcements(dee) {
			acts = append(acts, fmt.Sprintf("%s %s %s", a.By, a.Act, a.Text))
		}
		want(t, "Dee sees", acts, []string{"Ada title Caf\u00e9", "Ada topic today", "Ada locked "})
		want(t, "making Dee a host", ask(ada, host, shared.UpdateRole{ID: dee.you, Role: shared.RoleHost}), shared.Code(""))
		want(t, "hosts", hostsOf(ada), []string{"Ada", "Dee"})
		want(t, "Dee opens it", ask(dee, other, shared.UpdateRoom{Locked: new(false)}), shared.Code(""))
		want(t, "it says", ada.info().Locked, false)
		time.Sleep(shared.PingEvery)
		synctest.Wait() // a heartbeat proves the hash, or the peers fail
	})
}

// Whatever somebody says of himself: only hosts are listened to, and nobody can turn a room
// against its hosts.
func TestWhatHostsAndOthersCantDo(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, host := signedIn(t, h, "lobby", shared.RoleHost, "red")
		bo, guest := enterBy(t, h, "lobby", "Bo")
		for what, c := range map[string]struct {
			e    shared.Event
			host shared.Code
			bo   shared.Code
		}{
			"removes the host":           {shared.RemoveUser{ID: ada.you}, shared.CodeNotHost, shared.CodeNotHost},
			"bans the host":              {shared.RemoveUser{ID: ada.you, Ban: true}, shared.CodeNotHost, shared.CodeNotHost},
			"removes who is not there":   {shared.RemoveUser{ID: idOf("Nobody"), Ban: true}, shared.CodeNotHere, shared.CodeNotHost},
			"makes a stranger a host":    {shared.UpdateRole{ID: idOf("Nobody"), Role: shared.RoleHost}, shared.CodeNotHere, shared.CodeNotHost},
			"takes it away":              {shared.UpdateRole{ID: ada.you}, shared.CodeNotHost, shared.CodeNotHost},
			"claims a hosted room":       {claim("Bo"), "", shared.CodeHosted},
			"sets a title against rules": {shared.UpdateRoom{Title: new("\u202e")}, shared.CodeBadTitle, shared.CodeBadTitle},
			"sets no title":              {shared.UpdateRoom{Title: new("")}, "", shared.CodeNotHost},
		} {
			if what != "claims a hosted room" {
				want(t, "a host who "+what, ask(ada, host, c.e), c.host)
			}
			want(t, "a guest who "+what, ask(bo, guest, c.e), c.bo)
		}
		want(t, "there are still", ada.users(), []string{"Ada", "Bo"})
		want(t, "hosts", hostsOf(bo), []string{"Ada"})

		forged := `{"event":"update_room","data":{"locked":true,"by":"Ada","role":"host","id":"` + ada.you + `"}}`
		guest.Receive([]byte(forged))
		synctest.Wait()
		want(t, "by a forged host", bo.info().Locked, false)
		host.Receive([]byte(`{"event":"update_room","data":{"locked":true,"by":"Bo"}}`))
		synctest.Wait()
		said := announcements(bo)
		want(t, "by a forged name", []any{len(said), said[0].By, said[0].Act}, []any{1, "Ada", shared.ActLocked})

		watcher, s := watch(t, h, "lobby", theRoster)
		want(t, "a watcher", ask(watcher, s, shared.UpdateRoom{Locked: new(false)}), shared.CodeNotJoined)
		want(t, "a watcher", ask(watcher, s, claim("Bo")), shared.CodeNotJoined)
		for _, bad := range []string{`{"event":"remove_user","data":{"id":"x"}}`, `{"event":"update_role","data":{"id":"` + ada.you + `","role":"king"}}`} {
			p, s := enterBy(t, h, "lobby", "Bo")
			s.Receive([]byte(bad))
			synctest.Wait()
			why, code := p.bye()
			want(t, bad, []any{why.Code, code}, []any{shared.CodeBadEvent, shared.CloseBadRequest})
		}
	})
}

// A host acts at most as often as members change; what is refused does not count.
func TestHostsAreBounded(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, host := signedIn(t, h, "lobby", shared.RoleHost, "red")
		bo, guest := enterBy(t, h, "lobby", "Bo")
		for range 3 * shared.UpdateBurst {
			want(t, "refused", ask(bo, guest, shared.UpdateRoom{Topic: new("x")}), shared.CodeNotHost)
		}
		for i := range shared.UpdateBurst {
			want(t, "at once", ask(ada, host, shared.UpdateRoom{Topic: new(fmt.Sprint(i))}), shared.Code(""))
		}
		want(t, "one more", ask(ada, host, shared.UpdateRoom{Topic: new("more")}), shared.CodeTooOften)
		time.Sleep(shared.UpdateEvery)
		want(t, "later", ask(ada, host, shared.UpdateRoom{Topic: new("more")}), shared.Code(""))
		for i := range shared.MaxHostBans {
			mustBan(t, h, Ban{Room: "lobby", ID: idOf(fmt.Sprint(i)), Until: in(time.Hour)})
		}
		time.Sleep(time.Minute)
		want(t, "a ban too many", ask(ada, host, shared.RemoveUser{ID: bo.you, Ban: true}), shared.CodeTooOften)
		want(t, "there are still", ada.users(), []string{"Ada", "Bo"})
		for i := range shared.MaxHosts {
			p, _ := enterBy(t, h, "lobby", fmt.Sprint("host-", i))
			synctest.Wait()
			time.Sleep(shared.UpdateEvery)
			want(t, "a host", ask(ada, host, shared.UpdateRole{ID: p.you, Role: shared.RoleHost}), shared.Code(""))
		}
		time.Sleep(shared.UpdateEvery)
		want(t, "a host too many", ask(ada, host, shared.UpdateRole{ID: bo.you, Role: shared.RoleHost}), shared.CodeHosted)
	})
}

// A claim is the key's: a reload, a second tab and a locked room change nothing, and nobody
// becomes a host by being first.
func TestClaim(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		ada, s := enterBy(t, h, "lobby", "Ada")
		synctest.Wait()
		want(t, "who is first", hostsOf(ada), []string(nil))
		want(t, "a claim", ask(ada, s, claim("Ada")), shared.Code(""))
		want(t, "hosts", hostsOf(ada), []string{"Ada"})
		bo, other := enterBy(t, h, "lobby", "Bo")
		want(t, "another claim", ask(bo, other, claim("Bo")), shared.CodeHosted)
		want(t, "a claim for another", ask(bo, other, claim("Ada")), shared.CodeNotHost)
		enterBy(t, h, "lobby", "Ada")
		s.End(shared.ReasonClosed)
		time.Sleep(2 * shared.DefaultGrace)
		synctest.Wait()
		want(t, "by the second tab", hostsOf(bo), []string{"Ada"})
		other.Receive(shared.Encode(shared.UpdateRoom{Locked: new(true)}))
		_, s = enterBy(t, h, "lobby", "Ada")
		s.Receive(shared.Encode(shared.UpdateRoom{Locked: new(true)}, shared.Leave{}))
		other.Receive(shared.Encode(shared.Leave{}))
		synctest.Wait()
		want(t, "the room is", h.View("lobby", 0), View{Info: shared.RoomInfo{Locked: true}})
		bo, _ = enterBy(t, h, "lobby", "Bo")
		synctest.Wait()
		why, _ := bo.bye()
		want(t, "Bo at the empty, locked room", why.Code, shared.CodeLocked)
		ada, s = enterBy(t, h, "lobby", "Ada")
		synctest.Wait()
		want(t, "who comes back to the locked room", hostsOf(ada), []string{"Ada"})
		want(t, "giving up", ask(ada, s, shared.UpdateRole{ID: ada.you}), shared.Code(""))
		want(t, "hosts", hostsOf(ada), []string(nil))
		want(t, "giving up again", ask(ada, s, shared.UpdateRoom{Locked: new(false)}), shared.CodeNotHost)
		signed, as := signedIn(t, h, "kitchen", shared.RoleMember, "red")
		synctest.Wait()
		want(t, "whose sign-in says member", ask(signed, as, shared.UpdateRole{ID: signed.you, Role: shared.RoleHost}), shared.CodeNotHost)
	})
}

// What a host has locked opens an hour after the last host left, and the claim ends a day
// after that, whether somebody is in the room or not.
func TestWhatOutlastsHosts(t *testing.T) {
	for _, occupied := range []bool{false, true} {
		run(t, remembering, func(t *testing.T, h *Hub) {
			ada, s := enterBy(t, h, "lobby", "Ada")
			var bo *peer
			var other *Session
			if occupied {
				bo, other = enterBy(t, h, "lobby", "Bo")
			}
			ask(ada, s, claim("Ada"))
			ask(ada, s, shared.UpdateRoom{Locked: new(true), Topic: new("kept")})
			time.Sleep(2 * shared.HostOutlasts) // while the host is there nothing ends
			synctest.Wait()
			want(t, "hosts", hostsOf(ada), []string{"Ada"})
			s.Receive(shared.Encode(shared.Leave{}))
			time.Sleep(shared.LockOutlasts - time.Second)
			synctest.Wait()
			want(t, "just before an hour", h.View("lobby", 0).Info, shared.RoomInfo{Topic: "kept", Locked: true})
			time.Sleep(2 * time.Second)
			synctest.Wait()
			want(t, "just after", h.View("lobby", 0).Info, shared.RoomInfo{Topic: "kept"})
			time.Sleep(shared.HostOutlasts - shared.LockOutlasts - 2*time.Second)
			synctest.Wait()
			if !occupied {
				bo, other = enterBy(t, h, "lobby", "Bo")
			}
			want(t, "a claim just before a day", ask(bo, other, claim("Bo")), shared.CodeHosted)
			time.Sleep(2 * time.Second)
			want(t, "just after", ask(bo, other, claim("Bo")), shared.Code(""))
			want(t, "hosts", hostsOf(bo), []string{"Bo"})
			ada, s = enterBy(t, h, "lobby", "Ada")
			want(t, "who hosted it before", ask(ada, s, claim("Ada")), shared.CodeHosted)
		})
	}
}

// A lock of whoever runs the server outlasts every host.
func TestALockThatIsNoHosts(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		ada, s := signedIn(t, h, "lobby", shared.RoleHost, "red")
		mustSet(t, h, "lobby", shared.RoomInfo{Locked: true})
		want(t, "locked again", ask(ada, s, shared.UpdateRoom{Locked: new(true), Topic: new("x")}), shared.Code(""))
		s.Receive(shared.Encode(shared.Leave{}))
		time.Sleep(3 * shared.HostOutlasts)
		synctest.Wait()
		want(t, "the room says", h.View("lobby", 0).Info, shared.RoomInfo{Topic: "x", Locked: true})
	})
}

// Members are told whether somebody hosts the room by a claim, who may be away, as soon as they
// are told anything; and so are those who come, or come back, while nobody has claimed it anew.
func TestMembersKnowWhetherAClaimIsGranted(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		hosted := func(p *peer) (is bool) {
			for _, e := range p.take() {
				switch e := e.(type) {
				case shared.Watchers:
					is = e.Hosted
				case shared.ExistingUsers, shared.Resumed:
					is = false
				}
			}
			return is
		}
		bo, other := enterBy(t, h, "lobby", "Bo")
		watch(t, h, "lobby", theRoster)
		time.Sleep(shared.PingEvery) // they are told of who watches
		want(t, "before a claim", hosted(bo), false)
		ada, s := enterBy(t, h, "lobby", "Ada")
		s.Receive(shared.Encode(claim("Ada"), shared.Leave{}))
		synctest.Wait()
		want(t, "who is there when the host leaves", hosted(bo), true)
		cy, _ := enterBy(t, h, "lobby", "Cy")
		want(t, "who comes", hosted(cy), true)
		want(t, "a claim", ask(bo, other, claim("Bo")), shared.CodeHosted)
		again, b := enterBy(t, h, "lobby", "Bo")
		b.Receive(shared.Encode(shared.GotANewUser{Name: "Bo", Key: keyOf("Bo"), Resume: &shared.Resume{Epoch: h.View("lobby", 0).Epoch, Rev: h.View("lobby", 0).Rev}}))
		synctest.Wait()
		want(t, "who comes back", hosted(again), true)
		_, s = enterBy(t, h, "lobby", "Ada")
		s.Receive(shared.Encode(shared.UpdateRole{ID: ada.you}))
		synctest.Wait()
		want(t, "when the host has given it up", hosted(cy), false)
		dee, d := enterBy(t, h, "lobby", "Dee")
		want(t, "who comes then", hosted(dee), false)
		want(t, "and claims it", ask(dee, d, claim("Dee")), shared.Code(""))
	})
	run(t, remembering, func(t *testing.T, h *Hub) {
		_, s := enterBy(t, h, "lobby", "Ada")
		s.Receive(shared.Encode(claim("Ada"), shared.Leave{}))
		synctest.Wait()
		bo, _ := enterBy(t, h, "lobby", "Bo")
		want(t, "who comes to the empty room is told", bo.names(), []string{"existing_users", "watchers"})
	})
}

// Whoever is erased hosts no room, in use or not, on any node, and is not named by the bans of
// others either.
func TestErasedHosts(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		want(t, "restoring", h.RestoreRoom("left", Kept{Info: shared.RoomInfo{Title: "T"}, Hosting: Hosting{Hosts: idOf("Ada"), Left: time.Now().UnixMilli()}}), error(nil))
		ada, s := enterBy(t, h, "lobby", "Ada")
		bo, b := enterBy(t, h, "lobby", "Bo")
		want(t, "a claim", ask(ada, s, claim("Ada")), shared.Code(""))
		for _, name := range []string{"Bo", "Cy"} {
			p, _ := enterBy(t, h, "lobby", name)
			want(t, "a ban, and a host", ask(ada, s, map[string]shared.Event{
				"Cy": shared.RemoveUser{ID: p.you, Ban: true}, "Bo": shared.UpdateRole{ID: p.you, Role: shared.RoleHost},
			}[name]), shared.Code(""))
		}
		ban, _ := h.BanOf("lobby", idOf("Cy"))
		want(t, "by", []string{ban.By, ban.ByID}, []string{"Ada", idOf("Ada")})
		want(t, "bans", h.EraseFromBans(idOf("Ada")), 1)
		want(t, "rooms", h.EraseFromHosts(idOf("Ada")), 2)
		synctest.Wait()
		want(t, "hosts", hostsOf(bo), []string{"Bo"})
		want(t, "she", ask(ada, s, shared.UpdateRoom{Locked: new(true)}), shared.CodeNotHost)
		want(t, "he", ask(bo, b, shared.UpdateRoom{Topic: new("x")}), shared.Code(""))
		want(t, "of the room that nobody is in", h.Kept("left"), Kept{Info: shared.RoomInfo{Title: "T"}})
		after, ok := h.BanOf("lobby", idOf("Cy"))
		want(t, "the ban", []any{after.Name, after.By, after.ByID, ok}, []any{"Cy", "", "", true})
		want(t, "again", []int{h.EraseFromBans(idOf("Ada")), h.EraseFromHosts(idOf("Ada"))}, []int{0, 0})
	})
	runPair(t, func(p *pair) {
		ada, s := enterBy(t, p.hubs[0], shown, "Ada")
		bo, _ := enterBy(t, p.hubs[1], shown, "Bo")
		p.exchange()
		want(t, "a claim", ask(ada, s, claim("Ada")), shared.Code(""))
		p.exchange()
		want(t, "rooms", p.hubs[1].EraseFromHosts(idOf("Ada")), 1)
		p.exchange()
		want(t, "hosts", append(hostsOf(ada), hostsOf(bo)...), []string(nil))
	})
}

// No host opens the lock of whoever runs the server, also one that was a host's before. A host
// may still change the texts.
func TestAHostCantOpenAnOperatorsLock(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		byToken, s := signedIn(t, h, "lobby", shared.RoleHost, "red")
		byClaim, c := enterBy(t, h, "kitchen", "Bo")
		ask(byClaim, c, claim("Bo"))
		for room, host := range map[string]struct {
			*peer
			*Session
		}{"lobby": {byToken, s}, "kitchen": {byClaim, c}} {
			want(t, "the host locks it", ask(host.peer, host.Session, shared.UpdateRoom{Locked: new(true)}), shared.Code(""))
			want(t, "the host opens it", ask(host.peer, host.Session, shared.UpdateRoom{Locked: new(false)}), shared.Code(""))
			want(t, "and locks it again", ask(host.peer, host.Session, shared.UpdateRoom{Locked: new(true)}), shared.Code(""))
			mustSet(t, h, room, shared.RoomInfo{Locked: true})
			want(t, "the host opens the operator's", ask(host.peer, host.Session, shared.UpdateRoom{Locked: new(false), Topic: new("x")}), shared.CodeLockStands)
			want(t, "the room says", host.info(), shared.RoomInfo{Locked: true})
			want(t, "the host sets the topic", ask(host.peer, host.Session, shared.UpdateRoom{Topic: new("x")}), shared.Code(""))
			mustSet(t, h, room, shared.RoomInfo{})
			want(t, "the host opens what is open", ask(host.peer, host.Session, shared.UpdateRoom{Locked: new(false)}), shared.Code(""))
		}
	})
}

// Of hosts who are over nothing is left, or their rooms would be remembered for ever: neither of
// a room that somebody is in, nor of one that nobody is in, nor of a lock alone.
func TestNothingIsLeftOfHosts(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		enterBy(t, h, "occupied", "Bo")
		for _, room := range []string{"occupied", "left", "given-up"} {
			ada, s := enterBy(t, h, room, "Ada")
			want(t, "a claim", ask(ada, s, claim("Ada")), shared.Code(""))
			if room == "given-up" {
				enterBy(t, h, room, "Cy")
				s.Receive(shared.Encode(shared.UpdateRole{ID: ada.you}))
			}
			s.Receive(shared.Encode(shared.Leave{}))
		}
		for _, room := range []string{"locked", "opened"} {
			ada, s := signedIn(t, h, room, shared.RoleHost, "red")
			want(t, "a lock", ask(ada, s, shared.UpdateRoom{Locked: new(true)}), shared.Code(""))
			s.Receive(shared.Encode(shared.Leave{}))
		}
		want(t, "before", len(h.RememberedRooms()), 4)
		mustSet(t, h, "opened", shared.RoomInfo{})
		want(t, "without a lock", len(h.RememberedRooms()), 3)
		time.Sleep(shared.LockOutlasts + time.Second)
		want(t, "the lock", h.Kept("locked"), Kept{})
		time.Sleep(shared.HostOutlasts)
		synctest.Wait()
		want(t, "of rooms that nobody is in, until there is no space", slices.Sorted(slices.Values(h.RememberedRooms())), []string{"left", "locked"})
		h.remembered.mu.Lock()
		h.remembered.sweep()
		h.remembered.mu.Unlock()
		want(t, "a day later", h.RememberedRooms(), []string(nil))
	})
}

// A host who is there when the hub ends, or the room after a crash, left at that moment.
func TestHostsLeaveWithTheRoom(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		for _, room := range []string{"crashed", "closed"} {
			ada, s := enterBy(t, h, room, "Ada")
			want(t, "a claim", ask(ada, s, claim("Ada")), shared.Code(""))
			time.Sleep(time.Hour)
		}
		want(t, "while they are there", h.Kept("closed").Hosting.Left, int64(0))
		crashed := time.Now().UnixMilli()
		r := h.inUse("crashed")
		r.mu.Lock()
		r.ruin()
		time.Sleep(time.Hour)
		closed := time.Now().UnixMilli()
		h.Close()
		want(t, "after the crash", h.Kept("crashed").Hosting.Left, crashed)
		want(t, "after the end", h.Kept("closed").Hosting.Left, closed)
		time.Sleep(shared.HostOutlasts)
		want(t, "a day later", h.Kept("closed"), Kept{})
	})
	runPair(t, func(p *pair) {
		p.hubs[0].config.RememberRooms = true
		ada, s := enterBy(t, p.hubs[0], shown, "Ada")
		p.exchange()
		want(t, "a claim", ask(ada, s, claim("Ada")), shared.Code(""))
		enterBy(t, p.hubs[1], shown, "Ada")
		p.exchange()
		p.hubs[0].Close()
		want(t, "whom another node has", p.hubs[0].Kept(shown).Hosting, Hosting{Hosts: idOf("Ada")})
	})
}

// What is kept of rooms that anybody may claim leaves a place for others.
func TestTooManyClaims(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		hosted := Kept{Hosting: Hosting{Hosts: idOf("Ada"), Left: time.Now().UnixMilli()}}
		for i := range MaxRememberedHosts {
			if err := h.RestoreRoom(fmt.Sprint("r", i), hosted); err != nil {
				t.Fatal(err)
			}
		}
		want(t, "one more", h.RestoreRoom("more", hosted), ErrTooManyRooms)
		want(t, "without hosts", h.RestoreRoom("lobby", Kept{Info: shared.RoomInfo{Title: "T"}}), error(nil))
		time.Sleep(shared.HostOutlasts)
		hosted.Hosting.Left = time.Now().UnixMilli()
		want(t, "a day later", h.RestoreRoom("more", hosted), error(nil))
		want(t, "what is left", len(h.RememberedRooms()), 2)
		for _, bad := range []Hosting{
			{Hosts: "ADA"}, {Hosts: idOf("Ada") + " "}, {Hosts: idOf("Ada") + " " + idOf("Ada")}, {Locked: true}, {Left: -1},
		} {
			if h.RestoreRoom("bad", Kept{Hosting: bad}) == nil {
				t.Errorf("%+v is taken", bad)
			}
		}
	})
}

// Of two who claim at once on two nodes, one is the host on both, and the other no host on
// either, whichever node hears first; and the hosts are the same on a node that comes later.
func TestClaimsOfTwoNodes(t *testing.T) {
	for _, first := range []int{0, 1} {
		runPair(t, func(p *pair) {
			ada, a := enterBy(t, p.hubs[0], shown, "Ada")
			bo, b := enterBy(t, p.hubs[1], shown, "Bo")
			p.exchange()
			want(t, "Ada claims", ask(ada, a, claim("Ada")), shared.Code(""))
			want(t, "Bo claims", ask(bo, b, claim("Bo")), shared.Code(""))
			p.deliver(first)
			p.exchange()
			for _, who := range []*peer{ada, bo} {
				want(t, "hosts", hostsOf(who), []string{"Ada"})
			}
			want(t, "the rosters are one", ada.hash(), bo.hash())
			want(t, "Bo locks it", ask(bo, b, shared.UpdateRoom{Locked: new(true)}), shared.CodeNotHost)
			want(t, "north proves its part", p.hubs[1].Remote(shown, p.names[0], p.part(0)), true)
			want(t, "south proves its part", p.hubs[0].Remote(shown, p.names[1], p.part(1)), true)
		})
	}
}

// A host is one on the other node, too, and what ends after the last visit ends once.
func TestAHostOnTwoNodes(t *testing.T) {
	runPair(t, func(p *pair) {
		ada, a := enterBy(t, p.hubs[0], shown, "Ada")
		bo, _ := enterBy(t, p.hubs[1], shown, "Bo")
		enterBy(t, p.hubs[0], shown, "Dee")
		p.exchange()
		ask(ada, a, claim("Ada"))
		ask(ada, a, shared.UpdateRoom{Locked: new(true)})
		p.exchange()
		moved, m := enterBy(t, p.hubs[1], shown, "Ada") // though it is locked
		a.End(shared.ReasonClosed)
		time.Sleep(2 * shared.DefaultGrace)
		p.exchange()
		want(t, "hosts", hostsOf(moved), []string{"Ada"})
		want(t, "by the other node", ask(moved, m, shared.UpdateRoom{Topic: new("moved")}), shared.Code(""))
		cy, _ := enterBy(t, p.hubs[0], shown, "Cy")
		synctest.Wait()
		why, _ := cy.bye()
		want(t, "Cy", why.Code, shared.CodeLocked)
		m.Receive(shared.Encode(shared.Leave{}))
		p.exchange()
		time.Sleep(shared.LockOutlasts - time.Minute)
		p.exchange()
		want(t, "just before an hour", bo.info(), shared.RoomInfo{Topic: "moved", Locked: true})
		time.Sleep(2 * time.Minute)
		p.exchange()
		want(t, "just after", bo.info(), shared.RoomInfo{Topic: "moved"})
		cy, c := enterBy(t, p.hubs[0], shown, "Cy")
		p.exchange()
		want(t, "Cy claims", ask(cy, c, claim("Cy")), shared.CodeHosted)
		time.Sleep(shared.HostOutlasts - shared.LockOutlasts)
		p.exchange()
		want(t, "Cy claims a day later", ask(cy, c, claim("Cy")), shared.Code(""))
		p.exchange()
		for _, who := range []*peer{cy, bo} {
			want(t, "hosts", hostsOf(who), []string{"Cy"})
		}
		want(t, "the rosters are one", cy.hash(), bo.hash())
	})
}
