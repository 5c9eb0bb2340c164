package shared

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// ErrDesync is wrapped by every error of Roster.Apply: the event does not fit the
// roster, so its holder must request a new snapshot.
var ErrDesync = errors.New("roster out of step")

// ErrBadHash is the ErrDesync of a roster at the server's revision that has
// different members or another RoomInfo. It wraps ErrDesync.
var ErrBadHash = fmt.Errorf("%w: another hash", ErrDesync)

// Roster holds one room at a revision: its members and its RoomInfo. It is a pure reducer: its
// content depends only on the events applied to it, so the server and every client
// that applied the same events hold the same.
//
// The zero Roster is empty, at no epoch. It is not safe for concurrent use, and
// it must not be copied after the first Apply: copies would share members.
type Roster struct {
	room  string
	epoch string
	rev   uint64
	hash  Hash
	info  RoomInfo

	byID  map[string]*User // the values never change: an update puts a new one
	order []*User          // by JoinedAt, then ID

	partial *ExistingUsers // the chunks so far of a snapshot that has more to come
}

// NewRoster returns the empty roster of a room at the beginning of an epoch.
func NewRoster(room, epoch string) Roster {
	return Roster{room: room, epoch: epoch}
}

// Room returns the name of the room.
func (r *Roster) Room() string { return r.room }

// Epoch returns the id of the sequence of revisions that Rev counts in.
func (r *Roster) Epoch() string { return r.epoch }

// Rev returns the revision: that of the last diff or snapshot applied.
func (r *Roster) Rev() uint64 { return r.rev }

// Info returns what the room says of itself.
func (r *Roster) Info() RoomInfo { return r.info }

// Hash returns the order-free hash of the members and of Info, in constant time.
func (r *Roster) Hash() Hash { return r.hash }

// Len returns the number of members.
func (r *Roster) Len() int { return len(r.order) }

// At returns the i-th member by arrival. It panics unless 0 <= i < Len.
func (r *Roster) At(i int) User { return *r.order[i] }

// Get returns the member with the given id, and whether there is one.
func (r *Roster) Get(id string) (User, bool) {
	if u := r.byID[id]; u != nil {
		return *u, true
	}
	return User{}, false
}

// Index returns the index for At of the member with the given id, or -1.
func (r *Roster) Index(id string) int {
	u := r.byID[id]
	if u == nil {
		return -1
	}
	i, _ := slices.BinarySearchFunc(r.order, u, byArrival)
	return i
}

// All yields the members by arrival (JoinedAt, then ID), which is the same
// order in every roster that holds the same members. The roster must not change
// before the iteration has ended.
func (r *Roster) All() iter.Seq[User] {
	return func(yield func(User) bool) {
		for _, u := range r.order {
			if !yield(*u) {
				return
			}
		}
	}
}

func byArrival(a, b *User) int {
	return cmp.Or(cmp.Compare(a.JoinedAt, b.JoinedAt), cmp.Compare(a.ID, b.ID))
}

// Apply applies one event to the roster. It ignores events that are not about the roster.
// It takes only the revision of an unknown diff, so that the diffs after it fit: the hash
// covers nothing that this version does not know. An error wraps ErrDesync and leaves the
// roster unchanged, except that it drops the chunks so far of an incomplete snapshot. A diff
// costs O(log n) comparisons and at worst two moves of n pointers, a snapshot O(n log n).
// The roster retains no memory of e.
func (r *Roster) Apply(e Event) error {
	if snapshot, ok := e.(ExistingUsers); ok {
		return r.snapshot(snapshot)
	}
	if r.partial != nil {
		r.partial = nil
		return fmt.Errorf("%w: %s inside a snapshot", ErrDesync, e.Event())
	}
	switch e := e.(type) {
	case NewUser:
		return r.add(e)
	case UserUpdated:
		return r.update(e)
	case DisconnectUser:
		return r.remove(e)
	case RoomInfoChanged:
		return r.setInfo(e)
	case Unknown:
		return r.skip(e)
	case Resumed:
		return r.match(e.Epoch, e.Rev)
	case Heartbeat:
		return r.prove(e)
	}
	return nil
}

// Interrupt drops the chunks of an incomplete snapshot, whose rest will not come
// because the connection has ended.
func (r *Roster) Interrupt() { r.partial = nil }

