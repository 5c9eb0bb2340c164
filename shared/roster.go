package shared

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// ErrDesync is wrapped by every error of Roster.Apply: the event does not fit
// what the roster holds, so its holder must ask for it anew.
var ErrDesync = errors.New("roster out of step")

// ErrBadHash is the ErrDesync of a roster that is at the server's revision and
// does not hold what the server's does.
var ErrBadHash = fmt.Errorf("%w: another hash", ErrDesync)

// Roster is the members of one room at a revision. It is a pure reducer: what
// it holds follows from the events applied to it and nothing else, so that the
// server and every client that saw the same events hold the same.
//
// The zero Roster is empty, at no epoch. It is not safe for concurrent use, and
// once an event was applied it must not be copied: copies would share members.
type Roster struct {
	room  string
	epoch string
	rev   uint64
	hash  Hash

	byID  map[string]*User // the values never change: an update puts a new one
	order []*User          // by JoinedAt, then ID

	partial *ExistingUsers // the chunks so far of a snapshot that has more to come
}

// NewRoster returns the empty roster of a room at the beginning of an epoch.
func NewRoster(room, epoch string) Roster {
	return Roster{room: room, epoch: epoch}
}

// Room is the name of the room; Epoch and Rev say which of its rosters this is.
func (r *Roster) Room() string  { return r.room }
func (r *Roster) Epoch() string { return r.epoch }
func (r *Roster) Rev() uint64   { return r.rev }

// Hash is the order-free hash of the members, kept up to date by Apply.
func (r *Roster) Hash() Hash { return r.hash }

// Len is the number of members.
func (r *Roster) Len() int { return len(r.order) }

// At returns the i-th member by arrival, 0 <= i < Len.
func (r *Roster) At(i int) User { return *r.order[i] }

// Get returns the member with the given id.
func (r *Roster) Get(id string) (User, bool) {
	if u := r.byID[id]; u != nil {
		return *u, true
	}
	return User{}, false
}

// Index returns the place of the member with the given id, or -1.
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

// Apply folds one event into the roster. Events that say nothing about the
// roster are accepted and change nothing. An error wraps ErrDesync and leaves
// the roster as it was, but for a snapshot that was under way, which is
// dropped. A diff costs O(log n) comparisons and at worst two moves of n
// pointers, a snapshot O(n log n). The roster keeps nothing of e's own memory.
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
	case Resumed:
		return r.match(e.Epoch, e.Rev)
	case Heartbeat:
		return r.prove(e)
	}
	return nil
}

// Interrupt drops what has come of a snapshot whose end will not come, because
// the connection that it came on is gone.
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
	next := Roster{room: s.Room, epoch: s.Epoch, rev: s.Rev, byID: make(map[string]*User, len(s.Users))}
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
