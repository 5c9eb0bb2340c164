package client

import (
	"context"
	"time"

	"rollcall/shared"
)

// wake makes the sender look for something to send. On a nil session it does
// nothing.
func (s *session) wake() {
	if s != nil {
		signal(s.wakeups)
	}
}

// sendAll sends what nextEvent returns until the session ends or a write fails.
func (s *session) sendAll() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for s.ctx.Err() == nil {
		event, from := s.nextEvent()
		if event != nil {
			if s.write(event) != nil {
				return // the reader learns why, perhaps from an error event
			}
			if _, left := event.(shared.Leave); left {
				s.c.end(errLeft)
			}
			continue
		}
		if !from.IsZero() {
			timer.Reset(time.Until(from))
		}
		select {
		case <-s.wakeups:
		case <-timer.C:
		case <-s.ctx.Done():
		}
	}
}

// write sends one event. It ends the session if that takes StuckWriteAfter.
func (s *session) write(event shared.Event) error {
	ctx, cancel := context.WithTimeout(s.hardCtx, shared.StuckWriteAfter)
	defer cancel()
	err := s.conn.Write(ctx, shared.Encode(event))
	if err != nil && ctx.Err() != nil {
		s.cancel(errStuck)
	}
	return err
}

// nextEvent returns the next event to send and marks it as sent. If there is none
// it returns nil and the time at which to ask again; zero means when woken.
func (s *session) nextEvent() (event shared.Event, from time.Time) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if s.ping && s.pinged { // its pong will answer this ping too
		s.ping, s.pinging = false, true
		s.expectReply()
	}
	switch {
	case !s.joinSent:
		s.joinSent, s.watching = true, c.watch
		return s.firstEvent(), from
	case !s.joined:
		return nil, from
	case c.leaving:
		return shared.Leave{}, from
	case s.ping:
		s.ping, s.pinging = false, true
		s.expectReply()
		return s.nextPing(), from
	case s.confirm && !s.pinged:
		return s.nextPing(), from
	case s.watching != c.watch && !s.partial: // the rest of a snapshot must not follow the join
		s.watching, s.joined, s.synced = "", false, false // diffs are ignored up to the answer, which repeats them
		s.began = wallClock()
		s.expectReply()
		if c.roster.Len() <= shared.ResumeAbove {
			return s.entering(nil), from
		}
		return s.firstEvent(), from
	case !s.synced && now.Before(s.resyncAt()): // without a roster, nothing is known of the member
		return nil, s.resyncAt()
	case !s.synced:
		s.resyncing, s.resyncFrom = true, now.Add(shared.ResyncEvery)
		s.expectReply()
		return s.entering(&shared.Resume{BadHash: s.badHash}), from
	case s.watching != "" && c.knock == s.knocked:
		return nil, from
	case s.watching != "" && !now.Before(s.sendFrom):
		if s.knocked = c.knock; c.knock == "" {
			return shared.Knock{}, from
		}
		return shared.Knock{Name: c.knock, Key: c.key}, from
	case len(s.asked) > 0:
		event, s.asked = s.asked[0], s.asked[1:]
		return event, from
	case now.Before(s.sendFrom):
		return nil, s.sendFrom
	}
	return s.pendingUpdate(), from
}

// firstEvent returns what asks for the roster, or for the changes to the one that the
// client has.
func (s *session) firstEvent() shared.Event {
	if c := s.c; c.sound && s.watching != shared.DetailCount {
		return s.entering(&shared.Resume{Epoch: c.roster.Epoch(), Rev: c.roster.Rev()})
	}
	return s.entering(nil)
}

// entering returns a watch or a got_a_new_user.
func (s *session) entering(resume *shared.Resume) shared.Event {
	if s.watching != "" {
		return shared.Watch{Detail: s.watching, Resume: resume}
	}
	return shared.GotANewUser{Name: s.c.texts[textName].want, Key: s.c.key, Resume: resume, JoinedAt: s.c.since}
}

// nextPing returns a ping. Its pong proves that the server has received the changes
// sent before it, which may change nothing that the room shows.
func (s *session) nextPing() shared.Event {
	s.confirm, s.pinged = false, true
	s.c.texts.each((*pendingChange).ping)
	return shared.Ping{}
}

// resyncAt returns when to ask for the roster. A request without an answer is
// repeated after SilentAfter, even if the server sent something else.
func (s *session) resyncAt() time.Time {
	if s.resyncing {
		return s.resyncFrom.Add(shared.SilentAfter)
	}
	return s.resyncFrom
}

// pendingUpdate returns the changes that are not sent yet, as an update_user, or
// nil if there are none.
func (s *session) pendingUpdate() shared.Event {
	c := s.c
	update, again := c.texts.send()
	s.confirm = s.confirm || again
	if s.sentStatus != c.status {
		status := c.status
		s.sentStatus, update.Status = status, &status
	}
	if update == (shared.UpdateUser{}) {
		return nil
	}
	return update
}
