package client

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"rollcall/shared"
)

// events is a session as the shared.ServerEvents of a frame. An error of a method
// ends the frame and the session. c.mu is held.
type events session

func (s *events) ExistingUsers(e shared.ExistingUsers) error {
	if s.outdated(e.You) {
		return nil
	}
	if err := s.c.roster.Apply(e); err != nil {
		s.joined = true
		return s.lost(err)
	}
	if e.More {
		s.partial = true
		return nil
	}
	if s.partial { // callers get one event for all the chunks
		s.partial = false
		e.Users = slices.Collect(s.c.roster.All())
	}
	s.events = append(s.events, e)
	s.inRoom(e.You)
	return nil
}

func (s *events) Resumed(e shared.Resumed) error {
	if s.joined || s.outdated(e.You) {
		return nil // only a join is answered like this
	}
	if err := s.c.roster.Apply(e); err != nil {
		s.joined = true
		return s.lost(err)
	}
	s.events = append(s.events, e)
	s.inRoom(e.You)
	return nil
}

// outdated reports whether a roster for you was sent before the server received the
// got_a_new_user of a watcher, which it answers with one for the member.
func (s *events) outdated(you string) bool { return you == "" && s.watching == "" }

// Occupancy is what a watcher with shared.DetailCount is sent.
func (s *events) Occupancy(e shared.Occupancy) error {
	if s.watching == shared.DetailCount {
		s.joined, s.synced = true, true
	}
	s.events = append(s.events, e)
	return nil
}

func (s *events) Watchers(e shared.Watchers) error {
	s.events = append(s.events, e)
	return nil
}

// maxAnnounced is how many announcements a client remembers, so that it hands none to the
// caller twice.
const maxAnnounced = 8

func (s *events) Announcement(e shared.Announcement) error {
	if slices.Contains(s.c.announced, e) {
		return nil
	}
	if s.c.announced = append(s.c.announced, e); len(s.c.announced) > maxAnnounced {
		s.c.announced = s.c.announced[1:]
	}
	s.events = append(s.events, e)
	return nil
}

func (s *events) Knocks(e shared.Knocks) error {
	s.events = append(s.events, e)
	return nil
}

// KnockAnswered ends the knock, and joins with its name if the server lets the client in. The
// answer to one that the client has taken back meanwhile changes nothing.
func (s *events) KnockAnswered(e shared.KnockAnswered) error {
	if s.c.knock == "" || s.knocked == "" {
		return nil
	}
	if e.LetIn {
		s.c.enter(s.c.knock)
	}
	s.c.knock, s.knocked = "", ""
	s.events = append(s.events, e)
	return nil
}

func (s *events) inRoom(you string) {
	s.c.you = you
	s.c.sound, s.joined, s.synced, s.resyncing = true, true, true, false
	s.gotRoster = true
}

func (s *events) NewUser(e shared.NewUser) error { return s.apply(e) }

func (s *events) UserUpdated(e shared.UserUpdated) error {
	if err := s.apply(e); err != nil {
		return err
	}
	if e.User.ID == s.c.you && s.synced && !s.gotRoster {
		s.c.texts.seeChange(e.User)
	}
	return nil
}

func (s *events) DisconnectUser(e shared.DisconnectUser) error   { return s.apply(e) }
func (s *events) RoomInfoChanged(e shared.RoomInfoChanged) error { return s.apply(e) }
func (s *events) Heartbeat(e shared.Heartbeat) error             { return s.apply(e) }

func (s *events) Pong(shared.Pong) error {
	s.pinging, s.pinged = false, false
	s.c.texts.each((*pendingChange).pong)
	(*session)(s).wake()
	return nil
}

// apply applies a diff or a heartbeat. It ignores it while a snapshot is awaited.
func (s *events) apply(e shared.Event) error {
	if !s.synced {
		return nil
	}
	if err := s.c.roster.Apply(e); err != nil {
		return s.lost(err)
	}
	s.events = append(s.events, e)
	return nil
}

// lost notes that the roster differs from the server's, and has the sender ask for
// a snapshot.
func (s *events) lost(err error) error {
	s.c.desyncs++
	s.c.log.Warn("rollcall: asking for the roster again", "because", err)
	s.c.sound, s.synced, s.resyncing = false, false, false
	s.badHash = errors.Is(err, shared.ErrBadHash)
	(*session)(s).wake()
	return nil
}

func (s *events) Error(e shared.Error) error {
	if e.Code == shared.CodeUnknownEvent && s.pinged { // how an older server answers a ping
		return s.Pong(shared.Pong{})
	}
	s.events = append(s.events, e)
	_, fatal := e.Code.Close()
	if e.Code == shared.CodeTooOften || e.Code == shared.CodeBadRoom || rejectsJoin(e.Code) {
		fatal = !s.joined
	}
	if fatal {
		s.verdict = e
		return e
	}
	if e.Code == shared.CodeTooOften {
		s.tooOften(e) // which also has s.knocked sent again
	}
	if s.knocked != "" {
		s.c.knock, s.knocked = "", ""
	}
	s.c.texts.drop(e.Code)
	return nil
}

// tooOften has everything unanswered sent again after the server's wait. Which
// message was rejected is unknown; repeating one that was not does no harm.
func (s *events) tooOften(e shared.Error) {
	s.sendFrom = time.Now().Add(max(retryAfter(e), shared.ResyncEvery))
	s.resyncFrom = s.sendFrom
	s.resyncing = false
	s.sentStatus, s.knocked = "", ""
	s.c.texts.each((*pendingChange).sendAgain)
	(*session)(s).wake()
}

// Unknown ignores the events of a newer server, except that a diff makes a revision.
func (s *events) Unknown(e shared.Unknown) error {
	if e.Rev == 0 {
		return nil
	}
	return s.apply(e)
}

// checkOwn compares the roster's entry for this member with the pending changes,
// and wakes the sender if something must be sent.
func (s *session) checkOwn() {
	c := s.c
	if s.joined && s.watching != "" && (c.watch == "" || c.knock != s.knocked) { // Join or Knock was called before the watch was answered
		s.wake()
	}
	own, ok := c.roster.Get(c.you)
	if !ok || !s.synced {
		return
	}
	if s.gotRoster {
		s.gotRoster = false
		if own.JoinedAt != c.arrived && c.arrived != 0 {
			c.texts.each((*pendingChange).reopen)
		}
		c.arrived, c.since = own.JoinedAt, cmp.Or(c.since, own.JoinedAt)
		c.texts.seeSnapshot(own)
	}
	if c.texts.due() || s.sentStatus != c.status {
		s.wake()
	}
}
