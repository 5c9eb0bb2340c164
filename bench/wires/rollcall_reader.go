package wires

import (
	"bytes"
	"encoding/json"
	"fmt"

	"rollcall/bench/crowd"
	"rollcall/shared"
)

// rollcallReader decodes what one client receives: the client's revision of the room, and
// the roster at that revision.
type rollcallReader struct {
	client *crowd.Client
	wire   *Rollcall
	room   *ledger
	proof  *proof // under way; nil if the client does not wait for the answer to Ask

	rev   uint64
	count int
	hash  shared.Hash

	partial *snapshot // the chunks so far of one that has more to come
}

// snapshot is a roster whose users are being read.
type snapshot struct {
	head  shared.ExistingUsers
	users int
	hash  shared.Hash
}

func (r *rollcallReader) Opened() error {
	r.partial, r.proof = nil, nil
	return r.client.Ready()
}

func (r *rollcallReader) Text(message []byte) error {
	for rest := message; ; rest = rest[1:] {
		n, err := r.event(rest)
		if err != nil {
			return err
		}
		if rest = rest[n:]; len(rest) == 0 {
			break
		}
		if rest[0] != shared.Separator {
			return fmt.Errorf("%.100q where a separator should be", rest)
		}
		if len(rest) == 1 {
			return endsEarly(rest)
		}
	}
	if r.proof == nil {
		return nil
	}
	err := r.proof.add(message)
	if r.proof.whole {
		r.proof = nil
	}
	return err
}

func endsEarly(rest []byte) error { return fmt.Errorf("a message ends in the middle: %.100q", rest) }

// event decodes the first event of data and returns its length.
func (r *rollcallReader) event(data []byte) (int, error) {
	next := r.room.diff(r.rev + 1)
	if n := len(next.text); n > 0 && len(data) >= n && string(data[:n]) == next.text {
		r.follow(next)
		return n, nil
	}
	if bytes.HasPrefix(data, snapshotBegins) {
		return r.snapshot(data)
	}
	end := bytes.IndexByte(data, shared.Separator)
	if end < 0 {
		end = len(data)
	}
	return end, shared.ReadServer(data[:end], events(func(e shared.Event) error { return r.told(e, data[:end]) }))
}

// follow applies the diff of the next revision.
func (r *rollcallReader) follow(d diff) {
	r.rev++
	r.count += d.change
	r.hash ^= d.hash
	switch d.change {
	case 1:
		r.client.Arrived(d.member)
	case -1:
		r.client.Departed(d.member)
	default:
		r.client.Updated(d.member)
	}
}

var (
	snapshotBegins = []byte(`{"event":"existing_users","data":{"you":`)
	usersBegin     = []byte(`"users":[`)
	snapshotEnds   = []byte(`]}}`)
)

// snapshot decodes a snapshot, or a chunk of one, and returns its length.
func (r *rollcallReader) snapshot(data []byte) (int, error) {
	n := bytes.Index(data[:min(len(data), 1<<10)], usersBegin)
	if n < 0 {
		return 0, endsEarly(data)
	}
	n += len(usersBegin)
	var head proof
	if err := head.add(append(bytes.Clone(data[:n]), snapshotEnds...)); err != nil {
		return 0, err
	}
	s, err := r.begin(head.head)
	for err == nil && !bytes.HasPrefix(data[n:], snapshotEnds) {
		var length int
		length, err = r.user(s, data[n:])
		n += length
	}
	if err != nil {
		return 0, err
	}
	if s.head.More {
		r.partial = s
	} else {
		r.rev, r.count, r.hash = s.head.Rev, s.users, s.hash
		r.client.Complete()
	}
	return n + len(snapshotEnds), nil
}

