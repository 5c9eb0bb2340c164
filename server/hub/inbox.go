package hub

import (
	"math"
	"time"

	"golang.org/x/text/unicode/norm"

	"rollcall/server/hub/stats"
	"rollcall/shared"
)

// inbox handles the events of a session's peer. An error that a method returns ends the
// session; other errors are only sent to the peer.
type inbox struct{ s *Session }

var _ shared.ClientEvents = inbox{}

// Watch makes the session a watcher, or resynchronizes one that watches the roster.
func (in inbox) Watch(e shared.Watch) error {
	if !e.Detail.Valid() {
		return shared.Errorf(shared.CodeBadEvent, "the detail of a %s is %s or %s", e.Event(), shared.DetailRoster, shared.DetailCount)
	}
	r := in.s.room
	r.enter()
	defer r.unlock()
	r.takeTitle()
	switch s := in.s; {
	case s.ended:
	case s.role == rolePending:
		return s.watch(e)
	case s.role != roleWatcher || e.Detail != shared.DetailRoster || e.Resume == nil:
		s.say(shared.Errorf(shared.CodeAlreadyJoined, "this connection watches or has joined already"))
	default:
		s.resync(e.Resume)
	}
	return nil
}

// GotANewUser joins the room, or resynchronizes a session that has joined.
func (in inbox) GotANewUser(e shared.GotANewUser) error {
	key := e.Key
	if key == "" {
		key = shared.NewKey()
	}
	who, err := in.who(e.Name, key)
	if err != nil {
		return in.refuse(err)
	}
	r := in.s.room
	r.enter()
	defer r.unlock()
	r.takeTitle()
	switch s := in.s; {
	case s.ended:
	case !s.role.joined():
		if err := s.refused(who.ID, e.JoinedAt); err != nil {
			return err
		}
		return s.join(who.ID, who.Name, e)
	case e.Resume == nil || who.ID != s.member.id:
		s.say(shared.Errorf(shared.CodeAlreadyJoined, "this connection has joined as somebody; update_user changes the name"))
	default:
		s.resync(e.Resume)
	}
	return nil
}

// who returns whom the peer would be in the room with a name and a key, as its sign-in has it.
func (in inbox) who(name, key string) (who shared.Knocker, err error) {
	known := in.s.known
	if known != nil && known.Name != "" {
		name = known.Name
	}
	if who.Name, err = cleanName(name); err != nil {
		return who, err
	}
	if err := shared.CheckKey(key); err != nil {
		return who, err
	}
	who.ID = shared.MemberID(key)
	if known != nil {
		who.ID = known.ID
	}
	return who, nil
}

// UpdateUser changes what the room sees of the member.
func (in inbox) UpdateUser(e shared.UpdateUser) error {
	if known := in.s.known; e.Name != nil && known != nil && known.Name != "" {
		return in.refuse(shared.Errorf(shared.CodeBadName, "your name is that of your sign-in"))
	}
	change, err := e.Clean(clean)
	if err != nil {
		return in.refuse(err)
	}
	if err := change.CheckUntil(time.Now()); err != nil { // it may have been on its way for long: the rest is as good
		in.s.Fail(shared.AsError(err))
		if change.Note, change.NoteUntil = nil, nil; change == (shared.UpdateUser{}) {
			return nil
		}
	}
	in.asMember(e, func(m *member) { in.s.change(m, change) })
	return nil
}

// Leave removes the member from the room at once and ends all its sessions.
func (in inbox) Leave(e shared.Leave) error {
	in.asMember(e, func(m *member) {
		in.s.dismiss(nil, shared.ReasonLeft)
		in.s.room.tellLeft(m)
		in.s.room.leave(m, math.MaxInt64)
	})
	return nil
}

// Ping queues a pong, before and after joining. A pong that is queued already answers
// all pings.
func (in inbox) Ping(shared.Ping) error {
	r := in.s.room
	r.mu.Lock()
	defer r.unlock()
	if !in.s.ended && !in.s.ponged {
		in.s.ponged = true
		in.s.answer(shared.Pong{})
	}
	return nil
}

// asMember calls do with the member under the room's lock, or sends not_joined if the
// session has not joined.
func (in inbox) asMember(e shared.Event, do func(*member)) {
	r := in.s.room
	r.mu.Lock()
	defer r.unlock()
	switch {
	case in.s.ended:
	case !in.s.role.joined():
		in.s.say(notJoined(e))
	default:
		do(in.s.member)
	}
}

// Unknown answers an event that this server does not know, as a newer client may send.
func (in inbox) Unknown(e shared.Unknown) error {
	const most = 40 // the name may be as long as the message
	return in.refuse(shared.Errorf(shared.CodeUnknownEvent, "this server knows no event %.*q", most, e.Name))
}

// refuse sends err to the peer as a shared.Error. It returns the error if its
// code ends the session.
func (in inbox) refuse(err error) error {
	why := shared.AsError(err)
	if _, fatal := why.Code.Close(); fatal {
		return why
	}
	in.s.Fail(why)
	return nil
}

func notJoined(e shared.Event) shared.Error {
	return shared.Errorf(shared.CodeNotJoined, "%s needs a %s first", e.Event(), shared.EventGotANewUser)
}

