package feed

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"rollcall/shared"
)

// The log against the plainest one: everything ever appended, in one slice.
func TestLogIsASuffixOfAllThatWasAppended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l Log
		var all []byte
		behind := []uint64{0} // behind[rev] is the offset behind the diff rev
		rev := uint64(0)
		type held struct {
			from  uint64
			bytes []byte
		}
		var handedOut []held
		for range rapid.IntRange(1, 200).Draw(t, "appends") {
			keep := rapid.IntRange(100, 2000).Draw(t, "keep")
			var e shared.Event
			if rapid.IntRange(0, 9).Draw(t, "aside") == 0 {
				e = shared.Heartbeat{Rev: rev}
				l.AppendOther(e, keep)
			} else {
				rev++
				e = shared.DisconnectUser{Rev: rev, ID: fmt.Sprintf("%*d", rapid.IntRange(1, 300).Draw(t, "size"), rev)}
				l.AppendDiff(rev, e, keep)
			}
			all = append(shared.Append(all, e), shared.Separator)
			if rev == uint64(len(behind)) {
				behind = append(behind, uint64(len(all)))
			}
			if l.Head() != uint64(len(all)) {
				t.Fatalf("head %d, want %d", l.Head(), len(all))
			}
			const envelope = 500 // more than the largest here
			if len(l.buf) > max(2*keep, keep+envelope) {
				t.Fatalf("%d bytes kept, where %d are worth keeping", len(l.buf), keep)
			}
			from := uint64(rapid.IntRange(0, int(rev)).Draw(t, "from"))
			at, ok := l.OffsetAfter(from, rev)
			if !ok {
				if from == rev || behind[from] >= l.base && len(l.starts) > 0 && from+1 >= l.first {
					t.Fatalf("revision %d of %d is in the log but not found", from, rev)
				}
				continue
			}
			b, ok := l.Since(at)
			if !ok {
				t.Fatalf("no slice from %d", at)
			}
			handedOut = append(handedOut, held{at, b})
			if diffs := read(t, b).diffs; from < rev && diffs[0] != from+1 {
				t.Fatalf("after %d the log goes on with %d", from, diffs)
			}
		}
		for _, h := range handedOut { // later appends changed none of them
			if !bytes.Equal(h.bytes, all[h.from:][:len(h.bytes)]) {
				t.Fatalf("the slice from %d is no longer what it was", h.from)
			}
		}
	})
}

// reader keeps what the tests look at of the events in a frame. Other events than
// these make it panic.
type reader struct {
	shared.ServerEvents
	diffs    []uint64
	snapshot shared.ExistingUsers
}

func (r *reader) DisconnectUser(e shared.DisconnectUser) error {
	r.diffs = append(r.diffs, e.Rev)
	return nil
}
func (r *reader) ExistingUsers(e shared.ExistingUsers) error   { r.snapshot = e; return nil }
func (r *reader) RoomInfoChanged(shared.RoomInfoChanged) error { return nil }
func (r *reader) Heartbeat(shared.Heartbeat) error             { return nil }

func read(t *rapid.T, frame []byte) (r reader) {
	if len(frame) == 0 {
		return r
	}
	if err := shared.ReadServer(frame, &r); err != nil {
		t.Fatalf("%q: %v", frame, err)
	}
	return r
}

// The pages against a map, with snapshots in between that must stay as they were.
func TestPagesHoldExactlyTheUsers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Pages
		users := map[string]*Entry{}
		var order []string
		type held struct{ runs, copies [][]byte }
		var handedOut []held
		for i := range rapid.IntRange(1, 400).Draw(t, "operations") {
			checkHeld(t, &p)
			if len(order) > 0 && rapid.Bool().Draw(t, "remove") {
				j := rapid.IntRange(0, len(order)-1).Draw(t, "which")
				p.Remove(users[order[j]])
				delete(users, order[j])
				order = append(order[:j], order[j+1:]...)
			} else {
				id := fmt.Sprint("u", i)
				note := string(bytes.Repeat([]byte{'n'}, rapid.IntRange(0, 3000).Draw(t, "note")))
				users[id] = p.Add(shared.User{ID: id, Note: note})
				order = append(order, id)
			}
			if rapid.IntRange(0, 9).Draw(t, "snapshot") == 0 {
				runs := p.Snapshot()
				copies := make([][]byte, len(runs))
				for i, run := range runs {
					copies[i] = bytes.Clone(run)
				}
				handedOut = append(handedOut, held{runs, copies})
				checkPages(t, &p, runs, users)
			}
		}
		for _, h := range handedOut {
			for i := range h.runs {
				if !bytes.Equal(h.runs[i], h.copies[i]) {
					t.Fatal("a snapshot changed after it was handed out")
				}
			}
		}
	})
}

// checkHeld checks how much the pages take, whether anybody asks for a snapshot or not.
func checkHeld(t *rapid.T, p *Pages) {
	held := 0
	for _, pg := range p.list {
		held += cap(pg.bytes)
	}
	if held != p.held {
		t.Fatalf("held is %d, the pages take %d bytes", p.held, held)
	}
	const grown = 2 // so much larger than what is in it append makes a buffer at most
	if most := grown * (2*p.live + (3+2*p.live/PageBytes)*pageSlack); held > most {
		t.Fatalf("%d bytes for %d that are live", held, p.live)
	}
}

func checkPages(t *rapid.T, p *Pages, runs [][]byte, users map[string]*Entry) {
	live := 0
	for _, run := range runs {
		live += len(run)
		if len(run) > 2*PageBytes {
			t.Fatalf("a page of %d bytes", len(run))
		}
	}
	if live != p.live {
		t.Fatalf("live is %d, the pages have %d bytes", p.live, live)
	}
	if len(runs) > 3+2*live/PageBytes {
		t.Fatalf("%d pages for %d bytes", len(runs), live)
	}
	head, tail := shared.SplitSnapshot(shared.ExistingUsers{Rev: 1})
	all := bytes.Join(runs, nil)
	if len(all) > 0 {
		all = all[1:]
	}
	var r shared.Roster
	if err := r.Apply(read(t, append(append(head, all...), tail...)).snapshot); err != nil {
		t.Fatal(err)
	}
	if r.Len() != len(users) {
		t.Fatalf("%d users in the pages, want %d", r.Len(), len(users))
	}
	for id := range users {
		if _, ok := r.Get(id); !ok {
			t.Fatalf("%s is missing", id)
		}
	}
}

// One diff encoded and appended to a log that keeps as much as one may.
func BenchmarkAppend(b *testing.B) {
	var l Log
	b.ReportAllocs()
	for rev := uint64(1); b.Loop(); rev++ {
		l.AppendDiff(rev, shared.NewUser{Rev: rev, User: shared.User{
			ID: "ABCDEFGHIJKLMNOP", Name: "newcomer", Status: shared.StatusActive, JoinedAt: 1_800_000_000_000,
		}}, 1<<20)
	}
}