// begin starts a snapshot, or continues one in chunks.
func (r *rollcallReader) begin(head shared.ExistingUsers) (*snapshot, error) {
	s := r.partial
	r.partial = nil
	if s == nil {
		s, r.room = &snapshot{hash: shared.HashRoomInfo(head.Info)}, r.wire.ledger(r.client, head.Epoch)
		r.room.says(head.Rev, head.Info)
		r.client.Forgot()
	} else if s.head.Rev != head.Rev || r.room.epoch != head.Epoch {
		return nil, fmt.Errorf("a snapshot at %d goes on at %d", s.head.Rev, head.Rev)
	}
	s.head = head
	return s, nil
}

// user decodes the first user in data and returns the length, with the comma before it.
func (r *rollcallReader) user(s *snapshot, data []byte) (int, error) {
	begin := 0
	if bytes.HasPrefix(data, []byte{','}) {
		begin = 1
	}
	p, same := r.room.at(s.users, data[begin:])
	if !same {
		end := bytes.IndexByte(data, '}') // no name of ours has one
		if end < 0 {
			return 0, endsEarly(data)
		}
		text := data[begin : end+1]
		var u shared.User
		err := json.Unmarshal(text, &u)
		if err != nil {
			return 0, fmt.Errorf("user %.100q: %w", text, err)
		}
		p = person{text: string(text), hash: shared.HashUser(u)}
		if p.member, err = r.wire.member(u.ID); err != nil {
			return 0, err
		}
		r.room.list(s.users, s.head.Rev, p, u.ID)
	}
	s.users++
	s.hash ^= p.hash
	r.client.Listed(p.member)
	return begin + len(p.text), nil
}

// told applies an event that is not in the ledger yet.
func (r *rollcallReader) told(e shared.Event, text []byte) error {
	switch e := e.(type) {
	case shared.NewUser:
		return r.shown(e.Rev, e.User, 1, text)
	case shared.UserUpdated:
		return r.shown(e.Rev, e.User, 0, text)
	case shared.DisconnectUser:
		p, known := r.room.people[e.ID]
		if !known {
			return fmt.Errorf("%s goes, who was never there", e.ID)
		}
		return r.enter(e.Rev, diff{text: string(text), member: p.member, change: -1, hash: p.hash})
	case shared.RoomInfoChanged:
		hash := shared.HashRoomInfo(r.room.info) ^ shared.HashRoomInfo(e.RoomInfo)
		r.room.info = e.RoomInfo
		return r.enter(e.Rev, diff{text: string(text), member: -1, hash: hash})
	case shared.Announcement, shared.Watchers:
		return nil
	case shared.Heartbeat:
		if e.Rev != r.rev || e.Count != r.count || e.Hash != r.hash {
			return fmt.Errorf("the server's heartbeat says %d members at %d (%v), held are %d at %d (%v)",
				e.Count, e.Rev, e.Hash, r.count, r.rev, r.hash)
		}
		return nil
	case shared.Resumed:
		if e.Epoch != r.room.epoch || e.Rev != r.rev {
			return fmt.Errorf("resumed at %s/%d, held %s/%d", e.Epoch, e.Rev, r.room.epoch, r.rev)
		}
		r.client.Held()
		return nil
	case shared.Error:
		return e
	}
	return fmt.Errorf("an unexpected %s: %.300s", e.Event(), text)
}

// shown applies an arrival or an update.
func (r *rollcallReader) shown(rev uint64, u shared.User, change int, text []byte) error {
	member, err := r.wire.member(u.ID)
	if err != nil {
		return err
	}
	was, known := r.room.people[u.ID]
	if change == 0 && !known {
		return fmt.Errorf("%s changes, who was never there", u.ID)
	}
	p := person{member: member, hash: shared.HashUser(u)}
	d := diff{text: string(text), member: member, change: change, hash: p.hash}
	if change == 0 {
		d.hash ^= was.hash
	}
	r.room.people[u.ID] = p
	return r.enter(rev, d)
}

// enter adds a diff to the ledger and applies it.
func (r *rollcallReader) enter(rev uint64, d diff) error {
	if rev != r.rev+1 {
		return fmt.Errorf("revision %d after %d", rev, r.rev)
	}
	if err := r.room.enter(rev, d); err != nil {
		return err
	}
	r.follow(d)
	return nil
}
