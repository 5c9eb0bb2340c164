package hub

import (
	"net/netip"
	"time"

	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// role is what a session may see and do.
type role uint8

const (
	rolePending role = iota // has sent neither watch nor got_a_new_user yet
	roleCounter             // watches with shared.DetailCount, and is sent the occupancy
	roleWatcher             // watches with shared.DetailRoster, and reads the log
	roleMember              // reads the log and is one of the sessions of Session.member
)

// joined reports whether a session with the role is one of a member's.
func (ro role) joined() bool { return ro == roleMember }

// readsLog reports whether a session with the role is sent what is appended to the log.
func (ro role) readsLog() bool { return ro >= roleWatcher }

// watching is what a room keeps of its watchers, who see it without being in it.
// Guarded by room.mu.
type watching struct {
	rosters  int        // watchers in room.sessions
	counters []*Session // the other watchers; each stores its index
	counted  int        // watchers of both kinds that have watched for shared.WatcherAfter

	told   shared.Watchers // as last appended to the log
	toldAt time.Time       // when that was
	behind []byte          // the envelope of told, which follows each snapshot; nil if told is zero

	occupancy shared.Occupancy // as last sent to the counters
	encoded   []byte           // its envelope
	number    uint64           // of that envelope, the cursor of counters that have been sent it
	again     bool             // it must be sent again, even if it has not changed
	pause     *time.Timer      // until the next one may be sent; nil if it may be now
}

// watchers returns the number of sessions that watch the room.
func (r *room) watchers() int { return r.watching.rosters + len(r.watching.counters) }

// memberSessions returns the number of sessions of the room's members on this node.
func (r *room) memberSessions() int { return len(r.sessions) - r.watching.rosters }

// list returns the list of the room that s is in.
func (r *room) list(s *Session) *[]*Session {
	switch s.role {
	case rolePending:
		return &r.pending
	case roleCounter:
		return &r.watching.counters
	}
	return &r.sessions
}

// watch makes a pending session a watcher. room.mu is held.
func (s *Session) watch(e shared.Watch) error {
	r := s.room
	if s.known != nil {
		if err := r.hub.bans.refuses(r.name, s.known.ID, netip.Prefix{}); err != nil {
			return err // without a sign-in nobody knows who watches
		}
		s.since = r.afterKick(s.known.ID)
	}
	if r.watchers() >= r.hub.config.MaxRoomSessions {
		return shared.Errorf(shared.CodeRoomFull, "the room has as many watchers as it may")
	}
	r.removeSession(s)
	s.timer.Stop()
	s.timer = time.AfterFunc(shared.WatcherAfter, s.count)
	r.startHeartbeats()
	if e.Detail == shared.DetailCount {
		s.role = roleCounter
		addSession(&r.watching.counters, s)
		s.showOccupancy()
		return nil
	}
	s.role, s.cursor = roleWatcher, r.log.Head()
	addSession(&r.sessions, s)
	r.watching.rosters++
	s.placeCursor(e.Resume, causeOf(e.Resume))
	return nil
}

// causeOf returns the cause of a snapshot that answers a first message with resume.
func causeOf(resume *shared.Resume) stats.Cause {
	if resume != nil && *resume != (shared.Resume{}) {
		return stats.CauseRefused
	}
	return stats.CauseJoin
}

// stopWatching removes s from the numbers of watchers if it is one.
func (s *Session) stopWatching() {
	if s.role == roleWatcher {
		s.room.watching.rosters--
	}
	if s.counted {
		s.counted = false
		s.room.countWatchers(-1)
	}
}

// count counts s as a watcher, unless it has ended or joined meanwhile. It is run by
// s.timer.
func (s *Session) count() {
	r := s.room
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	if !s.ended && (s.role == roleCounter || s.role == roleWatcher) {
		s.counted = true
		r.countWatchers(1)
	}
}

// countWatchers adds n to the number of watchers that are shown. Members and watchers
// learn of it later: see appendWatchers and sendOccupancy.
func (r *room) countWatchers(n int) {
	r.watching.counted += n
	r.hub.facts.add(Fact{Kind: FactWatchers, Room: r.name, Count: r.watching.counted})
}

// appendWatchers appends to the log how many watch and whether the room is hosted: at once if it
// is hosted now, or not any more, and otherwise if the number has changed and
// shared.WatchersEvery has passed. It must be called before something else is appended, and wakes
// nobody: it costs no write of its own.
func (r *room) appendWatchers() {
	w := &r.watching
	now := shared.Watchers{Count: w.counted, Hosted: r.info.Hosting.Hosts != ""}
	if now == w.told || now.Hosted == w.told.Hosted && time.Since(w.toldAt) < shared.WatchersEvery {
		return
	}
	w.told, w.toldAt, w.behind = now, time.Now(), nil
	if now != (shared.Watchers{}) {
		w.behind = shared.Append(nil, now)
	}
	r.snap = nil // it has the former number
	r.log.AppendOther(now, r.keep())
}

// showOccupancy has s, a new counter, sent the occupancy at once.
func (s *Session) showOccupancy() {
	r := s.room
	if r.watching.pause == nil { // otherwise what the others were sent is less than shared.OccupancyEvery old
		r.encodeOccupancy()
	}
	s.cursor = 0
	r.wake(s)
}

// sendOccupancy has the counters sent the occupancy if it has changed, but no sooner
// than shared.OccupancyEvery after the last. It is called whenever the room is unlocked.
func (r *room) sendOccupancy() {
	w := &r.watching
	if len(w.counters) == 0 || w.pause != nil || !r.encodeOccupancy() {
		return
	}
	for _, s := range w.counters {
		r.wake(s)
	}
}

// occupancy returns how many are in the room, of sessions and watchers those of this node.
func (r *room) occupancy() shared.Occupancy {
	return shared.Occupancy{Members: len(r.members), Sessions: r.memberSessions(), Watchers: r.watching.counted}
}

// encodeOccupancy encodes the occupancy, starts the pause after it and returns true,
// unless the counters have been sent it already.
func (r *room) encodeOccupancy() bool {
	w := &r.watching
	now := r.occupancy()
	if now == w.occupancy && w.number > 0 && !w.again {
		return false
	}
	w.occupancy, w.encoded, w.again = now, shared.Append(nil, now), false
	w.number++
	w.pause = time.AfterFunc(shared.OccupancyEvery, r.endPause)
	return true
}

// endPause ends the pause after an occupancy. It is run by watching.pause.
func (r *room) endPause() {
	defer r.hub.rescue(nil)
	r.mu.Lock()
	defer r.unlock()
	r.watching.pause = nil
}
