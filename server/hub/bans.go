package hub

import (
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"rollcall/shared"
)

// bans holds the bans and the latest kicks of all rooms, whether these are in use or not. Its
// lock may be taken while a room's is held, but not the other way round.
type bans struct {
	hub *Hub

	mu       sync.Mutex
	rooms    map[string]*roomBans
	count    int         // of the bans of all rooms
	idleFrom int64       // before this time none of them is over or lifted
	kicks    []heardKick // of all rooms, the oldest first
	sweep    *time.Timer
}

// roomBans are the bans and kicks of one room. It is never empty.
type roomBans struct {
	sorted   []*keptBan                  // by id
	from     map[netip.Prefix][]*keptBan // by address
	idleFrom int64                       // before this time none of them is over or lifted
	kicks    map[string]Change           // the latest ChangeKick of each member
}

// keptBan is a ban, and until when it is kept: later than it is in force, see bansKept.
type keptBan struct {
	Ban
	kept int64
}

// find returns the index of the ban of a member, or where it would be.
func (rb *roomBans) find(id string) (int, bool) {
	if rb == nil {
		return 0, false
	}
	return slices.BinarySearchFunc(rb.sorted, id, func(b *keptBan, id string) int { return strings.Compare(b.ID, id) })
}

// get returns the ban of a member, or nil.
func (rb *roomBans) get(id string) *keptBan {
	if i, ok := rb.find(id); ok {
		return rb.sorted[i]
	}
	return nil
}

// forgetAddresses removes b from the bans by address.
func (rb *roomBans) forgetAddresses(b *keptBan) {
	for _, a := range b.Addresses {
		if rb.from[a] = slices.DeleteFunc(rb.from[a], func(other *keptBan) bool { return other == b }); len(rb.from[a]) == 0 {
			delete(rb.from, a)
		}
	}
}

// keep puts b in the place of the ban of that member, if any.
func (rb *roomBans) keep(b *keptBan) (added bool) {
	i, had := rb.find(b.ID)
	if had {
		rb.forgetAddresses(rb.sorted[i])
		rb.sorted[i] = b
	} else {
		rb.sorted = slices.Insert(rb.sorted, i, b)
	}
	for _, a := range b.Addresses {
		if rb.from == nil {
			rb.from = make(map[netip.Prefix][]*keptBan)
		}
		rb.from[a] = append(rb.from[a], b)
	}
	return !had
}

// say takes over a ban that is said on this node now, as the latest version. The error is
// ErrTooManyBans.
func (bs *bans) say(b Ban) error {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.sayLocked(b)
}

// sayLocked is say with bs.mu held. A ban of addresses keeps those of the one before.
func (bs *bans) sayLocked(b Ban) error {
	b.From = time.Now().UnixMilli()
	if known := bs.rooms[b.Room].get(b.ID); known != nil {
		b.From = max(b.From, known.From+1)
		if b.Address {
			b = b.with(known.Addresses)
		}
	}
	return bs.put(b, "")
}

// hear takes over a ban of another node, or of a database, unless a later one is known. It
// reports whether it has.
func (bs *bans) hear(b Ban, origin string) (bool, error) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if known := bs.rooms[b.Room].get(b.ID); known != nil {
		newer := b.version(&known.Ban)
		if newer == 0 {
			b = b.with(known.Addresses)
		}
		if newer < 0 || newer == 0 && slices.Equal(b.Addresses, known.Addresses) {
			return false, nil
		}
	}
	err := bs.put(b, origin)
	return err == nil, err
}

// with returns b with more addresses. Two versions of it that each node makes of the same
// end up the same.
func (b Ban) with(addresses []netip.Prefix) Ban {
	all := slices.Concat(b.Addresses, addresses)
	slices.SortFunc(all, netip.Prefix.Compare)
	all = slices.Compact(all)
	b.Addresses = all[:min(len(all), maxAddresses)]
	return b
}

