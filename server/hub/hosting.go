package hub

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"rollcall/shared"
)

// Hosting is who keeps a room without a sign-in that says so: who has claimed it, and whom
// hosts have made hosts.
type Hosting struct {
	Hosts string `json:"hosts,omitempty"` // their ids in alphabetical order, separated by spaces
	// Locked is set while the room's lock is a host's: it does not outlast hosts for long.
	Locked bool `json:"locked,omitempty"`
	// Left is when the last host left the room, however that one became a host, in
	// milliseconds since 1970. It is 0 while one is there. It is no part of the version of a
	// RoomRecord: each node sees when that was, and the latest of what they say holds.
	Left int64 `json:"left,omitempty"`
}

// Kept is what a room says of itself and who hosts it, as it is kept while nobody is there.
type Kept struct {
	Info    shared.RoomInfo
	Hosting Hosting
}

// has reports whether a member is among the hosts.
func (h Hosting) has(id string) bool { return slices.Contains(strings.Fields(h.Hosts), id) }

// with returns h with one more host.
func (h Hosting) with(id string) Hosting {
	ids := append(strings.Fields(h.Hosts), id)
	slices.Sort(ids)
	h.Hosts = strings.Join(slices.Compact(ids), " ")
	return h
}

// without returns h without one of the hosts.
func (h Hosting) without(id string) Hosting {
	ids := strings.Fields(h.Hosts)
	h.Hosts = strings.Join(slices.DeleteFunc(ids, func(host string) bool { return host == id }), " ")
	return h
}

// said returns h without what is no part of a version.
func (h Hosting) said() Hosting {
	h.Left = 0
	return h
}

// leftAt returns h with the time at which the last host left. Where nobody is a host it says
// nothing, or the room would be remembered for ever.
func (h Hosting) leftAt(left int64) Hosting {
	if h = h.said(); h != (Hosting{}) {
		h.Left = left
	}
	return h
}

// check returns an error unless h can be the Hosting of a room that says info.
func (h Hosting) check(info shared.RoomInfo) error {
	ids := strings.Fields(h.Hosts)
	for _, id := range ids {
		if err := shared.CheckID(id); err != nil {
			return err
		}
	}
	switch {
	case len(ids) > shared.MaxHosts || !slices.IsSorted(ids) || strings.Join(slices.Compact(ids), " ") != h.Hosts:
		return errors.New("hub: hosts that are too many, or out of order")
	case h.Left < 0 || h.Left > maxStamp || h.Locked && !info.Locked:
		return errors.New("hub: a lock or an end of hosts that can't be")
	}
	return nil
}

// Check returns an error if k breaks a rule that hosts and Hub.SetRoomInfo are held to. What
// other nodes or a database say must be checked.
func (k Kept) Check() error { return cmp.Or(shared.CheckRoomInfo(k.Info), k.Hosting.check(k.Info)) }

// at returns what is left of k at a time: a host's lock and the hosts themselves do not
// outlast the last host for ever.
func (k Kept) at(now time.Time) Kept {
	for _, end := range k.ends() {
		if now.Before(end) {
			break
		}
		if k.Hosting.Locked {
			k.Info.Locked, k.Hosting.Locked = false, false
		} else {
			k.Hosting = Hosting{}
		}
	}
	k.Hosting = k.Hosting.leftAt(k.Hosting.Left)
	return k
}

// ends returns when the lock ends, if it is a host's, and then when the hosts end who are not
// there. There are none while a host is there.
func (k Kept) ends() (ends []time.Time) {
	left := time.UnixMilli(k.Hosting.Left)
	if k.Hosting.Left > 0 && k.Hosting.Locked {
		ends = append(ends, left.Add(shared.LockOutlasts))
	}
	if k.Hosting.Left > 0 && k.Hosting.Hosts != "" {
		ends = append(ends, left.Add(shared.HostOutlasts))
	}
	return ends
}

