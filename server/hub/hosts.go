package hub

import (
	"math"
	"strings"
	"time"

	"rollcall/shared"
)

// This file is what hosts may ask for. The hub goes by the role of the member, never by what
// a client says of itself, and says by whom it was by the name that the room is shown.

// RemoveUser kicks a member, or bans it, by the word of a host.
func (in inbox) RemoveUser(e shared.RemoveUser) error {
	if err := shared.CheckID(e.ID); err != nil {
		return in.refuse(err)
	}
	in.asHost(e, func(host shared.User) error {
		r := in.s.room
		whom, ok := r.roster.Get(e.ID)
		switch {
		case !ok:
			return shared.Errorf(shared.CodeNotHere, "whoever is to be removed is not in the room")
		case whom.Role == shared.RoleHost:
			return shared.Errorf(shared.CodeNotHost, "nobody can remove a host, who may leave, or give that up")
		case e.Ban:
			return r.banAsHost(host, whom)
		}
		r.kickEverywhere(Change{Kind: ChangeKick, ID: e.ID, By: host.Name})
		r.act(shared.ActRemoved, host.Name, whom.Name)
		return nil
	})
	return nil
}

// banAsHost bans a member by the word of a host, of whom there may be many: so they may keep
// out fewer than who runs the server.
func (r *room) banAsHost(host, whom shared.User) error {
	if all, _ := r.hub.Bans(r.name, "", shared.MaxHostBans); len(all) >= shared.MaxHostBans || r.hub.bans.crowded() {
		return tooOften("as many are banned as may be: another one may be", shared.HostBan)
	}
	b := Ban{Room: r.name, ID: whom.ID, Name: whom.Name, Until: time.Now().Add(shared.HostBan).UnixMilli(), By: host.Name, ByID: host.ID}
	if r.hub.bans.say(b) != nil {
		return tooOften("as many are banned as may be: another one may be", shared.HostBan)
	}
	r.kick(whom.ID, b.err(), math.MaxInt64)
	r.act(shared.ActBanned, host.Name, whom.Name)
	return nil
}

// UpdateRoom changes what the room says of itself, by the word of a host.
func (in inbox) UpdateRoom(e shared.UpdateRoom) error {
	change, err := RoomInfoChange(e).clean()
	if err != nil {
		return in.refuse(err)
	}
	in.asHost(e, func(host shared.User) error {
		r := in.s.room
		before := r.roster.Info()
		if open := change.Locked != nil && !*change.Locked; open && before.Locked && !r.info.Hosting.Locked {
			return shared.Errorf(shared.CodeLockStands, "who runs the server has locked this room, and no host can unlock it")
		}
		if !r.changeKept(func(k Kept) Kept { return k.change(change, true) }, host.Name) {
			return nil
		}
		now := r.roster.Info()
		if now.Title != before.Title {
			r.act(shared.ActTitle, host.Name, now.Title)
		}
		if now.Topic != before.Topic {
			r.act(shared.ActTopic, host.Name, now.Topic)
		}
		switch {
		case now.Locked && !before.Locked:
			r.act(shared.ActLocked, host.Name, "")
		case before.Locked && !now.Locked:
			r.act(shared.ActOpened, host.Name, "")
		}
		return nil
	})
	return nil
}

// UpdateRole makes a member a host by the word of another, or the sender one of a room that
// nobody hosts, or the sender one no more.
func (in inbox) UpdateRole(e shared.UpdateRole) error {
	if !e.Role.Valid() {
		return in.refuse(shared.Errorf(shared.CodeBadEvent, "%.20q is not a role", string(e.Role)))
	}
	if err := shared.CheckID(e.ID); err != nil {
		return in.refuse(err)
	}
	in.asMember(e, func(m *member) {
		in.s.asRarely(m, func(u shared.User) error {
			switch {
			case m.id == e.ID:
				return in.s.setOwnRole(u, e.Role)
			case u.Role != shared.RoleHost:
				return notHost(e)
			}
			return in.s.room.makeHost(u, e)
		})
	})
	return nil
}

// setOwnRole has u, whose session s is, claim the room or give up being a host.
func (s *Session) setOwnRole(u shared.User, role shared.Role) error {
	r := s.room
	k := r.kept().at(time.Now())
	switch {
	case role == u.Role:
		return nil
	case role == shared.RoleMember && !k.Hosting.has(u.ID):
		return shared.Errorf(shared.CodeNotHost, "your sign-in makes you a host")
	case role == shared.RoleMember:
		k.Hosting = k.Hosting.without(u.ID)
		r.setKept(k, u.Name)
		r.act(shared.ActGaveUp, u.Name, "")
	case s.known != nil:
		return shared.Errorf(shared.CodeNotHost, "who signs in is a host only if the sign-in says so")
	case len(r.hosting.here) > 0 || k.Hosting.Hosts != "":
		return shared.Errorf(shared.CodeHosted, "somebody hosts this room, and is here or was within the last %v hours", shared.HostOutlasts.Hours())
	default:
		k.Hosting = k.Hosting.with(u.ID)
		r.setKept(k, u.Name)
		r.act(shared.ActClaimed, u.Name, "")
	}
	return nil
}

// makeHost makes somebody else a host.
func (r *room) makeHost(host shared.User, e shared.UpdateRole) error {
	whom, ok := r.roster.Get(e.ID)
	k := r.kept()
	switch {
	case !ok:
		return shared.Errorf(shared.CodeNotHere, "whoever is to be a host is not in the room")
	case e.Role == whom.Role:
		return nil
	case e.Role == shared.RoleMember:
		return shared.Errorf(shared.CodeNotHost, "a host is one until giving it up")
	case len(strings.Fields(k.Hosting.Hosts)) >= shared.MaxHosts:
		return shared.Errorf(shared.CodeHosted, "the room has as many hosts as it may")
	}
	k.Hosting = k.Hosting.with(whom.ID)
	r.setKept(k, host.Name)
	r.act(shared.ActHost, host.Name, whom.Name)
	return nil
}

// roleAs returns the role with which s would join as a member.
func (s *Session) roleAs(id string) shared.Role {
	return s.room.roleOf(id, s.known.apply(shared.User{}).Role)
}

// asHost calls do with the member as it is shown if that is a host, and not too often.
func (in inbox) asHost(e shared.Event, do func(host shared.User) error) {
	in.asMember(e, func(m *member) {
		in.s.asRarely(m, func(u shared.User) error {
			if u.Role != shared.RoleHost {
				return notHost(e)
			}
			return do(u)
		})
	})
}

func notHost(e shared.Event) error {
	return shared.Errorf(shared.CodeNotHost, "only a host may send %s", e.Event())
}

// asRarely calls do with the member as it is shown, unless it has done as much as it may, and
// sends the error of do. Only what was done counts.
func (s *Session) asRarely(m *member, do func(shared.User) error) {
	if wait := m.acts.wait(time.Now()); wait > 0 {
		s.say(tooOften("a host may do something again", wait))
		return
	}
	u, _ := s.room.roster.Get(m.id)
	if err := do(u); err != nil {
		s.say(shared.AsError(err))
		return
	}
	m.acts.use(time.Now())
}

// act has the room, on all nodes, see what a host has done.
func (r *room) act(what shared.Act, by, text string) {
	r.announceEverywhere(shared.Announcement{Text: text, By: by, Act: what})
}
