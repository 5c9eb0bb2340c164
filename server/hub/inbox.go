package hub

import (
	"time"

	"golang.org/x/text/unicode/norm"

	"rollcall/shared"
)

// inbox does what the events of a session's peer ask for. An error it returns
// ends the session; what the session survives is only told to the peer.
type inbox struct{ s *Session }

var _ shared.ClientEvents = inbox{}

// GotANewUser joins the room, or repairs the roster of a session that has joined.
func (in inbox) GotANewUser(e shared.GotANewUser) error {
	known := in.s.known
	if known != nil && known.Name != "" {
		e.Name = known.Name
	}
	name, err := cleanName(e.Name)
	if err != nil {
		return in.refuse(err)
	}
	key := e.Key
	if key == "" {
		key = shared.NewKey()
	} else if err := shared.CheckKey(key); err != nil {
		return in.refuse(err)
	}
	id := shared.MemberID(key)
	if known != nil {
		id = known.ID
	}

	r := in.s.room
	r.enter()
	defer r.unlock()
	switch {
	case in.s.ended:
		return nil
	case in.s.joinBy == nil:
		return in.s.resync(e, id)
	}
	return in.s.join(id, name, e.Resume)
}

// UpdateUser changes the name, note or status of the member.
func (in inbox) UpdateUser(e shared.UpdateUser) error {
	if known := in.s.known; e.Name != nil && known != nil && known.Name != "" {
		return in.refuse(shared.Errorf(shared.CodeBadName, "your name is that of your sign-in"))
	}
	change, err := cleanUpdate(e)
	if err != nil {
		return in.refuse(err)
	}
	in.asMember(e, func(m *member) { in.s.change(m, change) })
	return nil
}

// Leave takes the member out of the room at once, with all its sessions.
func (in inbox) Leave(e shared.Leave) error {
	in.asMember(e, func(m *member) {
		in.s.dismiss(nil, shared.ReasonLeft)
		in.s.room.tellLeft(m)
		in.s.room.leave(m)
	})
	return nil
}

// asMember does what only a member may ask for, under the room's lock.
func (in inbox) asMember(e shared.Event, do func(*member)) {
	r := in.s.room
	r.mu.Lock()
	defer r.unlock()
	switch {
	case in.s.ended:
	case in.s.member == nil:
		in.s.say(notJoined(e))
	default:
		do(in.s.member)
	}
}

// Unknown is an event of a newer client.
func (in inbox) Unknown(event string) error {
	const most = 40 // of a name that could be as long as the message
	return in.refuse(shared.Errorf(shared.CodeUnknownEvent, "this server knows no event %.*q", most, event))
}

// refuse tells the peer err, which is a shared.Error, and goes on unless it is fatal.
func (in inbox) refuse(err error) error {
	why := err.(shared.Error)
	if _, fatal := why.Code.Close(); fatal {
		return why
	}
	in.s.Fail(why)
	return nil
}

func notJoined(e shared.Event) shared.Error {
	return shared.Errorf(shared.CodeNotJoined, "%s needs a %s first", e.Event(), shared.EventGotANewUser)
}

// join makes the session one of the member with the given id, new or not.
// Guarded by room.mu.
func (s *Session) join(id, name string, resume *shared.Resume) error {
	r := s.room
	m := r.members[id]
	if m != nil && len(m.sessions) >= maxMemberSessions {
		return shared.Errorf(shared.CodeRoomFull, "you have %d connections in this room already", len(m.sessions))
	}
	if m == nil && len(r.members)-r.away >= r.hub.config.MaxRoomSessions { // some of whom may be in their grace
		return shared.Errorf(shared.CodeRoomFull, "the room has as many members as it may")
	}
	s.joinBy.Stop()
	s.joinBy = nil
	if m == nil {
		m = r.arrive(id, name)
	} else if m.later != nil { // the name stays: a tab that comes back may not have heard of a later one
		r.revealNow(m) // or it would take what is put off for a change that came after it
	}
	r.hub.stats.joined(len(m.sessions) == 0 && m.settle != nil)
	m.adopt(s)
	r.tell(m)
	cause := CauseJoin
	if resume != nil && *resume != (shared.Resume{}) {
		cause = CauseRefused
	}
	s.follow(resume, cause)
	return nil
}

// resync serves a peer whose roster went wrong.
func (s *Session) resync(e shared.GotANewUser, id string) error {
	if e.Resume == nil || id != s.member.id {
		s.say(shared.Errorf(shared.CodeAlreadyJoined, "this connection has joined as somebody; update_user changes the name"))
		return nil
	}
	if wait := shared.ResyncEvery - time.Since(s.resynced); wait > 0 {
		s.say(tooOften("ask for the roster again", wait))
		return nil
	}
	s.resynced = time.Now()
	s.room.hub.stats.resync(e.Resume.BadHash)
	s.follow(e.Resume, CauseResync)
	return nil
}

// change has the room shown what the session wants its member to be. Too many
// changes are put off, not refused, so that the last one is seen in the end
// whether the peer says it again or not.
func (s *Session) change(m *member, c shared.UpdateUser) {
	if c.Status != nil {
		s.status = *c.Status
	}
	if c.Name != nil {
		m.name = *c.Name
	}
	if c.Note != nil {
		m.note = *c.Note
	}
	if wait := s.room.reveal(m); wait > 0 {
		s.say(tooOften("what changes so often is shown", wait))
	}
}

func tooOften(what string, wait time.Duration) shared.Error {
	why := shared.Errorf(shared.CodeTooOften, "%s in %v", what, wait.Round(time.Millisecond))
	why.RetryAfterMS = wait.Milliseconds() + 1
	return why
}

// follow places the session's cursor: behind what the peer holds, if the log
// still has all that came after, else behind a snapshot, for the given cause.
func (s *Session) follow(resume *shared.Resume, cause Cause) {
	r := s.room
	s.fresh = true
	if resume != nil && resume.Epoch == r.roster.Epoch() {
		if at, ok := r.log.after(resume.Rev, r.roster.Rev()); ok {
			s.cursor, s.fresh = at, false
			s.say(shared.Resumed{Epoch: resume.Epoch, Rev: resume.Rev, You: s.member.id})
		}
	}
	if s.fresh {
		r.hub.stats.snapshot(cause)
	}
	r.wake(s)
}

// cleanName brings a name to NFC, so that equal names are equal bytes, and to
// the rule of both ends.
func cleanName(name string) (string, error) {
	return shared.CleanName(norm.NFC.String(name))
}

func cleanUpdate(e shared.UpdateUser) (shared.UpdateUser, error) {
	if e.Name != nil {
		name, err := cleanName(*e.Name)
		if err != nil {
			return e, err
		}
		e.Name = &name
	}
	if e.Note != nil {
		note, err := shared.CleanNote(norm.NFC.String(*e.Note))
		if err != nil {
			return e, err
		}
		e.Note = &note
	}
	if e.Status != nil && !e.Status.Valid() {
		return e, shared.Errorf(shared.CodeBadStatus, "a status is active, idle or away")
	}
	return e, nil
}
