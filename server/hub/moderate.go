package hub

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"

	"rollcall/shared"
)

// Kick removes a member from a room at once, on all nodes: the others are shown a departure
// with the reason kicked, and each session is sent the error kicked, with by and reason if
// these are not "", which ends a client for good. Whoever signed in and watches with that id
// is sent away, too. A client of the member that is not connected is sent the same when it
// comes back by itself, within an hour. The member may join again.
//
// It reports whether the member was in the room, in a grace period or not. The error is a
// shared.Error with the code bad_room, bad_event for an id that can't be one, or bad_text
// for by and reason, see shared.CleanBy and shared.CleanReason. In a hub with a Mesh, Kick
// first waits for the other nodes as a join does.
func (h *Hub) Kick(room, id, by, reason string) (found bool, err error) {
	c := Change{Kind: ChangeKick, ID: id, By: by, Why: reason}
	if err := cleanWord(room, id, &c.By, &c.Why); err != nil {
		return false, err
	}
	r := h.reach(room)
	if r == nil {
		return false, nil
	}
	defer r.unlock()
	if r.members[id] == nil {
		return false, nil
	}
	r.kickEverywhere(c)
	return true, nil
}

// kickEverywhere kicks a member on all nodes. Whatever this node knows of it is before the kick.
func (r *room) kickEverywhere(c Change) {
	c.At = r.latestOf(c.ID)
	c = r.hub.bans.sayKick(r.name, c)
	r.kick(c.ID, kicked(c), c.At)
}

// Ban bans somebody from a room until b.Until, on all nodes, and kicks the member if it is
// there, with the error banned. Meanwhile nobody with that id can join the room, nor watch
// it with a sign-in of that id; with b.Address, nor can anybody new from the addresses of
// the member's sessions. The latest ban of a member replaces those before. The hub sets
// b.From, and b.Name if that is "" and the member is in the room. b.Addresses are added to
// those of the sessions.
//
// The error is a shared.Error as of Kick, or bad_event for an end that is over or more than
// shared.BanWithin ahead, or ErrTooManyBans. Then nothing changes. A ban is kept until it is
// over, whether the room is in use or not, but not longer than the hub: see RestoreBans.
func (h *Hub) Ban(b Ban) error {
	if err := cleanWord(b.Room, b.ID, &b.By, &b.Reason); err != nil {
		return err
	}
	var err error
	if b.Name, err = clean(b.Name, shared.CleanBy); err != nil {
		return err
	}
	if end := time.Until(time.UnixMilli(b.Until)); end <= 0 || end > shared.BanWithin {
		return shared.Errorf(shared.CodeBadEvent, "a ban ends later than now, and within %v", shared.BanWithin)
	}
	b.Lifted, b.Kept = false, 0
	if b.Name == "" {
		known, _ := h.BanOf(b.Room, b.ID)
		b.Name = cmp.Or(h.nameOf(b.Room, b.ID), known.Name)
	}
	if b.From = time.Now().UnixMilli(); b.Address {
		b = b.with(nil)
	}
	if err := b.Check(); err != nil {
		return shared.Errorf(shared.CodeBadEvent, "%v", err)
	}
	if err := h.bans.say(b); err != nil {
		return err
	}
	h.enforce(b.Room, b.ID)
	return nil
}

