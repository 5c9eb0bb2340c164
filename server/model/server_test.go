package model

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

// memberRef identifies a member of a room.
type memberRef struct{ room, id string }

// server is a hub from its start to its end; a restart makes a new server. Guarded by
// world.mu, except for hub.
type server struct {
	w         *world
	hub       *hub.Hub
	dead      bool // stopped or crashed: what it still does is not checked
	crashed   bool
	people    map[memberRef]*person
	links     map[*link]bool // those that the server has not closed
	observers []*observer
	audience  []guest
	pests     []*pest
	replica   *replica

	node *node // on which it runs; nil without a cluster
}

func (w *world) serverOf(h *hub.Hub) *server {
	return &server{w: w, hub: h, people: map[memberRef]*person{}, links: map[*link]bool{}, replica: replicate(h)}
}

// grace is a little more than shared.DefaultGrace, a multiple of shared.UpdateEvery.
// Otherwise a grace period and the wait for a change would often end at the same
// instant, in an undefined order.
const grace = shared.DefaultGrace + 137*time.Microsecond

func (w *world) newServer() *server {
	log := slog.New(logChecker{Handler: slog.DiscardHandler, w: w})
	srv := w.serverOf(hub.New(hub.Config{LogBytes: w.shape.LogBytes, Grace: grace, Log: log}))
	if w.shape.Observed {
		for _, room := range w.rooms {
			srv.observers = append(srv.observers, srv.observe(room))
			srv.seatAudience(room, w.shape.Audience)
		}
	}
	return srv
}

// person returns the oracle's state of the member with the key. world.mu is held.
func (srv *server) person(room, key string) *person {
	at := memberRef{room, shared.MemberID(key)}
	if srv.people[at] == nil {
		srv.people[at] = newPerson()
	}
	return srv.people[at]
}

// seat is a session of the hub, and what the oracle knows of it.
type seat struct {
	at      memberRef
	server  *server
	person  *person
	session *hub.Session // set once, before the first receive

	signedIn bool // as the member

	// Guarded by world.mu.
	opened   time.Time
	watches  shared.Detail // the detail of its watch; "" if it does not watch
	asked    time.Time     // when it last asked to join a room that did not let it in
	joined   bool
	joinedAt time.Time // or since when it watches
	ended    bool
	endedAt  time.Time
	status   shared.Status
}

func (srv *server) newSeat(room, key string) *seat {
	srv.w.mu.Lock()
	defer srv.w.mu.Unlock()
	return &seat{at: memberRef{room, shared.MemberID(key)}, server: srv, person: srv.person(room, key), opened: time.Now()}
}

// receive passes a frame of the peer to the session, and its events to the oracle.
func (s *seat) receive(frame []byte) {
	var said clientFrame
	if err := shared.ReadClient(frame, &said); err != nil {
		s.server.w.fail(fmt.Errorf("a client sent %q: %w", frame, err))
	}
	if s.server.w.mesh == nil { // in a cluster there is no oracle, and the hub may wait for other nodes
		s.person.order.Lock()
		defer s.person.order.Unlock()
		s.settle()
	}
	locked := false
	if s.server.w.mesh == nil && (said.join || said.role != nil) {
		order := &s.server.w.room[s.at.room].says.order
		order.Lock()
		defer order.Unlock()
		locked = s.locked() && !s.isHost()
	}
	if s.server.w.mesh == nil && said.role != nil {
		s.setRole(frame, *said.role)
		return
	}
	var before, after, tie bool
	s.server.w.locked(func() {
		before = s.ended
		if (locked || s.person.isBanned() || s.person.refuses(said)) && !s.joined {
			s.asked = time.Now()
		}
		if said.leave {
			s.person.leftAt = time.Now()
		}
	})
	s.session.Receive(frame)
	s.server.w.locked(func() { after, tie = s.ended, s.person.due.Equal(time.Now()) })
	first := tie && said.update != nil && s.shows(*said.update)
	s.server.w.locked(func() { s.record(said, first, locked) })
	if said.join && after && !before {
		s.joinedAndEnded(said.name, s.session.Outcome())
	}
	if said.update != nil && after && !before && s.shows(*said.update) {
		s.server.w.locked(func() { s.person.updateAfterEnd(s, *said.update) })
	}
}

