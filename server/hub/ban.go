package hub

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"rollcall/shared"
)

// Ban keeps somebody out of a room. All times are in milliseconds since the Unix epoch. It
// must not be changed once it was given to the hub or by it.
type Ban struct {
	Room string `json:"-"`
	ID   string `json:"id"` // of the member
	// Name is what the member was called, for lists; "" if that is not known.
	Name string `json:"name,omitempty"`
	// From is when it was said. It is the version, too: of two bans of one member in one
	// room the later holds, on all nodes.
	From  int64 `json:"from"`
	Until int64 `json:"until"`
	// Kept is set by the hub: the end of those that it replaces, if that is later than Until.
	// It must be remembered until then, since other nodes may still have one of those.
	Kept   int64  `json:"kept,omitempty"`
	By     string `json:"by,omitempty"`     // by whose word
	ByID   string `json:"by_id,omitempty"`  // the id of By if that is a member, for erasing
	Reason string `json:"reason,omitempty"` // what they say
	// Lifted is set if the ban was ended before Until, by the word of By.
	Lifted bool `json:"lifted,omitempty"`
	// Address is set to keep out, too, whoever is new in the room and comes from where the
	// member's sessions came from: Addresses, which clients must never be told.
	Address   bool           `json:"address,omitempty"`
	Addresses []netip.Prefix `json:"addresses,omitempty"`
}

// Bounds of what a hub keeps of bans.
const (
	// MaxRoomBans and MaxBans are the maximum numbers of bans of a room, and of all
	// rooms together.
	MaxRoomBans = 10_000
	MaxBans     = 100_000
	// maxAddresses is the maximum of Ban.Addresses. Those of further sessions are not
	// kept out.
	maxAddresses = 16
	// bansKept is how long a ban is kept at least after it was said, though it is over or
	// lifted, so that an older one that another node still has does not come back.
	bansKept = time.Hour
	// tellAgainFor is for how long bans and kicks of another node are told again; see isRecent.
	tellAgainFor = 10 * time.Minute
	// sweepBansEvery is how often bans are looked through for those that are over.
	sweepBansEvery = time.Minute
)

// ErrTooManyBans is the error for a ban beyond MaxRoomBans or MaxBans.
var ErrTooManyBans = errors.New("hub: there are as many bans as there may be")

// Check returns an error if b breaks a rule that Hub.Ban is held to. What other nodes or a
// database say must be checked.
func (b *Ban) Check() error { return cmp.Or(shared.CheckRoom(b.Room), b.check()) }

// check is Check without the room. Errors stand in logs, and so do not say whom a ban is about.
func (b *Ban) check() error {
	switch {
	case b.From <= 0 || b.From > maxStamp || b.Until < 0 || b.Until > maxStamp || b.Kept < 0 || b.Kept > maxStamp:
		return fmt.Errorf("hub: a ban from %d until %d", b.From, b.Until)
	case len(b.Addresses) > maxAddresses || !b.Address && len(b.Addresses) > 0:
		return fmt.Errorf("hub: a ban of %d addresses", len(b.Addresses))
	}
	for _, a := range b.Addresses {
		if !a.IsValid() || a != networkOf(a.Addr()) {
			return errors.New("hub: a ban of a network that is more or less than one customer has")
		}
	}
	for _, t := range []struct {
		what, text string
		rule       shared.Rule
	}{{"name", b.Name, shared.CleanBy}, {"by", b.By, shared.CleanBy}, {"reason", b.Reason, shared.CleanReason}} {
		if got, err := t.rule(t.text); err != nil || got != t.text {
			return fmt.Errorf("hub: a ban whose %s is not as the rule leaves it", t.what)
		}
	}
	if b.ByID != "" {
		return cmp.Or(shared.CheckID(b.ID), shared.CheckID(b.ByID))
	}
	return shared.CheckID(b.ID)
}

// without returns b without what it says of a member beside the id.
func (b Ban) without(id string) Ban {
	if b.ID == id {
		b.Name, b.Reason, b.Address, b.Addresses = "", "", false, nil
	}
	if b.ByID == id {
		b.By, b.ByID = "", ""
	}
	return b
}

// TextBytes returns the length of all texts of b, in bytes.
func (b *Ban) TextBytes() int {
	const longest = len("1234:1234:1234:1234:1234:1234:1234:1234/128")
	return len(b.Room) + len(b.ID) + len(b.Name) + len(b.By) + len(b.ByID) + len(b.Reason) + longest*len(b.Addresses)
}

// inForce reports whether b keeps somebody out at the given time.
func (b *Ban) inForce(now int64) bool { return now < b.idleFrom() }

// idleFrom returns when b ends.
func (b *Ban) idleFrom() int64 {
	if b.Lifted {
		return 0
	}
	return b.Until
}

// version compares two bans of the same member by what makes one of them hold. It is 0 only
// if they say the same, but for names and addresses.
func (b *Ban) version(other *Ban) int {
	lifted := func(b *Ban) int {
		if b.Lifted {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(b.From, other.From), cmp.Compare(lifted(b), lifted(other)), cmp.Compare(b.Until, other.Until),
		strings.Compare(b.By, other.By), strings.Compare(b.Reason, other.Reason),
	)
}

// err is what somebody is told whom b keeps out.
func (b *Ban) err() shared.Error {
	return shared.Error{Code: shared.CodeBanned, Message: "you are banned from this room for now", By: b.By, Reason: b.Reason, Until: b.Until}
}