// nameOf returns what a member of a room is called, or "" if it is not there.
func (h *Hub) nameOf(room, id string) string {
	r := h.inUse(room)
	if r == nil {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	u, _ := r.roster.Get(id)
	return u.Name
}

// enforce kicks a member from a room who is banned, and notes where its sessions come from.
func (h *Hub) enforce(room, id string) {
	r := h.inUse(room)
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.unlock()
	b, ok := h.BanOf(room, id)
	if !ok || r.closed {
		return
	}
	if m := r.members[id]; m != nil && b.Address {
		var from []netip.Prefix
		for _, s := range m.sessions {
			if s.from.IsValid() {
				from = append(from, s.from)
			}
		}
		_, _ = h.bans.hear(b.with(from), "") // there is space for it: it replaces b
	}
	r.kick(id, b.err(), math.MaxInt64)
}

// Unban ends a ban at once, on all nodes, by the word of by. It reports whether there was
// one. The error is a shared.Error as of Kick.
func (h *Hub) Unban(room, id, by string) (found bool, err error) {
	if err := cleanWord(room, id, &by, new("")); err != nil {
		return false, err
	}
	bs := &h.bans
	bs.mu.Lock()
	defer bs.mu.Unlock()
	k := bs.rooms[room].get(id)
	if k == nil || !k.inForce(time.Now().UnixMilli()) {
		return false, nil
	}
	return true, bs.sayLocked(Ban{Room: room, ID: id, Name: k.Name, Until: k.Until, By: by, Lifted: true})
}

// Bans returns the bans of a room that are in force, by id: the first most of those after
// an id. It also reports whether there are more.
func (h *Hub) Bans(room, after string, most int) (list []Ban, more bool) {
	bs := &h.bans
	bs.mu.Lock()
	defer bs.mu.Unlock()
	rb := bs.rooms[room]
	if rb == nil {
		return nil, false
	}
	i, found := rb.find(after)
	if found {
		i++
	}
	now := time.Now().UnixMilli()
	for _, k := range rb.sorted[i:] {
		if !k.inForce(now) {
			continue
		}
		if len(list) == most {
			return list, true
		}
		list = append(list, k.Ban)
	}
	return list, false
}

// BanOf returns the ban of a member from a room, and whether there is one in force.
func (h *Hub) BanOf(room, id string) (b Ban, ok bool) {
	bs := &h.bans
	bs.mu.Lock()
	defer bs.mu.Unlock()
	k := bs.rooms[room].get(id)
	if k == nil || !k.inForce(time.Now().UnixMilli()) {
		return Ban{}, false
	}
	return k.Ban, true
}

// RestoreBans takes over what FactBanned and FactUnbanned once told of, unless a later
// version is known, and kicks whom it bans. It skips bans that are not valid or too many,
// and returns the first error of those.
func (h *Hub) RestoreBans(all []Ban) (first error) {
	for _, b := range all {
		err := b.Check()
		if err == nil {
			err = h.hearBan(b, "")
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// hearBan takes over a ban that was said elsewhere, unless a later version is known.
func (h *Hub) hearBan(b Ban, origin string) error {
	news, err := h.bans.hear(b, origin)
	if news {
		h.enforce(b.Room, b.ID)
	}
	return err
}

// EraseFromBans removes, on all nodes, what bans say of a member: beside the id the name, the
// reason and the addresses, and by whose word they are if it is that member's. The bans stay in
// force. It returns of how many bans.
func (h *Hub) EraseFromBans(id string) (erased int) {
	bs := &h.bans
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for _, rb := range bs.rooms {
		for _, k := range slices.Clone(rb.sorted) {
			if b := k.without(id); b.Name != k.Name || b.Reason != k.Reason || b.Address != k.Address || b.ByID != k.ByID {
				_ = bs.sayLocked(b) // there is space for it: it replaces k
				erased++
			}
		}
	}
	return erased
}

// Announce shows a line to all members of a room and to those who watch its roster, on all
// nodes, in the name of by, which may be "". Each session is sent it once; one that connects
// later is not, and one that can't keep up misses all but the last announcements.
//
// The error is ErrNotInUse if nobody is there, or a shared.Error with the code bad_room, or
// bad_text as of shared.CleanAnnouncement and shared.CleanBy. In a hub with a Mesh, Announce
// first waits for the other nodes as a join does.
func (h *Hub) Announce(room, text, by string) error {
	err := shared.CheckRoom(room)
	if err == nil {
		text, err = clean(text, shared.CleanAnnouncement)
	}
	if err == nil {
		by, err = clean(by, shared.CleanBy)
	}
	if err != nil {
		return err
	}
	r := h.reach(room)
	if r == nil {
		return ErrNotInUse
	}
	defer r.unlock()
	if !r.occupiedByAny() {
		return ErrNotInUse
	}
	r.announceEverywhere(shared.Announcement{Text: text, By: by})
	return nil
}

// reach returns a room with its lock held, after the other nodes have said who is there, or
// nil if it is not in use.
func (h *Hub) reach(room string) *room {
	h.openForPreload(room) // people may be in it on another node
	r := h.inUse(room)
	if r != nil {
		r.enter()
	}
	return r
}

// occupiedByAny reports whether the room has a member on any node, or a watcher on this one.
func (r *room) occupiedByAny() bool {
	return !r.closed && len(r.members)+len(r.sessions)+len(r.watching.counters) > 0
}

// kick ends the sessions of a member on this node that began until a time, each of which is
// sent why, also those that watch with a sign-in of that id. It has the member depart unless
// later sessions or other nodes have it.
func (r *room) kick(id string, why shared.Error, until int64) {
	for _, s := range r.watchersAs(id) {
		if s.since <= until {
			s.dismiss(&why, shared.ReasonKicked)
		}
	}
	m := r.members[id]
	shown, _ := r.roster.Get(id)
	switch {
	case m == nil:
	case m.replica == nil || m.replica.own != nil:
		r.expel(m, why, shared.ReasonKicked, until)
	case len(m.replica.remote) == 0 && shown.JoinedAt <= until: // see linger
		r.nowhere(m, shared.ReasonKicked)
	}
}

// refused returns what the peer is to be told, who wants to be the member with an id, if a ban
// keeps it out, or if it was kicked since it was first in the room, which it has been in since
// a time unless that is 0. Otherwise it returns nil.
func (s *Session) refused(id string, since int64) error {
	from, bs := s.from, &s.room.hub.bans
	if s.room.members[id] != nil {
		from = netip.Prefix{} // who is there is no stranger
	}
	if err := bs.refuses(s.room.name, id, from); err != nil {
		return err
	}
	if c := bs.kickOf(s.room.name, id); since > 0 && since <= c.At {
		return kicked(c)
	}
	return nil
}

// watchersAs returns the sessions that watch with a sign-in of the given id.
func (r *room) watchersAs(id string) (all []*Session) {
	for _, list := range [][]*Session{r.sessions, r.watching.counters} {
		for _, s := range list {
			if s.member == nil && s.known != nil && s.known.ID == id {
				all = append(all, s)
			}
		}
	}
	return all
}

// cleanWord cleans what is said about a member of a room.
func cleanWord(room, id string, by, reason *string) (err error) {
	if err = cmp.Or(shared.CheckRoom(room), shared.CheckID(id)); err != nil {
		return err
	}
	if *by, err = clean(*by, shared.CleanBy); err != nil {
		return err
	}
	*reason, err = clean(*reason, shared.CleanReason)
	return err
}
