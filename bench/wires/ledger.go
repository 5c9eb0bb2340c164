package wires

import (
	"fmt"

	"rollcall/shared"
)

// ledger holds what the clients of a room on one server were told in one epoch, each
// event once.
type ledger struct {
	epoch  string
	diffs  []diff            // by revision
	roll   []person          // as the latest snapshot had them, in its order
	people map[string]person // by public id, as of the latest revision
	info   shared.RoomInfo   // as of the latest revision
}

// diff is the event of one revision; its text is "" before a client has received it.
type diff struct {
	text   string
	member int
	change int         // of the number of members: 1, 0 or -1
	hash   shared.Hash // the difference of the roster's hash
}

// person is a member as encoded in a snapshot.
type person struct {
	text   string
	member int
	hash   shared.Hash
}

// diff returns the diff of a revision, zero if no client has received it.
func (l *ledger) diff(rev uint64) diff {
	if rev < uint64(len(l.diffs)) {
		return l.diffs[rev]
	}
	return diff{}
}

// enter records the diff of a revision. It returns an error if another client was told
// another one.
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

// at returns the i-th person of the latest snapshot of any client, if text begins with
// the same encoded user.
func (l *ledger) at(i int, text []byte) (person, bool) {
	if i >= len(l.roll) {
		return person{}, false
	}
	p := l.roll[i]
	return p, len(text) > len(p.text) && string(text[:len(p.text)]) == p.text
}

// says records what the room says of itself in a snapshot at a revision.
func (l *ledger) says(rev uint64, info shared.RoomInfo) {
	if rev+1 >= uint64(len(l.diffs)) {
		l.info = info
	}
}

// list records the i-th person of a snapshot at a revision.
func (l *ledger) list(i int, rev uint64, p person, id string) {
	if _, known := l.people[id]; !known || rev+1 >= uint64(len(l.diffs)) {
		l.people[id] = p
	}
	if i == len(l.roll) {
		l.roll = append(l.roll, p)
	} else {
		l.roll[i] = p
	}
}
