package wires

import (
	"bytes"
	"encoding/json"
	"fmt"

	"rollcall/bench/crowd"
	"rollcall/shared"
)

// rollcallReader is one client's reading half: where it is in the room's
// history, and what it must believe there.
type rollcallReader struct {
	client *crowd.Client
	room   *ledger
	proof  *proof // under way; nil if the client was not asked for it

	rev   uint64
	count int
	hash  shared.Hash

	snapshot *snapshot // inside of one; nil between envelopes
	partial  *snapshot // the chunks so far of one that has more to come
	comma    bool      // an element was read, so a separator is due
}

// snapshot is one whose users are being read.
type snapshot struct {
	head  shared.ExistingUsers
	users int
	hash  shared.Hash
}

func (r *rollcallReader) Opened() error {
	r.client.Ready()
	return nil
}

func (r *rollcallReader) Text(data []byte, last bool) (used int, err error) {
	for used < len(data) {
		n, err := r.next(data[used:], last)
		if err != nil {
			return used, err
		}
		if n == 0 {
			break
		}
		used += n
	}
	if last && (r.snapshot != nil || !r.comma) {
		return used, fmt.Errorf("a message ends in the middle: %.100q", data[used:])
	}
	if last {
		r.comma = false
	}
	return used, r.prove(data[:used], last)
}

// next uses what data begins with and returns its length, 0 if it is not whole.
func (r *rollcallReader) next(data []byte, last bool) (int, error) {
	switch {
	case r.snapshot != nil:
		return r.user(data)
	case r.comma:
		if data[0] != shared.Separator {
			return 0, fmt.Errorf("%.100q where a separator should be", data)
		}
		r.comma = false
		return 1, nil
	}
	next := r.room.diff(r.rev + 1)
	if n := len(next.text); n > 0 && len(data) >= n && string(data[:n]) == next.text {
		r.follow(next)
		r.comma = true
		return n, nil
	}
	return r.envelope(data, last)
}

// follow goes on to the next revision.
func (r *rollcallReader) follow(d diff) {
	r.rev++
	r.count += d.change
	r.hash ^= d.hash
	r.client.Changed(d.member, d.change)
}

var (
	snapshotBegins = []byte(`{"event":"existing_users","data":{"you":`)
	usersBegin     = []byte(`"users":[`)
	snapshotEnds   = []byte(`]}}`)
)

// envelope decodes one that no other client has seen in this place.
func (r *rollcallReader) envelope(data []byte, last bool) (int, error) {
	if bytes.HasPrefix(data, snapshotBegins) {
		return r.head(data)
	}
	end := bytes.IndexByte(data, shared.Separator)
	if end < 0 {
		if !last {
			return 0, nil
		}
		end = len(data)
	}
	r.comma = true
	return end, shared.ReadServer(data[:end], told{r, data[:end]})
}

// head decodes what stands before the users of a snapshot.
func (r *rollcallReader) head(data []byte) (int, error) {
	n := bytes.Index(data[:min(len(data), 1<<10)], usersBegin)
	if n < 0 {
		return 0, nil
	}
	n += len(usersBegin)
	var fold folder
	if err := shared.ReadServer(append(bytes.Clone(data[:n]), snapshotEnds...), &fold); err != nil {
		return 0, err
	}
	return n, r.begin(fold.head)
}

func (r *rollcallReader) begin(head shared.ExistingUsers) error {
	if r.room.epoch == "" {
		r.room.epoch = head.Epoch
	}
	if head.Epoch != r.room.epoch {
		return fmt.Errorf("a snapshot of epoch %s in %s", head.Epoch, r.room.epoch)
	}
	r.snapshot, r.partial = r.partial, nil
	if r.snapshot == nil {
		r.snapshot = new(snapshot)
		r.client.Forgot()
	} else if r.snapshot.head.Rev != head.Rev {
		return fmt.Errorf("a snapshot at %d goes on at %d", r.snapshot.head.Rev, head.Rev)
	}
	r.snapshot.head = head
	return nil
}

// user reads one user of a snapshot, or its end.
func (r *rollcallReader) user(data []byte) (int, error) {
	s := r.snapshot
	if data[0] == ']' {
		if len(data) < len(snapshotEnds) {
			return 0, nil
		}
		return len(snapshotEnds), r.end()
	}
	begin := 0
	if data[0] == ',' {
		begin = 1
	}
	p, same := r.room.at(s.users, data[begin:])
	if !same {
		end := bytes.IndexByte(data, '}') // no name of ours has one
		if end < 0 {
			return 0, nil
		}
		text := data[begin : end+1]
		var u shared.User
		err := json.Unmarshal(text, &u)
		if err != nil {
			return 0, fmt.Errorf("user %.100q: %w", text, err)
		}
		if p, err = r.room.list(s.users, text, u); err != nil {
			return 0, err
		}
	}
	s.users++
	s.hash ^= p.hash
	r.client.Listed(p.member)
	return begin + len(p.text), nil
}

// end takes the snapshot for true, if it was the last part of it.
func (r *rollcallReader) end() error {
	s := r.snapshot
	r.snapshot, r.comma = nil, true
	if s.head.More {
		r.partial = s
		return nil
	}
	r.rev, r.count, r.hash = s.head.Rev, s.users, s.hash
	return nil
}

// prove decodes the answer to Ask a second time, as any client would.
func (r *rollcallReader) prove(text []byte, last bool) error {
	if r.proof == nil {
		return nil
	}
	truth, err := r.proof.take(text, last)
	if truth != nil {
		r.room.truth, r.proof = truth, nil
	}
	return err
}