func (r *Roster) snapshot(s ExistingUsers) error {
	var before []User
	if p := r.partial; p != nil {
		if p.Epoch != s.Epoch || p.Rev != s.Rev || p.Room != s.Room {
			r.partial = nil
			return fmt.Errorf("%w: a snapshot at %s/%d goes on at %s/%d", ErrDesync, p.Epoch, p.Rev, s.Epoch, s.Rev)
		}
		before = p.Users
	}
	s.Users = append(before, s.Users...) // a copy: the caller may go on to sort its own
	if s.More {
		r.partial = &s
		return nil
	}
	r.partial = nil
	next := Roster{room: s.Room, epoch: s.Epoch, rev: s.Rev, info: s.Info, byID: make(map[string]*User, len(s.Users))}
	next.hash = HashRoomInfo(s.Info)
	next.order = make([]*User, 0, len(s.Users))
	for i := range s.Users {
		u := &s.Users[i]
		if u.ID == "" || next.byID[u.ID] != nil {
			return fmt.Errorf("%w: the snapshot has the id %q twice, or nobody's", ErrDesync, u.ID)
		}
		next.byID[u.ID] = u
		next.order = append(next.order, u)
		next.hash ^= HashUser(*u)
	}
	slices.SortFunc(next.order, byArrival) // near O(n): they come nearly in this order
	*r = next
	return nil
}

func (r *Roster) add(e NewUser) error {
	if err := r.follows(e.Rev); err != nil {
		return err
	}
	if e.User.ID == "" {
		return fmt.Errorf("%w: somebody without an id arrives", ErrDesync)
	}
	if r.byID[e.User.ID] != nil {
		return fmt.Errorf("%w: %s arrives twice", ErrDesync, e.User.ID)
	}
	r.rev = e.Rev
	r.put(e.User)
	return nil
}

func (r *Roster) update(e UserUpdated) error {
	if err := r.follows(e.Rev); err != nil {
		return err
	}
	old := r.byID[e.User.ID]
	if old == nil {
		return fmt.Errorf("%w: %s changes but is not here", ErrDesync, e.User.ID)
	}
	r.rev = e.Rev
	r.drop(old)
	r.put(e.User)
	return nil
}

func (r *Roster) remove(e DisconnectUser) error {
	if err := r.follows(e.Rev); err != nil {
		return err
	}
	old := r.byID[e.ID]
	if old == nil {
		return fmt.Errorf("%w: %s goes but is not here", ErrDesync, e.ID)
	}
	r.rev = e.Rev
	r.drop(old)
	return nil
}

func (r *Roster) setInfo(e RoomInfoChanged) error {
	if err := r.follows(e.Rev); err != nil {
		return err
	}
	r.rev = e.Rev
	r.hash ^= HashRoomInfo(r.info) ^ HashRoomInfo(e.RoomInfo)
	r.info = e.RoomInfo
	return nil
}

// skip advances to the revision of an unknown diff.
func (r *Roster) skip(e Unknown) error {
	if e.Rev == 0 {
		return nil
	}
	if err := r.follows(e.Rev); err != nil {
		return err
	}
	r.rev = e.Rev
	return nil
}

func (r *Roster) put(u User) {
	if r.byID == nil {
		r.byID = make(map[string]*User)
	}
	i, _ := slices.BinarySearchFunc(r.order, &u, byArrival)
	r.order = slices.Insert(r.order, i, &u)
	r.byID[u.ID] = &u
	r.hash ^= HashUser(u)
}

func (r *Roster) drop(u *User) {
	i, _ := slices.BinarySearchFunc(r.order, u, byArrival)
	r.order = slices.Delete(r.order, i, i+1)
	delete(r.byID, u.ID)
	r.hash ^= HashUser(*u)
	if cap(r.order) > 64+4*len(r.order) {
		r.shrink()
	}
}

// shrink releases the memory of members who have left: neither a slice nor a map
// shrinks by itself.
func (r *Roster) shrink() {
	r.order = slices.Clone(r.order)
	r.byID = make(map[string]*User, len(r.order))
	for _, u := range r.order {
		r.byID[u.ID] = u
	}
}

func (r *Roster) follows(rev uint64) error {
	if rev != r.rev+1 {
		return fmt.Errorf("%w: revision %d does not follow %d", ErrDesync, rev, r.rev)
	}
	return nil
}

func (r *Roster) match(epoch string, rev uint64) error {
	if epoch != r.epoch || rev != r.rev {
		return fmt.Errorf("%w: resumed at %s/%d, held %s/%d", ErrDesync, epoch, rev, r.epoch, r.rev)
	}
	return nil
}

func (r *Roster) prove(h Heartbeat) error {
	if h.Rev == r.rev && h.Count == r.Len() && h.Hash == r.hash {
		return nil
	}
	why := ErrDesync
	if h.Rev == r.rev {
		why = ErrBadHash
	}
	return fmt.Errorf("%w: the server has %d members at %d (%v), here are %d at %d (%v)",
		why, h.Count, h.Rev, h.Hash, r.Len(), r.rev, r.hash)
}
