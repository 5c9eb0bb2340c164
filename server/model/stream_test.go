package model

import (
	"errors"
	"fmt"
	"strings"

	"rollcall/shared"
)

// stream applies the events that one client or observer receives to a map. It returns
// an error for a hole, a repetition, the arrival of a member who is there, or a change
// of one who is not. Guarded by world.mu.
type stream struct {
	w     *world
	who   string
	room  string
	epoch string
	rev   uint64
	hash  shared.Hash
	info  shared.RoomInfo
	users map[string]shared.User
	half  []shared.User // of an incomplete snapshot

	occupancy shared.Occupancy // the latest
	watchers  int              // the number since the last roster
	announced map[string]bool  // by text
}

// apply applies one event.
func (s *stream) apply(e shared.Event) error {
	var err error
	switch e := e.(type) {
	case shared.ExistingUsers:
		err = s.snapshot(e)
	case shared.Resumed:
		if e.Epoch != s.epoch || e.Rev != s.rev {
			err = errors.New("not what is held")
		}
		s.watchers = 0
	case shared.NewUser:
		err = s.next(e.Rev, e.User.ID, false, &e.User)
	case shared.UserUpdated:
		err = s.next(e.Rev, e.User.ID, true, &e.User)
	case shared.DisconnectUser:
		err = s.next(e.Rev, e.ID, true, nil)
	case shared.RoomInfoChanged:
		err = s.nextInfo(e)
	case shared.Heartbeat:
		if e.Rev != s.rev || e.Count != len(s.users) || e.Hash != s.hash {
			err = errors.New("not what is held")
		}
	case shared.Occupancy:
		s.occupancy = e
	case shared.Watchers:
		s.watchers = e.Count
	case shared.Announcement:
		err = s.hear(e)
	case shared.Error:
		err = s.checkError(e)
	}
	if err != nil {
		return fmt.Errorf("%s at %s/%s/%d was told %s %+v: %w", s.who, s.room, s.epoch, s.rev, e.Event(), e, err)
	}
	return nil
}

func (s *stream) snapshot(e shared.ExistingUsers) error {
	if e.Room != s.room {
		return errors.New("another room")
	}
	s.half = append(s.half, e.Users...)
	if e.More {
		return nil
	}
	if e.Epoch == s.epoch && e.Rev < s.rev {
		return errors.New("a step back")
	}
	s.epoch, s.rev, s.info, s.users = e.Epoch, e.Rev, e.Info, map[string]shared.User{}
	s.hash = shared.HashRoomInfo(e.Info)
	for _, u := range s.half {
		s.users[u.ID] = u
		s.hash ^= shared.HashUser(u)
	}
	if len(s.users) != len(s.half) {
		return errors.New("somebody is there twice")
	}
	s.half, s.watchers = nil, 0
	return nil
}

// next applies a change of a member, who must be here before it, or must not. After it
// the member is u, or gone if u is nil.
func (s *stream) next(rev uint64, id string, here bool, u *shared.User) error {
	old, was := s.users[id]
	switch {
	case s.half != nil:
		return errors.New("inside a snapshot")
	case rev != s.rev+1:
		return errors.New("not the next revision")
	case was != here:
		return errors.New("which does not alternate")
	case was && u != nil && *u == old:
		return errors.New("which changes nothing")
	case was && u != nil && u.JoinedAt != old.JoinedAt && s.w.mesh == nil: // in a cluster, the time of arrival may be corrected
		return errors.New("another member")
	}
	s.rev = rev
	if was {
		s.hash ^= shared.HashUser(old)
		delete(s.users, id)
	}
	if u != nil {
		s.users[id] = *u
		s.hash ^= shared.HashUser(*u)
	}
	return nil
}

// nextInfo applies a change of what the room says of itself.
func (s *stream) nextInfo(e shared.RoomInfoChanged) error {
	switch {
	case s.half != nil:
		return errors.New("inside a snapshot")
	case e.Rev != s.rev+1:
		return errors.New("not the next revision")
	case e.RoomInfo == s.info:
		return errors.New("which changes nothing")
	}
	s.hash ^= shared.HashRoomInfo(s.info) ^ shared.HashRoomInfo(e.RoomInfo)
	s.rev, s.info = e.Rev, e.RoomInfo
	return nil
}

// checkError returns an error if the server sent one that the client can't have caused.
func (s *stream) checkError(e shared.Error) error {
	switch e.Code {
	case shared.CodeLeft, shared.CodeStopping, shared.CodeJoinTimeout, shared.CodeTooOften, shared.CodeLocked,
		shared.CodeNotHost, shared.CodeHosted, shared.CodeLockStands:
		return nil
	case shared.CodeKicked, shared.CodeBanned:
		if e.By == host && (e.Until != 0) == (e.Code == shared.CodeBanned) {
			return nil
		}
	case shared.CodeInternal:
		if s.w.ruined {
			return nil
		}
	case shared.CodeBadNote: // of one that ended on its way
		if strings.Contains(e.Message, "is over") {
			return nil
		}
	}
	return errors.New("for nothing")
}

// point is a revision of a room.
type point struct {
	room, epoch string
	rev         uint64
}

// digest stands for the members of a room at a point.
type digest struct {
	hash  shared.Hash
	count int
}

// checkDigest compares the stream's members with those of everybody else at the same
// revision.
func (s *stream) checkDigest() error {
	return s.w.agree(point{s.room, s.epoch, s.rev}, digest{s.hash, len(s.users)}, s.who)
}

// agree notes that who has the digest d at a point, and returns an error if another had
// a different one. world.mu is held.
func (w *world) agree(at point, d digest, who string) error {
	if at.epoch == "" { // nothing received yet
		return nil
	}
	if other, known := w.history[at]; known && other != d {
		return fmt.Errorf("%s holds %+v at %+v, others hold %+v", who, d, at, other)
	}
	w.history[at] = d
	return nil
}
