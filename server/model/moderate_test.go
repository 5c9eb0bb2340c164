package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// moderationOps returns the kinds of steps of those who moderate rooms.
func moderationOps() []*op {
	return []*op{
		{"kick", onTab, 4, func(w *world, s step) { w.kick(w.tab(s).member) }},
		{"ban", []argument{tabArg, timeArg}, 4, func(w *world, s step) { w.ban(w.tab(s).member, s.d) }},
		{"unban", onTab, 3, func(w *world, s step) { w.unban(w.tab(s).member) }},
		{"announce", []argument{roomArg}, 6, func(w *world, s step) { w.announce(w.roomOf(s)) }},
		{"lock", []argument{roomArg, numberArg}, 3, func(w *world, s step) {
			locked := s.n%3 > 0
			w.changeInfo(w.roomOf(s), hub.RoomInfoChange{Locked: &locked})
		}},
	}
}

// host is by whose word people are sent away.
const host = "the host"

// sentAway notes that m is about to be kicked or banned, and returns the oracle's state of
// it on the present server, or nil if that is down. The order of the state is held then.
func (w *world) sentAway(m *member) (srv *server, p *person) {
	if srv = w.current(); srv == nil {
		return nil, nil
	}
	w.locked(func() { p = srv.person(m.room, m.key) })
	p.order.Lock()
	w.locked(func() {
		p.expelledAt, m.sentAway, m.disturbed = time.Now(), true, time.Now()
		m.sentAwayAt = p.expelledAt
		p.advance(p.expelledAt)
	})
	return srv, p
}

// kick kicks a member.
func (w *world) kick(m *member) {
	srv, p := w.sentAway(m)
	if srv == nil {
		return
	}
	defer p.order.Unlock()
	found, err := srv.hub.Kick(m.room, m.id, host, "")
	w.locked(func() {
		w.failLocked(err)
		if here := p.here || p.leftJustNow(); found != p.here && !here {
			w.failLocked(fmt.Errorf("a kick found %s in %s: %v", m.id, m.room, found))
		}
		if found {
			p.kickedAt = max(time.Now().UnixMilli(), p.kickedAt+1)
			m.kicked = kick{srv, time.Now(), time.Now()}
			srv.expel(m, p)
		}
	})
}

// refuses reports whether the person was kicked since a client that comes back has been there.
// In a cluster there is no oracle.
func (p *person) refuses(said clientFrame) bool {
	return said.join && said.since > 0 && said.since <= p.kickedAt
}

// ban bans a member for d.
func (w *world) ban(m *member, d time.Duration) {
	if d < 2*time.Millisecond {
		return
	}
	srv, p := w.sentAway(m)
	if srv == nil {
		return
	}
	defer p.order.Unlock()
	until := time.Now().Add(d).UnixMilli()
	err := srv.hub.Ban(hub.Ban{Room: m.room, ID: m.id, Until: until, By: host})
	w.locked(func() {
		w.failLocked(err)
		p.bannedUntil = until
		srv.expel(m, p)
	})
}

// unban ends the ban of a member, and says an earlier one once more, which must not come back.
func (w *world) unban(m *member) {
	srv, p := w.sentAway(m)
	if srv == nil {
		return
	}
	defer p.order.Unlock()
	old, banned := srv.hub.BanOf(m.room, m.id)
	found, err := srv.hub.Unban(m.room, m.id, host)
	if banned {
		err = errors.Join(err, srv.hub.RestoreBans([]hub.Ban{old}))
	}
	w.locked(func() {
		w.failLocked(err)
		if must := p.isBanned(); found != must {
			w.failLocked(fmt.Errorf("an unban of %s in %s found a ban: %v", m.id, m.room, found))
		}
		p.bannedUntil = 0
	})
}

// expel notes that the hub has ended all sessions of a member, and what watches with its
// sign-in. world.mu is held.
func (srv *server) expel(m *member, p *person) {
	for l := range srv.links {
		if l.at == (memberRef{m.room, m.id}) && l.watches != "" && l.signedIn {
			l.markEnded()
		}
	}
	p.expel(shared.ReasonKicked)
}

// leftJustNow reports whether the person has departed at this instant, so that the hub may
// have kicked it before.
func (p *person) leftJustNow() bool {
	n := len(p.changes)
	return n > 0 && p.changes[n-1].why != nil && p.changes[n-1].at.Equal(time.Now())
}

