package wires

import (
	"fmt"

	"rollcall/shared"
)

// ledger is what all clients of a room have been told so far, each thing once.
type ledger struct {
	members map[string]int // by public id, of all rooms
	epoch   string
	diffs   []diff            // by revision
	roll    []person          // as the latest snapshot had them, in its order
	people  map[string]person // by public id, as last seen
	asked   int               // how often Ask was called
	truth   *shared.Roster    // the latest answer to it
}

// diff is one revision of the room; without text it was not seen yet.
type diff struct {
	text   string
	member int
	change int // of the number of members
	hash   shared.Hash
}

// person is a member as encoded in a snapshot.
type person struct {
	text   string
	member int
	hash   shared.Hash
}

// diff returns the diff that makes a revision, without text if it was not seen.
func (l *ledger) diff(rev uint64) diff {
	if rev < uint64(len(l.diffs)) {
		return l.diffs[rev]
	}
	return diff{}
}

// enter notes what a client was told of a revision, or finds that another
// client was told otherwise.
func (l *ledger) enter(rev uint64, d diff) error {
	for rev >= uint64(len(l.diffs)) {
		l.diffs = append(l.diffs, diff{})
	}
	if known := l.diffs[rev]; known.text != "" && known.text != d.text {
		return fmt.Errorf("revision %d is %s for one client and %s for another", rev, known.text, d.text)
	}
	l.diffs[rev] = d
	return nil
}

// arrived is the diff of somebody who came.
func (l *ledger) arrived(text []byte, u shared.User) (diff, error) {
	member, known := l.members[u.ID]
	if !known {
		return diff{}, fmt.Errorf("nobody of us is %s", u.ID)
	}
	p := person{member: member, hash: shared.HashUser(u)}
	l.people[u.ID] = p
	return diff{text: string(text), member: member, change: 1, hash: p.hash}, nil
}

// departed is the diff of somebody who went.
func (l *ledger) departed(text []byte, id string) (diff, error) {
	p, known := l.people[id]
	if !known {
		return diff{}, fmt.Errorf("%s goes, who was never there", id)
	}
	return diff{text: string(text), member: p.member, change: -1, hash: p.hash}, nil
}

// at returns the i-th person of a snapshot if text begins with the same
// encoded user as in the latest snapshot of another client.
func (l *ledger) at(i int, text []byte) (person, bool) {
	if i >= len(l.roll) {
		return person{}, false
	}
	p := l.roll[i]
	return p, len(text) > len(p.text) && string(text[:len(p.text)]) == p.text
}

// list notes the i-th person of a snapshot.
func (l *ledger) list(i int, text []byte, u shared.User) (person, error) {
	member, known := l.members[u.ID]
	if !known {
		return person{}, fmt.Errorf("nobody of us is %s", u.ID)
	}
	p := person{text: string(text), member: member, hash: shared.HashUser(u)}
	l.people[u.ID] = p
	if i == len(l.roll) {
		l.roll = append(l.roll, p)
	} else {
		l.roll[i] = p
	}
	return p, nil
}