// put takes over b, as a fact and for the other nodes. bs.mu is held.
func (bs *bans) put(b Ban, origin string) error {
	now := time.Now()
	k := &keptBan{Ban: b, kept: max(b.Until, b.Kept, now.Add(bansKept).UnixMilli())}
	if known := bs.rooms[b.Room].get(b.ID); known != nil {
		k.kept = max(k.kept, known.kept)
		if k.Kept = max(b.Kept, known.Until, known.Kept); k.Kept <= b.Until {
			k.Kept = 0
		}
	} else if !bs.makeRoom(b.Room, now.UnixMilli()) {
		return ErrTooManyBans
	}
	rb := bs.of(b.Room)
	if rb.keep(k) {
		bs.count++
	}
	rb.idleFrom, bs.idleFrom = min(rb.idleFrom, k.idleFrom()), min(bs.idleFrom, k.idleFrom())
	bs.sweepLater()
	bs.hub.facts.add(bs.fact(k, origin))
	if origin == "" || isRecent(b.From) {
		bs.tell(b.Room, Change{Kind: ChangeBan, Ban: &k.Ban})
	}
	return nil
}

// tell tells the other nodes of a ban or a kick. bs.mu is held.
func (bs *bans) tell(room string, c Change) {
	if m := bs.hub.config.Mesh; m != nil {
		m.Tell(room, c)
	}
}

// isRecent reports whether what another node said at a time is to be told again: that node may
// not reach all others. What is older they know, or hear with all the rest: a node that is new
// does not tell all again that it hears.
func isRecent(at int64) bool { return time.Since(time.UnixMilli(at)) < tellAgainFor }

// of returns the bans and kicks of a room, and makes them if needed. bs.mu is held.
func (bs *bans) of(room string) *roomBans {
	rb := bs.rooms[room]
	if rb == nil {
		if bs.rooms == nil {
			bs.rooms = make(map[string]*roomBans)
		}
		rb = &roomBans{idleFrom: math.MaxInt64}
		bs.rooms[room] = rb
	}
	return rb
}

// dropIfEmpty removes what is kept of a room if that is nothing. bs.mu is held.
func (bs *bans) dropIfEmpty(room string) {
	if rb := bs.rooms[room]; len(rb.sorted)+len(rb.kicks) == 0 {
		delete(bs.rooms, room)
	}
}

// fact returns the fact of a ban. bs.mu is held.
func (bs *bans) fact(k *keptBan, origin string) Fact {
	kind := FactBanned
	if k.Lifted {
		kind = FactUnbanned
	}
	return Fact{Kind: kind, Room: k.Room, Ban: &k.Ban, Origin: origin}
}

// makeRoom reports whether there may be one more ban in a room. If there are as many as
// there may be, it forgets those that are not in force. bs.mu is held.
func (bs *bans) makeRoom(room string, now int64) bool {
	if rb := bs.rooms[room]; rb != nil && len(rb.sorted) >= MaxRoomBans {
		if bs.forgetIdle(room, now); bs.rooms[room] != nil && len(bs.rooms[room].sorted) >= MaxRoomBans {
			return false
		}
	}
	if bs.count >= MaxBans && now >= bs.idleFrom {
		bs.idleFrom = math.MaxInt64
		for name, rb := range bs.rooms {
			bs.forgetIdle(name, now)
			bs.idleFrom = min(bs.idleFrom, rb.idleFrom)
		}
	}
	return bs.count < MaxBans
}

// crowded reports whether there are so many bans that hosts may add none: anybody may claim
// rooms, which must not leave who runs the server without a place.
func (bs *bans) crowded() bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return bs.count >= MaxBans/2
}

// forgetIdle forgets the bans of a room that are not in force, if there are any. bs.mu is held.
func (bs *bans) forgetIdle(room string, now int64) {
	if now >= bs.rooms[room].idleFrom {
		bs.forget(room, func(k *keptBan) bool { return !k.inForce(now) })
	}
}