// isBanned reports whether the person is banned now.
func (p *person) isBanned() bool { return time.Now().UnixMilli() < p.bannedUntil }

// announce makes an announcement, which is owed to all who read the room's log.
func (w *world) announce(room string) {
	srv := w.current()
	if srv == nil {
		return
	}
	var readers []*link
	var text string
	w.locked(func() {
		text = w.newAnnouncement(room)
		for l := range srv.links {
			if l.at.room == room && !l.ended && (l.joined || l.watches == shared.DetailRoster) {
				readers = append(readers, l)
			}
		}
		w.room[room].changed = time.Now()
	})
	err := srv.hub.Announce(room, text, host)
	w.locked(func() {
		if err != nil && (!errors.Is(err, hub.ErrNotInUse) || slices.ContainsFunc(readers, func(l *link) bool { return !l.ended })) {
			w.failLocked(fmt.Errorf("nothing can be announced in %s: %w", room, err))
		}
		for _, l := range readers {
			l.owed = append(l.owed, text)
			l.owed = l.owed[max(0, len(l.owed)-maxOwed):]
		}
	})
}

// maxOwed is how many announcements a room keeps for whoever can't keep up.
const maxOwed = 8

// newAnnouncement returns a text that was never announced before. world.mu is held.
func (w *world) newAnnouncement(room string) string {
	r := w.room[room]
	r.announced++
	return fmt.Sprintf("%s, for the %dth time", room, r.announced)
}

// checkModerated checks that the clients of a room who read have been handed what was
// announced to their connections, and that none is back that was kicked. world.mu is held.
func (w *world) checkModerated(srv *server, room string) error {
	for _, t := range w.tabs {
		if t.member.room != room || !t.live() || t.link.server != srv {
			continue
		}
		if t.isBack(0) {
			return fmt.Errorf("%v was kicked, and is back by itself", t)
		}
		for _, text := range t.link.owed {
			if !t.stream.announced[text] {
				return fmt.Errorf("%v was not told %q", t, text)
			}
		}
	}
	return nil
}

// hear applies an announcement: one of this room, and not once more.
func (s *stream) hear(a shared.Announcement) error {
	if a.Act != "" {
		return nil
	}
	if s.announced[a.Text] {
		return errors.New("once more")
	}
	if !strings.HasPrefix(a.Text, s.room+",") || a.By != host {
		return errors.New("which nobody has announced here")
	}
	if s.announced == nil {
		s.announced = map[string]bool{}
	}
	s.announced[a.Text] = true
	return nil
}

// noteSentAway notes that the tab's client has been told that it is sent away: it must not
// connect again. world.mu is held.
func (t *tab) noteSentAway(e shared.Event) {
	if why, ok := e.(shared.Error); ok && (why.Code == shared.CodeKicked || why.Code == shared.CodeBanned) {
		t.sentAway = t.life
		// What it is shown may have been on its way for long: it has come since the kick only if
		// the server has had it join since.
		k, since := t.member.kicked, t.inside
		if joined := t.link.joinedAt; joined.Before(since) {
			since = joined
		}
		if why.Code == shared.CodeKicked && k.on != nil && t.insideOn == k.on && since.After(k.to) && !t.member.sentAwayAt.After(k.from) {
			t.w.failLocked(fmt.Errorf("%v has come since its member was kicked, and is sent away", t))
		}
	}
}

// kick is a kick that found its member.
type kick struct {
	on       *server // nil if there was none
	from, to time.Time
}

// noteInside notes that the tab's client is shown its member. world.mu is held.
func (t *tab) noteInside(you string, st *stream) {
	if _, in := st.users[you]; in && t.inside.IsZero() && st.half == nil {
		t.inside, t.insideOn = time.Now(), t.link.server
	}
}

// outlives reports whether the tab's client was in the room before its member was kicked, and
// is in it. world.mu is held.
func (t *tab) outlives() bool {
	k := t.member.kicked
	return k.on != nil && !k.on.dead && time.Since(k.to) < 50*time.Minute && !t.inside.IsZero() && t.inside.Before(k.from) &&
		t.isMember() && t.live()
}

// isBack reports whether the tab's client outlives a kick since it came back by itself, some
// time later. world.mu is held.
func (t *tab) isBack(later time.Duration) bool {
	return t.outlives() && t.link.joinedAt.After(t.member.kicked.to.Add(later))
}