// hosting is what a room keeps of hosts beside room.info. Guarded by room.mu.
type hosting struct {
	here  map[string]*member // those who are shown as hosts, by id
	timer *time.Timer        // runs lapse when the next of Kept.ends is due; nil if there is none
}

// kept returns what is to be kept of the room.
func (r *room) kept() Kept { return Kept{r.info.Info, r.info.Hosting} }

// roleOf returns the role that a member has, whose sign-in says role.
func (r *room) roleOf(id string, role shared.Role) shared.Role {
	if r.info.Hosting.has(id) {
		return shared.RoleHost
	}
	return role
}

// listHost notes with which role a member is shown, or that it is shown no more.
func (r *room) listHost(m *member, role shared.Role) {
	h := &r.hosting
	was := len(h.here)
	if role != shared.RoleHost {
		delete(h.here, m.id)
	} else if h.here[m.id] == nil {
		if h.here == nil {
			h.here = make(map[string]*member)
		}
		h.here[m.id] = m
		m.oweKnocks()
	}
	if (was > 0) != (len(h.here) > 0) && r.info.Hosting.said() != (Hosting{}) {
		r.setLeft(time.Now().UnixMilli())
	}
}

// setLeft notes when the last host left, unless one is there, and waits for what ends with it.
func (r *room) setLeft(at int64) {
	left := &r.info.Hosting.Left
	before := *left
	if *left = at; len(r.hosting.here) > 0 {
		*left = 0
	}
	if *left != before {
		r.keepInfo("")
	}
	r.awaitEnds()
}

// outlive is setLeft for a time that others say, or 0 if nobody does: of a host who is not
// there and whom nobody saw leaving, the end is now.
func (r *room) outlive(left int64) {
	switch {
	case r.info.Hosting.said() == (Hosting{}):
		r.info.Hosting.Left = 0
		r.awaitEnds()
	case left > 0:
		r.setLeft(min(left, time.Now().UnixMilli()))
	default:
		r.setLeft(time.Now().UnixMilli())
	}
}

// endHosting has the hosts leave who are here as the room ends, but not those whom another node
// has: or a host's time would begin again whenever the hub does.
func (r *room) endHosting() {
	for _, m := range r.members {
		if u, _ := r.roster.Get(m.id); u.Role == shared.RoleHost && m.replica != nil && len(m.replica.remote) > 0 {
			return
		}
	}
	if len(r.hosting.here) > 0 && r.info.Hosting.said() != (Hosting{}) {
		r.hosting.here = nil
		r.setLeft(time.Now().UnixMilli())
	}
}

// awaitEnds has lapse run when it is time.
func (r *room) awaitEnds() {
	if r.hosting.timer != nil {
		r.hosting.timer.Stop()
		r.hosting.timer = nil
	}
	if ends := r.kept().ends(); len(ends) > 0 && !r.closed {
		r.hosting.timer = time.AfterFunc(time.Until(ends[0]), r.lapse)
	}
}

// lapse ends what has outlasted the hosts. With several nodes each does so, which makes the
// same of it.
func (r *room) lapse() {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	if k := r.kept().at(time.Now()); !r.closed && k != r.kept() {
		r.setKept(k, "")
	}
	r.awaitEnds()
}

// setKept is setInfo for a change that is made on this node.
func (r *room) setKept(k Kept, by string) {
	rec := r.hub.record(k.Info, max(r.info.Stamp, recalledStamp)+1)
	rec.Hosting = k.Hosting
	r.setInfo(rec, by)
}

// showRoles shows members as hosts, or not any more, of whom before says something else than
// the room does now.
func (r *room) showRoles(before string) {
	for _, id := range strings.Fields(before + " " + r.info.Hosting.Hosts) {
		m := r.members[id]
		if m == nil {
			continue
		}
		u, _ := r.roster.Get(id)
		if role := r.roleOf(id, m.role); role != u.Role {
			u.Role = role
			r.update(m, u)
		}
	}
}