// join makes the session one of the member with the given id, which is added if it is
// new. room.mu is held.
func (s *Session) join(id, name string, e shared.GotANewUser) error {
	r := s.room
	m := r.members[id]
	if r.shutTo(s, id) {
		return shared.Errorf(shared.CodeLocked, "the room is locked: who is not in it can't join")
	}
	if m != nil && len(m.sessions) >= maxMemberSessions {
		return shared.Errorf(shared.CodeRoomFull, "you have %d connections in this room already", len(m.sessions))
	}
	if m == nil && len(r.members)-r.replica.away >= r.hub.config.MaxRoomSessions { // including those in their grace period
		return shared.Errorf(shared.CodeRoomFull, "the room has as many members as it may")
	}
	if r.memberSessions() >= r.hub.config.MaxRoomSessions { // others have joined since this one connected
		return shared.Errorf(shared.CodeRoomFull, "the room has as many connections as it may")
	}
	if m != nil {
		if wait := r.showDeferredTo(m); wait > 0 {
			s.say(tooOften("who changes so often is let in", wait))
			return nil
		}
	}
	if !s.role.readsLog() {
		s.cursor = r.log.Head()
	}
	r.removeSession(s)
	s.timer.Stop()
	s.timer = nil
	s.stopWatching()
	s.forgetKnock()
	s.role = roleMember
	addSession(&r.sessions, s)
	now := r.afterKick(id)
	if m == nil { // an existing member keeps the name: a tab that reconnects may not know a later one
		m = r.arrive(id, name, s.known, now)
	}
	r.arriveAnew(m, now)
	if s.since = now; e.JoinedAt > 0 {
		s.since = min(e.JoinedAt, now)
	}
	r.hub.stats.Joined(len(m.sessions) == 0 && m.graceTimer != nil)
	m.adopt(s)
	if r.hosting.here[id] != nil {
		s.owesKnocks = true
	}
	r.attach(m)
	r.signIn(m, s.known)
	s.placeCursor(e.Resume, causeOf(e.Resume))
	return nil
}

// resync serves a peer that found its roster to be wrong.
func (s *Session) resync(resume *shared.Resume) {
	if wait := shared.ResyncEvery - time.Since(s.resynced); wait > 0 {
		s.say(tooOften("ask for the roster again", wait))
		return
	}
	s.resynced = time.Now()
	s.room.hub.stats.Resync(resume.BadHash)
	if !s.fresh { // otherwise a snapshot is on its way
		s.placeCursor(resume, stats.CauseResync)
	}
}

// change applies what the peer wants to be shown as. The rate limit defers changes
// instead of refusing them, so the last one is shown even if the client does not repeat
// it.
func (s *Session) change(m *member, c shared.UpdateUser) {
	if c.Status != nil {
		s.status = *c.Status
		c.Status = nil // the member's follows from it
	}
	shown, _ := s.room.roster.Get(m.id)
	m.pending = shared.Changes(shown, c.Apply(m.pending.Apply(shown)))
	if wait := s.room.showChange(m); wait > 0 {
		s.say(tooOften("what changes so often is shown", wait))
	}
}

func tooOften(what string, wait time.Duration) shared.Error {
	why := shared.Errorf(shared.CodeTooOften, "%s in %v", what, wait.Round(time.Millisecond))
	why.RetryAfterMS = wait.Milliseconds() + 1
	return why
}

// placeCursor sets where the session reads the log from. If the log still has all diffs
// after resume, that is where the peer left off; otherwise the session is sent a
// snapshot, which is counted with the given cause. Of a session that did not read the log
// before, the cursor must be the head: from there on it is sent all announcements.
func (s *Session) placeCursor(resume *shared.Resume, cause stats.Cause) {
	r := s.room
	s.fresh = true
	if resume != nil && resume.Epoch == r.roster.Epoch() && !s.resumed { // a second resumed would skip what the first one was to send
		if at, ok := r.log.OffsetAfter(resume.Rev, r.roster.Rev()); ok {
			missed := r.announced.between(s.cursor, at)
			s.cursor, s.fresh, s.resumed = at, false, true
			s.answerEncoded(missed)
			s.answer(shared.Resumed{Epoch: resume.Epoch, Rev: resume.Rev, You: s.id()})
			if w := &r.watching; w.told != (shared.Watchers{}) { // what follows may lack it
				s.answer(w.told)
			}
		}
	}
	if s.fresh {
		r.hub.stats.Snapshot(cause)
	}
	r.wake(s)
}

// cleanName checks a name and returns it in Unicode NFC, so that equal names are equal
// bytes.
func cleanName(name string) (string, error) { return clean(name, shared.CleanName) }

// clean applies a rule to a text in NFC. A client without NFC tables, such as the one in
// a browser, has checked the text as it is: where only the NFC form breaks the rule, for
// example by being longer, the text stays unchanged.
func clean(text string, rule shared.Rule) (string, error) {
	composed, err := rule(norm.NFC.String(text))
	if err == nil {
		return composed, nil
	}
	if asIs, notAsIs := rule(text); notAsIs == nil {
		return asIs, nil
	}
	return "", err
}