// settle settles the person, if that is left to do from an earlier instant. It has to be done
// before the hub hears more of the person: whether a change that is asked for now comes too
// often depends on how many the room has shown.
func (s *seat) settle() {
	now := time.Now()
	var unsettled bool
	s.server.w.locked(func() { unsettled = s.person.unsettled(now) })
	if !unsettled {
		return
	}
	for _, u := range s.server.hub.View(s.at.room, noLimit).Users {
		if u.ID == s.at.id {
			s.server.w.locked(func() { s.person.advance(now); s.person.settle(u.Devices) })
		}
	}
}

// joinedAndEnded notes that the hub let the session in, if it did, before that ended at the same
// instant, when the oracle has already noted the end: the first write to it may fail at once.
func (s *seat) joinedAndEnded(name string, o hub.Outcome) {
	s.server.w.locked(func() {
		if o.Member != "" && !s.joined && !s.server.dead && s.person.join(s, name) {
			s.joined = true
			s.person.leaveSession(s, o.Reason)
		}
	})
}

// shows reports whether the room shows the person as u requests. If the session ends,
// or a pending change is due, at the instant of the update, only this tells in which
// order the hub processed them.
func (s *seat) shows(u shared.UpdateUser) bool {
	return slices.ContainsFunc(s.server.hub.View(s.at.room, noLimit).Users, func(shown shared.User) bool {
		return shown.ID == s.at.id && (u.Name == nil || shown.Name == shownAs(*u.Name)) &&
			(u.Note == nil || shown.Note == shownAs(*u.Note) && (u.NoteUntil == nil || shown.NoteUntil == *u.NoteUntil)) && (u.Status == nil || shown.Status == *u.Status)
	})
}

// record applies a frame to the oracle. If first, the hub processed it before it showed
// a pending change that is due now. locked says whether the room is.
func (s *seat) record(said clientFrame, first, locked bool) {
	switch {
	case s.server.dead || s.ended:
	case said.leave && s.joined:
		s.person.leave()
		s.markEnded()
	case s.person.isBanned() && !s.joined && (said.join || said.watch != "" && s.signedIn) && s.server.w.mesh == nil:
		s.markEnded()
	case s.person.refuses(said) && !s.joined:
		s.markEnded()
	case said.watch != "" && !s.joined:
		if s.watches == "" {
			s.joinedAt = time.Now()
			s.server.w.room[s.at.room].watched = s.joinedAt
		}
		s.watches = said.watch
	case said.join && !s.joined:
		if s.person.advance(time.Now()); locked && !s.person.here {
			s.markEnded()
		} else if s.person.join(s, said.name) {
			s.stopWatching()
			s.joined, s.joinedAt = true, time.Now()
		}
	case said.update != nil && s.joined:
		s.person.update(s, *said.update, first)
	}
}

// end ends the session, because its connection has ended.
func (s *seat) end(why shared.Reason) {
	s.person.order.Lock()
	defer s.person.order.Unlock()
	s.session.End(why)
	s.server.w.locked(func() { s.noteEnd(why) })
}

// markEnded notes the end of the session, but not for its person. world.mu is held.
func (s *seat) markEnded() {
	if !s.ended {
		s.stopWatching()
		s.ended, s.endedAt = true, time.Now()
	}
}

// stopWatching notes that the session does not watch any more. world.mu is held.
func (s *seat) stopWatching() {
	if s.watches != "" {
		s.watches = ""
		s.server.w.room[s.at.room].watched = time.Now()
	}
}

// noteEnd notes the end of the session, also for its person. world.mu is held.
func (s *seat) noteEnd(why shared.Reason) {
	if !s.ended {
		s.markEnded()
		s.person.leaveSession(s, why)
	}
}

// clientFrame is the content of a client's frame, as far as the oracle needs it.
type clientFrame struct {
	join, leave bool
	watch       shared.Detail
	name        string // of the join
	since       int64  // the joined_at of the join
	update      *shared.UpdateUser
	role        *shared.UpdateRole
}

