package hub

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"
)

// index holds rooms sorted by name, in blocks, so that adding a room moves only a few others.
// Its lock may be taken while a room's is held, but not the other way round.
type index struct {
	mu     sync.Mutex
	blocks [][]*room // none is empty
}

// maxBlock is the length beyond which a block is split.
const maxBlock = 512

// find returns the position of the first room whose name is not less than name, and whether
// it has that name. If there is no such room, block is len(x.blocks). x.mu is held.
func (x *index) find(name string) (block, i int, found bool) {
	block = sort.Search(len(x.blocks), func(b int) bool {
		all := x.blocks[b]
		return all[len(all)-1].name >= name
	})
	if block < len(x.blocks) {
		i, found = slices.BinarySearchFunc(x.blocks[block], name, func(r *room, name string) int { return cmp.Compare(r.name, name) })
	}
	return block, i, found
}

// add adds r. It replaces another room of the same name.
func (x *index) add(r *room) {
	x.mu.Lock()
	defer x.mu.Unlock()
	b, i, found := x.find(r.name)
	switch {
	case found:
		x.blocks[b][i] = r
		return
	case len(x.blocks) == 0:
		x.blocks = [][]*room{{r}}
		return
	case b == len(x.blocks):
		b--
		i = len(x.blocks[b])
	}
	all := slices.Insert(x.blocks[b], i, r)
	x.blocks[b] = all
	if half := len(all) / 2; len(all) > maxBlock {
		x.blocks[b] = slices.Clone(all[:half])
		x.blocks = slices.Insert(x.blocks, b+1, slices.Clone(all[half:]))
	}
}

// remove removes r if the index has it.
func (x *index) remove(r *room) {
	x.mu.Lock()
	defer x.mu.Unlock()
	b, i, found := x.find(r.name)
	if !found || x.blocks[b][i] != r {
		return
	}
	if x.blocks[b] = slices.Delete(x.blocks[b], i, i+1); len(x.blocks[b]) == 0 {
		x.blocks = slices.Delete(x.blocks, b, b+1)
	}
}

// after yields, in order, the rooms whose names begin with prefix and are after name. The
// index is not locked meanwhile, so it may miss rooms that are added, and yield rooms that
// are removed.
func (x *index) after(prefix, name string) iter.Seq[*room] {
	return func(yield func(*room) bool) {
		from, inclusive := name, false
		if prefix > name {
			from, inclusive = prefix, true
		}
		for {
			rooms := x.next(from, inclusive)
			for _, r := range rooms {
				if !strings.HasPrefix(r.name, prefix) || !yield(r) {
					return
				}
			}
			if len(rooms) == 0 {
				return
			}
			from, inclusive = rooms[len(rooms)-1].name, false
		}
	}
}

// next returns a copy of the rest of a block, from the first room after name on, or from
// name itself on if inclusive is set.
func (x *index) next(name string, inclusive bool) []*room {
	x.mu.Lock()
	defer x.mu.Unlock()
	b, i, found := x.find(name)
	if found && !inclusive {
		i++
	}
	if b < len(x.blocks) && i == len(x.blocks[b]) {
		b, i = b+1, 0
	}
	if b == len(x.blocks) {
		return nil
	}
	return slices.Clone(x.blocks[b][i:])
}
