package hub

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"rollcall/shared"
)

// Record is what one node states about a member with sessions on it.
type Record struct {
	// User is the member as shown, except that the status is that of the sessions on
	// this node alone, and that Devices is 0: see Sessions and Ending.
	User shared.User
	// Masked is set while User.StatusSince is not of User.Status: the member is shown with
	// a more attentive one, of another node.
	Masked bool
	// Stamp counts what the member has changed on all nodes, except the status. The record with
	// the highest is the latest.
	Stamp uint64
	// Sessions is how many sessions the member has on the node, at most
	// shared.MaxDevices, and Ending how many ended there in the grace period.
	Sessions, Ending int
}

// maxStamp is the maximum of Record.Stamp in what another node sends, so that there is
// always a higher one.
const maxStamp = 1 << 53

// Check returns an error if rec breaks a rule that members' own input is held to, or has
// an impossible stamp. Records of other nodes must be checked before Hub.Remote.
func (rec Record) Check() error {
	if rec.Stamp > maxStamp {
		return fmt.Errorf("stamp %d is no number of changes", rec.Stamp)
	}
	for _, n := range []int{rec.Sessions, rec.Ending} {
		if n < 0 || n > shared.MaxDevices {
			return fmt.Errorf("%d is no number of sessions: it is at most %d", n, shared.MaxDevices)
		}
	}
	return shared.CheckUser(rec.User)
}

// hash returns a hash of the whole record.
func (rec Record) hash() shared.Hash {
	counts := shared.Hash(rec.Sessions)<<56 + shared.Hash(rec.Ending)<<60 // beyond any Stamp
	h := shared.HashUser(rec.User) + shared.Hash(rec.Stamp) + counts
	if rec.Masked {
		h = ^h
	}
	return h * 0x9e3779b97f4a7c15
}

// beats reports whether rec, of node, wins over other, of otherNode: the later change
// wins, then a note without an end (the end of a note is no change of the member's: it must
// not win over one), then the earlier arrival, then the lower name of the node.
func (rec Record) beats(other Record, node, otherNode string) bool {
	return cmp.Or(
		cmp.Compare(rec.Stamp, other.Stamp),
		-cmp.Compare(min(rec.User.NoteUntil, 1), min(other.User.NoteUntil, 1)),
		-cmp.Compare(rec.User.JoinedAt, other.User.JoinedAt),
		-strings.Compare(node, otherNode),
	) > 0
}

// RoomRecord is what a room says of itself, with the version of that. The same version is
// the same on all nodes.
type RoomRecord struct {
	Info    shared.RoomInfo
	Hosting Hosting `json:",omitzero"`
	Stamp   uint64  // counts the changes on all nodes; 0 if there was none
	Node    string  // that made the latest; it decides between two with the same Stamp
}

// Check returns an error if rec breaks a rule that Hub.SetRoomInfo is held to, or has an
// impossible stamp. What other nodes send must be checked before Hub.Remote.
func (rec RoomRecord) Check() error {
	if rec.Stamp > maxStamp || rec.Stamp == 0 && rec != (RoomRecord{}) {
		return fmt.Errorf("stamp %d is no number of changes of a room", rec.Stamp)
	}
	return Kept{rec.Info, rec.Hosting}.Check()
}

// Check returns an error if c breaks a rule that clients, or callers of a Hub, are held to,
// or is of a kind that is not known. What other nodes send must be checked before Hub.Remote.
func (c Change) Check() error {
	switch c.Kind {
	case ChangeHere:
		return c.Record.Check()
	case ChangeGone, ChangeLeft, ChangeKnockAnswered:
		return shared.CheckID(c.ID)
	case ChangeRoom:
		return c.Room.Check()
	case ChangeKick:
		return c.checkKick()
	case ChangeAnnounce:
		return checkAnnouncement(c.Announcement)
	case ChangeBan:
		if c.Ban == nil {
			return errors.New("no ban")
		}
		return c.Ban.check()
	case ChangeKnocks:
		return checkKnocks(c.Knocks)
	case ChangeBegin, ChangeEnd, ChangeProof:
		return nil
	}
	return fmt.Errorf("a change of kind %d", c.Kind)
}

// hash returns a hash of what rec says and of its stamp.
func (rec RoomRecord) hash() shared.Hash {
	hosts := shared.HashRoomInfo(shared.RoomInfo{Title: rec.Hosting.Hosts, Locked: rec.Hosting.Locked}) * 3 // 0 for none, as before there were any
	return (shared.HashRoomInfo(rec.Info) + hosts + shared.Hash(rec.Stamp)) * 0x9e3779b97f4a7c15
}

// beats reports whether rec wins over other: the later change wins, then the lower name of
// the node.
func (rec RoomRecord) beats(other RoomRecord) bool {
	return cmp.Or(cmp.Compare(rec.Stamp, other.Stamp), -strings.Compare(rec.Node, other.Node)) > 0
}

// Digest identifies a node's part of a room: the number of its records, and the XOR of
// their hashes and of that of its RoomRecord.
type Digest struct {
	Count int
	Hash  shared.Hash
}

// swap replaces one record in the digest by another. Either may be nil.
func (d *Digest) swap(old, now *Record) {
	if old != nil {
		d.Count--
		d.Hash ^= old.hash()
	}
	if now != nil {
		d.Count++
		d.Hash ^= now.hash()
	}
}
