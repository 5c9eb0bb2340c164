package hub

import (
	"unsafe"

	"rollcall/server/hub/feed"
	"rollcall/shared"
)

// Sizes of the parts of a room without text, in bytes, including their places in maps
// and lists, which are three quarters full on average.
const (
	mapSlot      = (16 + 8) * 4 / 3 // a string and a pointer
	memberBytes  = int(unsafe.Sizeof(member{})+unsafe.Sizeof(feed.Entry{})+unsafe.Sizeof(shared.User{})) + 2*mapSlot + 4*8
	sessionBytes = int(unsafe.Sizeof(Session{})) + 3*8
	pendingBytes = sessionBytes + timerBytes
	knockBytes   = int(unsafe.Sizeof(knock{})) + shared.MaxNameBytes
	remoteBytes  = int(unsafe.Sizeof(remote{}))
	timerBytes   = 128 // with the function that it calls
)

// size returns about how many bytes the room takes, without writes in progress and
// without the peers. Every structure of a room is counted and bounded by its members,
// its sessions and Config.LogBytes; server/model checks both. It takes time proportional
// to the number of nodes.
func (r *room) size() int {
	members, remotes := len(r.members), 0
	for _, p := range r.replica.parts {
		remotes += p.digest.Count
	}
	text := r.pages.Live() // what is said of the members, in about that many bytes
	size := int(unsafe.Sizeof(*r)) + 3*timerBytes
	info := r.roster.Info()
	size += len(info.Title) + len(info.Topic) + len(r.info.Node)
	for _, a := range r.announced.kept {
		size += cap(a.envelope) + int(unsafe.Sizeof(a))
	}
	size += r.log.Size() + r.pages.Size()
	size += members*memberBytes + text + cap(r.notes.members)*8
	size += len(r.sessions)*sessionBytes + (len(r.pending)+len(r.watching.counters))*pendingBytes + r.direct
	size += r.watching.rosters * timerBytes
	size += len(r.hosting.here)*mapSlot + len(r.knocks.encoded)
	for _, p := range r.replica.parts {
		size += len(p.knocks) * knockBytes
	}
	size += cap(r.knocks.refused)*int(unsafe.Sizeof(refusal{})) + r.knocks.kept*knockBytes
	size += len(r.replica.parts)*64 + remotes*(remoteBytes+text/max(1, members))
	size += cap(r.fanout.woken)*8 + len(r.fanout.flushers)*int(unsafe.Sizeof(flusher{}))
	return size
}