// checkReturn returns an error if a client that was sent away connects again by itself.
// world.mu is held.
func (t *tab) checkReturn() error {
	if t.sentAway == t.life && t.life > 0 {
		return fmt.Errorf("%v was sent away, and comes back by itself", t)
	}
	return nil
}

// bansOf returns all bans that a hub keeps for a room.
func bansOf(h *hub.Hub, room string) (all []*hub.Ban) {
	for _, c := range h.SentAway(room) {
		if c.Ban != nil {
			all = append(all, c.Ban)
		}
	}
	return all
}

// checkBans compares the bans of a hub with what its observer was told of them.
func (c *replica) checkBans(h *hub.Hub) error {
	kept := 0
	for _, room := range h.SentAwayRooms() {
		for _, b := range bansOf(h, room) {
			kept++
			if told := c.bans[memberRef{room, b.ID}]; told == nil || told.From != b.From || told.Lifted != b.Lifted || told.Until != b.Until {
				return fmt.Errorf("by the facts %s is banned from %s as %+v, by the hub as %+v", b.ID, room, told, b)
			}
		}
	}
	if kept > len(c.bans) {
		return fmt.Errorf("%d bans are kept, the facts are of %d", kept, len(c.bans))
	}
	return nil
}

// said is a ban or its end, as a node took it over.
type said struct {
	ban  hub.Ban
	at   time.Time
	told []*server // the node itself, and those that were connected with the node, and it with them
}

// promise is an announcement that a client must have been handed some time later.
type promise struct {
	text string
	made time.Time
}

// server returns the server of the n-th node, or nil if that is down.
func (m *mesh) server(n int) (srv *server) {
	m.w.locked(func() { srv = m.nodes[n%len(m.nodes)].server })
	return srv
}

// connected reports whether all nodes have heard each other for a while. world.mu is held.
func (m *mesh) connected() bool {
	return len(m.faults) == 0 && time.Since(m.lastFault) > calmFor && time.Since(m.lastOutage) > calmFor
}

// sendAway notes that a member is about to be kicked or banned.
func (m *mesh) sendAway(who *member) {
	m.w.locked(func() { who.sentAway, who.sentAwayAt, who.disturbed = true, time.Now(), time.Now() })
}

// kick kicks a tab's member from a node, in the background: that waits for the others. While
// the nodes are connected, that ends all connections there are, on every node.
func (m *mesh) kick(n int, t *tab) {
	srv := m.server(n)
	if srv == nil {
		return
	}
	who := t.member
	m.sendAway(who)
	var links []*link
	m.w.locked(func() {
		for _, t := range who.tabs {
			if l := t.link; m.connected() && t.isMember() && t.live() && time.Since(l.joinedAt) > heardWithin {
				links = append(links, l)
			}
		}
	})
	m.starts.Go(func() {
		from := time.Now()
		found, err := srv.hub.Kick(who.room, who.id, host, "")
		m.w.locked(func() {
			m.w.failLocked(err)
			if found {
				who.kicked = kick{srv, from, time.Now()}
			}
			for _, l := range links {
				if !found && m.connected() && !srv.dead && !l.ended && !l.closed && l.sound() {
					m.w.failLocked(fmt.Errorf("a kick on node %d did not find %s, who has %v", srv.node.index, who.id, l.tab))
				}
				if found {
					l.kicked = time.Now()
				}
			}
		})
	})
}

// heardWithin is longer than the nodes need to hear of something, though some messages are
// lost or late.
const heardWithin = 8 * time.Second

// ban bans a member for d on a node.
func (m *mesh) ban(n int, who *member, d time.Duration) {
	srv := m.server(n)
	if srv == nil || d < 2*time.Millisecond {
		return
	}
	m.sendAway(who)
	m.w.fail(srv.hub.Ban(hub.Ban{Room: who.room, ID: who.id, Until: time.Now().Add(d).UnixMilli(), By: host}))
	m.noteSaid(srv, who)
}

// unban ends the ban of a member on a node.
func (m *mesh) unban(n int, who *member) {
	if srv := m.server(n); srv != nil {
		_, err := srv.hub.Unban(who.room, who.id, host)
		m.w.fail(err)
		m.noteSaid(srv, who)
	}
}

