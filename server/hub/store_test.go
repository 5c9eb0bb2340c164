package hub

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
		var l log
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
				l.aside(e, keep)
			} else {
				rev++
				e = shared.DisconnectUser{Rev: rev, ID: fmt.Sprintf("%*d", rapid.IntRange(1, 300).Draw(t, "size"), rev)}
				l.diff(rev, e, keep)
			}
			all = append(shared.Append(all, e), shared.Separator)
			if rev == uint64(len(behind)) {
				behind = append(behind, uint64(len(all)))
			}
			if l.head() != uint64(len(all)) {
				t.Fatalf("head %d, want %d", l.head(), len(all))
			}
			const envelope = 500 // more than the largest here
			if len(l.buf) > max(2*keep, keep+envelope) {
				t.Fatalf("%d bytes kept, where %d are worth keeping", len(l.buf), keep)
			}
			from := uint64(rapid.IntRange(0, int(rev)).Draw(t, "from"))
			at, ok := l.after(from, rev)
			if !ok {
				if from == rev || behind[from] >= l.base && len(l.starts) > 0 && from+1 >= l.first {
					t.Fatalf("revision %d of %d is in the log but not found", from, rev)
				}
				continue
			}
			b, ok := l.slice(at)
			if !ok {
				t.Fatalf("no slice from %d", at)
			}
			handedOut = append(handedOut, held{at, b})
			first := nextDiff(t, b)
			if from < rev && first != from+1 {
				t.Fatalf("after %d the log goes on with %d", from, first)
			}
		}
		for _, h := range handedOut { // later appends changed none of them
			if !bytes.Equal(h.bytes, all[h.from:][:len(h.bytes)]) {
				t.Fatalf("the slice from %d is no longer what it was", h.from)
			}
		}
	})
}

// nextDiff returns the revision of the first diff of a frame, 0 if there is none.
func nextDiff(t *rapid.T, frame []byte) uint64 {
	if len(frame) == 0 {
		return 0
	}
	events, err := decode(frame)
	if err != nil {
		t.Fatalf("%q: %v", frame, err)
	}
	for _, e := range events {
		if e, ok := e.(shared.DisconnectUser); ok {
			return e.Rev
		}
	}
	return 0
}

// The pages against a map, with snapshots in between that must stay as they were.
func TestPagesHoldExactlyTheUsers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p pages
		users := map[string]*entry{}
		var order []string
		type held struct{ runs, copies [][]byte }
		var handedOut []held
		for i := range rapid.IntRange(1, 400).Draw(t, "operations") {
			if len(order) > 0 && rapid.Bool().Draw(t, "remove") {
				j := rapid.IntRange(0, len(order)-1).Draw(t, "which")
				p.remove(users[order[j]])
				delete(users, order[j])
				order = append(order[:j], order[j+1:]...)
			} else {
				id := fmt.Sprint("u", i)
				note := string(bytes.Repeat([]byte{'n'}, rapid.IntRange(0, 3000).Draw(t, "note")))
				users[id] = p.add(shared.User{ID: id, Note: note})
				order = append(order, id)
			}
			if rapid.IntRange(0, 9).Draw(t, "snapshot") == 0 {
				runs := p.snapshot()
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

func checkPages(t *rapid.T, p *pages, runs [][]byte, users map[string]*entry) {
	live := 0
	for _, run := range runs {
		live += len(run)
		if len(run) > 2*pageBytes {
			t.Fatalf("a page of %d bytes", len(run))
		}
	}
	if live != p.live {
		t.Fatalf("live is %d, the pages have %d bytes", p.live, live)
	}
	if len(runs) > 3+2*live/pageBytes {
		t.Fatalf("%d pages for %d bytes", len(runs), live)
	}
	head, tail := shared.SplitSnapshot(shared.ExistingUsers{Rev: 1})
	all := bytes.Join(runs, nil)
	if len(all) > 0 {
		all = all[1:]
	}
	var r shared.Roster
	events, err := decode(append(append(head, all...), tail...))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(events[0]); err != nil {
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