func (s *clientFrame) GotANewUser(e shared.GotANewUser) error {
	s.join, s.name, s.since = true, e.Name, e.JoinedAt
	return nil
}
func (s *clientFrame) Watch(e shared.Watch) error           { s.watch = e.Detail; return nil }
func (s *clientFrame) UpdateUser(e shared.UpdateUser) error { s.update = &e; return nil }
func (s *clientFrame) Leave(shared.Leave) error             { s.leave = true; return nil }
func (s *clientFrame) Ping(shared.Ping) error               { return nil }
func (s *clientFrame) RemoveUser(shared.RemoveUser) error   { return nil }
func (s *clientFrame) UpdateRoom(shared.UpdateRoom) error   { return nil }
func (s *clientFrame) Knock(shared.Knock) error             { return nil }
func (s *clientFrame) AnswerKnock(shared.AnswerKnock) error { return nil }
func (s *clientFrame) UpdateRole(e shared.UpdateRole) error { s.role = &e; return nil }
func (s *clientFrame) Unknown(e shared.Unknown) error       { return errors.New("what is " + e.Name) }

// observer is a member of a room that stays until the end and always reads at once. It
// receives every change of the room as soon as the hub makes it.
type observer struct {
	*seat
	stream *stream
	seen   map[string][]change // by the member's id
	jumped bool                // a snapshot has come in place of some changes
}

func observerKey(room string) string { return "the-observer-of-" + room }

func (srv *server) observe(room string) *observer {
	key := observerKey(room)
	o := &observer{seat: srv.newSeat(room, key), seen: map[string][]change{}}
	o.stream = &stream{w: srv.w, who: "the observer", room: room}
	var err error
	if o.session, err = srv.hub.Connect(room, o); err != nil {
		srv.w.locked(func() {
			if !srv.dead && !srv.w.ruined { // otherwise the node may have stopped, or the room be ending
				srv.w.failLocked(err)
			}
		})
		return o
	}
	o.receive(shared.Encode(shared.GotANewUser{Name: "observer", Key: key}))
	return o
}

// Write checks the events of a message and remembers arrivals and departures.
func (o *observer) Write(parts [][]byte) error {
	var frame []byte
	for _, part := range parts {
		frame = append(frame, part...)
	}
	events, err := wiretest.Events(frame)
	w := o.server.w
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range events {
		err = errors.Join(err, o.stream.apply(e))
		o.remember(e)
		if w.mesh != nil {
			err = errors.Join(err, w.mesh.checkDeparture(o, e))
		}
	}
	if err == nil {
		err = o.stream.checkDigest()
	}
	w.failLocked(err)
	return nil
}

func (o *observer) remember(e shared.Event) {
	now := time.Now()
	switch e := e.(type) {
	case shared.ExistingUsers:
		o.jumped = true
	case shared.NewUser:
		o.seen[e.User.ID] = append(o.seen[e.User.ID], change{at: now})
	case shared.DisconnectUser:
		o.seen[e.ID] = append(o.seen[e.ID], change{now, []shared.Reason{e.Reason}})
	}
}

// Close fails the test unless the server stops, the observer has left, a panic has ruined
// the room, or in a cluster the room was locked before the observer came. After the last two
// it makes a new observer.
func (o *observer) Close(code shared.CloseCode, _ string) {
	w := o.server.w
	w.locked(func() {
		if code == shared.CloseInternal && w.ruined && !o.server.dead {
			o.ended = true
			w.mesh.observe(o.server, o.at.room)
			return
		}
		if code == shared.CloseLocked && w.mesh != nil && !o.server.dead {
			o.ended = true
			w.mesh.starts.Go(func() {
				time.Sleep(10 * time.Millisecond)
				_ = o.server.hub.SetRoomInfo(o.at.room, shared.RoomInfo{Title: "open"}) // fails if it is not in use: then it is not locked
				w.mesh.observe(o.server, o.at.room)
			})
			return
		}
		if !o.server.dead && o.person.leftAt.IsZero() {
			o.server.w.failLocked(fmt.Errorf("the observer was sent away (%d)", code))
		}
	})
}