// forget forgets the bans of a room for which over returns true. bs.mu is held.
func (bs *bans) forget(room string, over func(*keptBan) bool) {
	rb := bs.rooms[room]
	before := len(rb.sorted)
	rb.idleFrom = math.MaxInt64
	rb.sorted = slices.DeleteFunc(rb.sorted, func(k *keptBan) bool {
		if !over(k) {
			rb.idleFrom = min(rb.idleFrom, k.idleFrom())
			return false
		}
		rb.forgetAddresses(k)
		return true
	})
	bs.count -= before - len(rb.sorted)
	bs.dropIfEmpty(room)
}

// sweepLater has bans and kicks looked through after a while, unless that is due already. bs.mu
// is held.
func (bs *bans) sweepLater() {
	if bs.sweep == nil {
		bs.sweep = time.AfterFunc(sweepBansEvery, bs.forgetOver)
	}
}

// forgetOver forgets the bans and kicks that need not be kept any longer.
func (bs *bans) forgetOver() {
	defer bs.hub.rescue(nil)
	bs.mu.Lock()
	defer bs.mu.Unlock()
	now := time.Now().UnixMilli()
	for room := range bs.rooms {
		bs.forget(room, func(k *keptBan) bool { return now >= k.kept })
	}
	bs.forgetKicks(kicksBefore())
	bs.sweep = nil
	if len(bs.rooms) > 0 {
		bs.sweepLater()
	}
}

// stop ends what runs later.
func (bs *bans) stop() {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.sweep != nil {
		bs.sweep.Stop()
	}
}

// refuses returns what somebody is to be told who must not enter a room, or nil. from is
// where a stranger comes from; it is not looked at if it is zero.
func (bs *bans) refuses(room, id string, from netip.Prefix) error {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	rb := bs.rooms[room]
	if rb == nil {
		return nil
	}
	now := time.Now().UnixMilli()
	if k := rb.get(id); k != nil && k.inForce(now) {
		return k.err()
	}
	for _, k := range rb.from[from] {
		if k.inForce(now) { // not who else is meant, nor why
			stranger := Ban{Until: k.Until}
			return stranger.err()
		}
	}
	return nil
}

// networkOf returns the network that stands for where a peer comes from: an IPv4 address,
// or the /64 of an IPv6 address, which is what one customer has at least.
func networkOf(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // fails for the zero Addr
	return p
}

// SentAway returns what other nodes must know of who was sent away from a room: a ChangeBan
// for each ban that is kept, also if it is over or lifted, and a ChangeKick for each kick.
func (h *Hub) SentAway(room string) (all []Change) {
	bs := &h.bans
	bs.mu.Lock()
	defer bs.mu.Unlock()
	rb := bs.rooms[room]
	if rb == nil {
		return nil
	}
	for _, k := range rb.sorted {
		all = append(all, Change{Kind: ChangeBan, Ban: &k.Ban})
	}
	return slices.AppendSeq(all, maps.Values(rb.kicks))
}

// DropSentAway removes a member who is banned, or was kicked since it arrived, from what a node
// that is gone has left in a room. Whoever has come since stays.
func (h *Hub) DropSentAway(room, node, id string) {
	r := h.inUse(room)
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.unlock()
	m, p := r.members[id], r.replica.parts[node]
	if m == nil || p == nil {
		return
	}
	_, banned := h.BanOf(room, id)
	if i := m.replica.by(p); i >= 0 && (banned || m.replica.remote[i].record.User.JoinedAt <= h.bans.kickOf(room, id).At) {
		r.lose(p, m, Change{Reason: shared.ReasonKicked})
	}
	r.dropIfEmpty(p)
}

// SentAwayRooms returns the names of the rooms for which SentAway returns something.
func (h *Hub) SentAwayRooms() []string {
	bs := &h.bans
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return slices.Collect(maps.Keys(bs.rooms))
}
