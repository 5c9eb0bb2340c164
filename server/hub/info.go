package hub

import (
	"errors"
	"slices"

	"rollcall/shared"
)

// ErrNotInUse is the error of SetRoomInfo for a room that has no members and that nobody
// watches on this node.
var ErrNotInUse = errors.New("hub: nobody is in the room")

// SetRoomInfo sets what a room says of itself, and shows it to everybody there. Title and
// topic are cleaned as members' names and notes are; the error for those that break the
// rules is a shared.Error with the code bad_title or bad_topic, and for the name of a room
// bad_room. Then nothing changes.
//
// A room remembers it for as long as it is in use, on any node. The error is ErrNotInUse
// unless somebody is in the room, on any node, or watches it on this one. With
// Config.RememberRooms, a room is remembered when nobody is there, and may be set then; the
// error is ErrTooManyRooms if that is one too many.
//
// In a hub with a Mesh, SetRoomInfo first waits for the other nodes as a join does, at
// most some seconds. Of two nodes that set it at the same time, all show what one and the
// same of them has set. While nodes are cut off from each other, each goes by what it
// knows, and once they are not, by what was changed more often.
func (h *Hub) SetRoomInfo(name string, info shared.RoomInfo) error {
	_, err := h.ChangeRoomInfo(name, RoomInfoChange{&info.Title, &info.Topic, &info.Locked}, "")
	return err
}

// RoomInfoChange is what is to change of a RoomInfo. A nil field stays as it is.
type RoomInfoChange struct {
	Title, Topic *string
	Locked       *bool
}

// ChangeRoomInfo is SetRoomInfo for a part of it, by the word of by, which observers of this
// hub are told; the error for one that breaks the rule has the code bad_text. It returns what
// the room says then.
func (h *Hub) ChangeRoomInfo(name string, change RoomInfoChange, by string) (info shared.RoomInfo, err error) {
	if err := shared.CheckRoom(name); err != nil {
		return info, err
	}
	change, err = change.clean()
	if err == nil {
		by, err = clean(by, shared.CleanBy)
	}
	if err != nil {
		return info, err
	}
	return h.changeKept(name, func(k Kept) Kept { return k.change(change, false) }, by)
}

// changeKept is ChangeRoomInfo for any change of what is kept of a room.
func (h *Hub) changeKept(name string, change func(Kept) Kept, by string) (info shared.RoomInfo, err error) {
	r := h.reach(name)
	if r == nil {
		return h.changeRemembered(name, change, by)
	}
	defer r.unlock()
	if !r.occupiedByAny() && (r.closed || !h.config.RememberRooms) {
		return info, ErrNotInUse
	}
	r.changeKept(change, by)
	return r.roster.Info(), nil
}

// EraseFromHosts has a member host no room any more by a claim or by another host's word, and
// returns how many rooms that were. It is about the rooms in use or remembered on this node,
// and then on all nodes.
func (h *Hub) EraseFromHosts(id string) (erased int) {
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(h.Rooms(), h.RememberedRooms()...)))) {
		if !h.hosts(name, id) {
			continue
		}
		if _, err := h.changeKept(name, func(k Kept) Kept { k.Hosting = k.Hosting.without(id); return k }, ""); err == nil {
			erased++
		}
	}
	return erased
}

// hosts reports whether a member hosts a room, as far as this node knows.
func (h *Hub) hosts(room, id string) bool {
	r := h.inUse(room)
	if r == nil {
		return h.Kept(room).Hosting.has(id)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.info.Hosting.has(id)
}

// changeKept changes what is kept of the room, and reports whether that is news.
func (r *room) changeKept(change func(Kept) Kept, by string) (news bool) {
	k := change(r.kept())
	if k == r.kept() && r.info.Stamp != suggestedStamp {
		return false
	}
	r.setKept(k, by)
	return true
}

// change returns k after a change, which may be a host's.
func (k Kept) change(change RoomInfoChange, host bool) Kept {
	before := k.Info.Locked
	k.Info = change.apply(k.Info)
	switch {
	case !k.Info.Locked, change.Locked != nil && !host:
		k.Hosting.Locked = false
	case !before:
		k.Hosting.Locked = host
	}
	return k
}

// clean is CleanTitle and CleanTopic with the texts in NFC.
func (c RoomInfoChange) clean() (RoomInfoChange, error) {
	for _, t := range []struct {
		text **string
		rule shared.Rule
	}{{&c.Title, shared.CleanTitle}, {&c.Topic, shared.CleanTopic}} {
		if *t.text != nil {
			text, err := clean(**t.text, t.rule)
			if err != nil {
				return c, err
			}
			*t.text = &text
		}
	}
	return c, nil
}

// apply returns what the room says after the change.
func (c RoomInfoChange) apply(info shared.RoomInfo) shared.RoomInfo {
	if c.Title != nil {
		info.Title = *c.Title
	}
	if c.Topic != nil {
		info.Topic = *c.Topic
	}
	if c.Locked != nil {
		info.Locked = *c.Locked
	}
	return info
}

// setInfo takes over a later version of what the room says of itself, shows it, and tells
// the other nodes: whoever told it here may not reach all of them. Each node does so once
// per version. by is by whose word, if it was set on this node.
func (r *room) setInfo(rec RoomRecord, by string) {
	before := r.info
	left := max(before.Hosting.Left, rec.Hosting.Left)
	rec.Hosting = rec.Hosting.leftAt(before.Hosting.Left)
	r.info = rec
	if rec.Info != before.Info || before.Stamp == suggestedStamp { // observers learn that it has been set
		r.publish(shared.RoomInfoChanged{Rev: r.roster.Rev() + 1, RoomInfo: rec.Info})
	}
	if rec.Info != before.Info || before.Stamp == suggestedStamp || rec.Hosting != before.Hosting {
		r.keepInfo(by)
	}
	if r.hub.config.Mesh != nil {
		r.replica.digest.Hash ^= before.hash() ^ rec.hash()
		r.hub.config.Mesh.Tell(r.name, Change{Kind: ChangeRoom, Room: rec})
	}
	if !rec.Info.Locked {
		r.openToKnocks()
	}
	r.showRoles(before.Hosting.Hosts)
	r.outlive(left)
}

// keepInfo has observers, and who remembers rooms, learn what the room says now.
func (r *room) keepInfo(by string) {
	r.hub.facts.add(Fact{Kind: FactRoomInfo, Room: r.name, Info: r.info.Info, Hosting: r.info.Hosting, Origin: r.origin, By: by})
	if r.hub.config.RememberRooms && r.info.Stamp != suggestedStamp {
		r.hub.remembered.set(r.name, r.kept())
	}
}

// withdrawInfo tells the other nodes, before the room is forgotten on this one, that this
// node knows nothing of it any more.
func (r *room) withdrawInfo() {
	if r.hub.config.Mesh != nil && r.info.Stamp > 0 {
		r.hub.config.Mesh.Tell(r.name, Change{Kind: ChangeRoom})
	}
}

// hearRoom takes note of what p's node says of the room, and takes it over if it is later
// than what this node knows.
func (r *room) hearRoom(p *part, rec RoomRecord) {
	hash := rec.hash()
	p.digest.Hash ^= p.info ^ hash
	p.info, p.infoTold = hash, p.telling
	if rec.beats(r.info) {
		r.setInfo(rec, "")
	} else if rec.Hosting.said() == r.info.Hosting.said() {
		r.outlive(max(r.info.Hosting.Left, rec.Hosting.Left))
	}
}
