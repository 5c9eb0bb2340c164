package feed

import (
	"slices"
	"unsafe"

	"rollcall/shared"
)

// PageBytes is about how many bytes of users a page holds when it is full. A page
// exceeds it by less than one user.
const PageBytes = 32 << 10

// pageSlack is how many bytes of removed users a page may hold however few users
// are left in it: rewriting a page to save less is not worth the work.
const pageSlack = 1 << 10

// Pages keep a roster encoded, so that a snapshot of it is a list of slices:
// nothing is encoded or copied per reader. The zero Pages are empty and ready to
// use. They are not safe for concurrent use.
//
// Bytes handed out are never changed. A page is only appended to. One that lost
// users is rewritten, for the next snapshot or when as many of its bytes are dead
// as are live. So pages take about twice what the users do, and each byte is copied
// a few times in its life.
type Pages struct {
	list []*page
	live int // bytes of the users that are present
	held int // capacity of all pages' buffers, in bytes
}

// page is a run of encoded users, each behind a comma.
type page struct {
	bytes   []byte
	entries []*Entry // in the order of bytes, removed ones included
	dead    int      // bytes of removed entries
}

// Entry is the place of one user in Pages. It is used once: a user that changes is
// removed and added again.
type Entry struct {
	page     *page // nil once the user is removed
	from, to uint32
}

// Live returns how many bytes the encoded users take, without unused space.
func (p *Pages) Live() int { return p.live }

// Size returns how many bytes the pages take, used or not. Entries are not counted.
func (p *Pages) Size() int { return p.held + len(p.list)*int(unsafe.Sizeof(page{})) }

// Add encodes u behind all other users and returns its place, which the caller
// passes to Remove later. It takes amortized time proportional to the user's size.
func (p *Pages) Add(u shared.User) *Entry {
	e := new(Entry)
	user := shared.AppendUser([]byte{','}, u)
	p.live += len(user)
	p.append(e, user)
	return e
}

// append appends an encoded user to the last page, or to a new one if that is full.
func (p *Pages) append(e *Entry, user []byte) {
	if n := len(p.list); n == 0 || len(p.list[n-1].bytes) >= PageBytes {
		p.list = append(p.list, &page{})
	}
	last := p.list[len(p.list)-1]
	p.held -= cap(last.bytes)
	e.page, e.from = last, uint32(len(last.bytes))
	last.bytes = append(last.bytes, user...)
	e.to = uint32(len(last.bytes))
	last.entries = append(last.entries, e)
	p.held += cap(last.bytes)
}

// Remove removes the user that Add put at e. It must be called once for each e.
// It takes amortized time proportional to the user's size.
func (p *Pages) Remove(e *Entry) {
	pg, n := e.page, int(e.to-e.from)
	e.page = nil
	p.live -= n
	if pg.dead += n; 2*pg.dead > len(pg.bytes)+pageSlack {
		p.clean(pg)
	}
	if len(p.list) > 2+2*p.live/PageBytes {
		p.repack()
	}
}

// Snapshot returns the encoded users in runs, each user behind a comma, each run
// about PageBytes long at most. It rewrites the pages that lost users since the last
// snapshot; beside that its cost is proportional to the number of pages. The bytes
// belong to the pages, and nobody may change them.
func (p *Pages) Snapshot() [][]byte {
	p.list = slices.DeleteFunc(p.list, func(pg *page) bool {
		if pg.dead > 0 {
			p.clean(pg)
		}
		if len(pg.entries) == 0 {
			p.held -= cap(pg.bytes)
		}
		return len(pg.entries) == 0
	})
	runs := make([][]byte, len(p.list))
	for i, pg := range p.list {
		runs[i] = slices.Clip(pg.bytes)
	}
	return runs
}

// clean rewrites the page without its removed users.
func (p *Pages) clean(pg *page) {
	p.held -= cap(pg.bytes)
	size := min(len(pg.bytes), 2*(len(pg.bytes)-pg.dead)+pageSlack) // leaves space for users to come
	bytes := make([]byte, 0, size)
	entries := slices.DeleteFunc(pg.entries, func(e *Entry) bool { return e.page == nil })
	if cap(entries) > 64+4*len(entries) {
		entries = slices.Clone(entries)
	}
	for _, e := range entries {
		at := uint32(len(bytes))
		bytes = append(bytes, pg.bytes[e.from:e.to]...)
		e.from, e.to = at, uint32(len(bytes))
	}
	*pg = page{bytes: bytes, entries: entries}
	p.held += cap(bytes)
}

// repack moves all users into full pages when removals have left many thin ones.
// It happens once for each halving of the roster, so removals pay for it.
func (p *Pages) repack() {
	old := p.list
	p.list, p.held = nil, 0
	for _, pg := range old {
		for _, e := range pg.entries {
			if e.page != nil {
				p.append(e, pg.bytes[e.from:e.to])
			}
		}
	}
}