// noteSaid notes what srv says of a ban of a member, if that is the latest.
func (m *mesh) noteSaid(srv *server, who *member) {
	at := memberRef{who.room, who.id}
	for _, b := range bansOf(srv.hub, who.room) {
		m.w.locked(func() {
			if b.ID != who.id || m.said[at].ban.From >= b.From || srv.dead {
				return
			}
			now := said{ban: *b, at: time.Now(), told: []*server{srv}}
			for _, n := range m.nodes {
				if n.server != nil && n.server != srv && m.connected() {
					now.told = append(now.told, n.server)
				}
			}
			m.said[at] = now
		})
	}
}

// checkBans checks, when there has been no fault for a while, that all nodes have the same
// bans, that these are the latest if any node that knew them lives, and that none shows who is
// banned.
func (m *mesh) checkBans() (err error) {
	var first map[memberRef]hub.Ban
	servers := m.live()
	for _, srv := range servers {
		bans := map[memberRef]hub.Ban{}
		for _, room := range srv.hub.SentAwayRooms() {
			for _, b := range bansOf(srv.hub, room) {
				same := *b
				same.Kept = 0 // each node may have heard of others before it
				bans[memberRef{room, b.ID}] = same
			}
		}
		if first == nil {
			first = bans
		}
		if fmt.Sprint(bans) != fmt.Sprint(first) {
			err = errors.Join(err, fmt.Errorf("node %d has the bans %v, another has %v", srv.node.index, bans, first))
		}
		for at, b := range bans {
			if _, banned := srv.hub.BanOf(at.room, at.id); banned && m.shows(srv, at) {
				err = errors.Join(err, fmt.Errorf("node %d shows %s, who is banned: %+v", srv.node.index, at.id, b))
			}
		}
	}
	m.w.locked(func() {
		for at, s := range m.said {
			lives := !s.told[0].dead || m.heard(s.at) && slices.ContainsFunc(s.told, func(srv *server) bool { return !srv.dead })
			if lives && first[at].From < s.ban.From {
				err = errors.Join(err, fmt.Errorf("of %s in %s the nodes know %+v, and the latest was %+v", at.id, at.room, first[at], s.ban))
			}
		}
	})
	return err
}

// shows reports whether a node shows a member.
func (m *mesh) shows(srv *server, at memberRef) bool {
	return slices.ContainsFunc(srv.hub.View(at.room, noLimit).Users, func(u shared.User) bool { return u.ID == at.id })
}

// announce makes an announcement on a node, in the background. While the nodes are connected,
// it reaches all clients on every node.
func (m *mesh) announce(n int, room string) {
	srv := m.server(n)
	if srv == nil {
		return
	}
	var readers []*link
	var text string
	m.w.locked(func() {
		text = m.w.newAnnouncement(room)
		for _, t := range m.w.tabs {
			if t.member.room == room && m.connected() && t.live() && t.watches != shared.DetailCount && time.Since(t.link.joinedAt) > heardWithin {
				readers = append(readers, t.link)
			}
		}
	})
	m.starts.Go(func() {
		err := srv.hub.Announce(room, text, host)
		m.w.locked(func() {
			if err != nil && !errors.Is(err, hub.ErrNotInUse) {
				m.w.failLocked(err)
			}
			for _, l := range readers {
				if err == nil && m.connected() && !srv.dead {
					l.promised = append(l.promised, promise{text, time.Now()})
				}
			}
		})
	})
}

// heard reports whether all nodes must have heard of what was said on one of them at a time:
// some time has passed, in which there was no trouble. world.mu is held.
func (m *mesh) heard(at time.Time) bool {
	return !at.IsZero() && time.Since(at) > heardWithin && !slices.ContainsFunc(m.trouble, func(t time.Time) bool {
		return !t.Before(at) && t.Before(at.Add(heardWithin))
	})
}

// checkModerated checks that connections whose members were kicked have ended, and that what
// was announced has come. world.mu is held.
func (m *mesh) checkModerated() error {
	for _, t := range m.w.tabs {
		l := t.link
		if l == nil || !t.live() {
			continue
		}
		if m.heard(t.member.kicked.to) && t.isBack(heardWithin) {
			return fmt.Errorf("%v was kicked, and is back by itself at node %d", t, l.server.node.index)
		}
		if m.heard(l.kicked) {
			return fmt.Errorf("%v was kicked, and is still in the room at node %d", t, l.server.node.index)
		}
		for _, p := range l.promised {
			if m.heard(p.made) && !t.stream.announced[p.text] {
				return fmt.Errorf("%v at node %d was not told %q", t, l.server.node.index, p.text)
			}
		}
	}
	return nil
}
