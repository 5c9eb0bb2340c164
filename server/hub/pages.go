package hub

import (
	"slices"

	"rollcall/shared"
)

// pageBytes is about how large a page of a roster grows.
const pageBytes = 32 << 10

// pages keep a room's roster encoded, so that a snapshot is a list of slices:
// nothing is encoded or copied per reader. Bytes handed out are never changed:
// a page is only appended to, and one that lost a user is made anew for the
// next snapshot.
type pages struct {
	list []*page
	live int // bytes of the users that are present
}

// page is a run of encoded users, each behind a comma.
type page struct {
	bytes   []byte
	entries []*entry // in the order of bytes, those that are gone included
	stale   bool     // some entry is gone
}

// entry is the place of one user. It serves once: a changed user gets a new one.
type entry struct {
	page     *page // nil once the user is gone
	from, to uint32
}

// add appends u to the last page.
func (p *pages) add(u shared.User) *entry {
	e := new(entry)
	p.put(e, shared.AppendUser([]byte{','}, u))
	p.live += int(e.to - e.from)
	return e
}

// put appends an encoded user to the last page, or to a new one if that is full.
func (p *pages) put(e *entry, user []byte) {
	if n := len(p.list); n == 0 || len(p.list[n-1].bytes) >= pageBytes {
		p.list = append(p.list, &page{})
	}
	last := p.list[len(p.list)-1]
	e.page, e.from = last, uint32(len(last.bytes))
	last.bytes = append(last.bytes, user...)
	e.to = uint32(len(last.bytes))
	last.entries = append(last.entries, e)
}

// remove takes out what add put at e.
func (p *pages) remove(e *entry) {
	p.live -= int(e.to - e.from)
	e.page.stale = true
	e.page = nil
}

// snapshot returns the encoded users in runs, each user behind a comma. It
// costs the copying of those pages that lost somebody since the last one.
func (p *pages) snapshot() [][]byte {
	if len(p.list) > 2+2*p.live/pageBytes {
		p.repack()
	}
	p.list = slices.DeleteFunc(p.list, func(pg *page) bool {
		if pg.stale {
			pg.clean()
		}
		return len(pg.entries) == 0
	})
	runs := make([][]byte, len(p.list))
	for i, pg := range p.list {
		runs[i] = slices.Clip(pg.bytes)
	}
	return runs
}

// clean makes the page anew without the users that are gone.
func (pg *page) clean() {
	bytes := make([]byte, 0, len(pg.bytes))
	entries := make([]*entry, 0, len(pg.entries))
	for _, e := range pg.entries {
		if e.page == nil {
			continue
		}
		at := uint32(len(bytes))
		bytes = append(bytes, pg.bytes[e.from:e.to]...)
		e.from, e.to = at, uint32(len(bytes))
		entries = append(entries, e)
	}
	*pg = page{bytes: bytes, entries: entries}
}

// repack moves all users into full pages, where departures left many thin ones.
// Departures pay for it: it happens once for each halving.
func (p *pages) repack() {
	old := p.list
	p.list = nil
	for _, pg := range old {
		for _, e := range pg.entries {
			if e.page != nil {
				p.put(e, pg.bytes[e.from:e.to])
			}
		}
	}
}
