package model

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// place is a member of a room.
type place struct{ room, id string }

// server is one life of a server. Guarded by world.mu, but for hub.
type server struct {
	w         *world
	hub       *hub.Hub
	dead      bool // stopped or crashed: what it still does is of no interest
	crashed   bool
	people    map[place]*person
	links     map[*link]bool // those that the server has not ended
	observers []*observer
	audience  []guest

	node *node // of a cluster
}

func (w *world) serverOf(h *hub.Hub) *server {
	return &server{w: w, hub: h, people: map[place]*person{}, links: map[*link]bool{}}
}

func (w *world) newServer() *server {
	srv := w.serverOf(hub.New(hub.Config{LogBytes: w.shape.LogBytes}))
	if w.shape.Observed {
		for _, room := range w.rooms {
			srv.observers = append(srv.observers, srv.observe(room))
			srv.seatAudience(room, w.shape.Audience)
		}
	}
	return srv
}

// person returns what the oracle knows of whoever holds key. world.mu is held.
func (srv *server) person(room, key string) *person {
	at := place{room, shared.MemberID(key)}
	if srv.people[at] == nil {
		srv.people[at] = newPerson()
	}
	return srv.people[at]
}

// seat is a session as its server and the oracle have it.
type seat struct {
	at      place
	server  *server
	person  *person
	session *hub.Session // set once, before the peer is heard

	// Guarded by world.mu.
	opened   time.Time
	joined   bool
	joinedAt time.Time
	ended    bool
	status   shared.Status
}

func (srv *server) newSeat(room, key string) *seat {
	srv.w.mu.Lock()
	defer srv.w.mu.Unlock()
	return &seat{at: place{room, shared.MemberID(key)}, server: srv, person: srv.person(room, key), opened: time.Now()}
}

// receive hands the session a frame of its peer, and the oracle what it says.
func (s *seat) receive(frame []byte) {
	var said speech
	if err := shared.ReadClient(frame, &said); err != nil {
		s.server.w.fail(fmt.Errorf("a client sent %q: %w", frame, err))
	}
	if s.server.w.mesh == nil { // else there is no oracle, and the hub may wait for other nodes
		s.person.order.Lock()
		defer s.person.order.Unlock()
	}
	var before, after bool
	s.server.w.locked(func() {
		before = s.ended
		if said.leave {
			s.person.leftAt = time.Now()
		}
	})
	s.session.Receive(frame)
	s.server.w.locked(func() { after = s.ended; s.heard(said) })
	if said.update != nil && after && !before && s.shows(*said.update) {
		s.server.w.locked(func() { s.person.updatedLast(s, *said.update) })
	}
}

// shows reports whether the room shows the person as u has them: when a session ends
// while the hub has its message, only the hub knows which of the two was first.
func (s *seat) shows(u shared.UpdateUser) bool {
	return slices.ContainsFunc(s.server.hub.View(s.at.room, everybody).Users, func(shown shared.User) bool {
		return shown.ID == s.at.id && (u.Name == nil || shown.Name == shownAs(*u.Name)) &&
			(u.Note == nil || shown.Note == shownAs(*u.Note)) && (u.Status == nil || shown.Status == *u.Status)
	})
}

func (s *seat) heard(said speech) {
	switch {
	case s.server.dead || s.ended:
	case said.leave && s.joined:
		s.person.left()
		s.ended = true
	case said.join && !s.joined:
		s.joined, s.joinedAt = true, time.Now()
		s.person.joined(s, said.name)
	case said.update != nil && s.joined:
		s.person.updated(s, *said.update)
	}
}

// end tells the session that its connection is gone.
func (s *seat) end(why shared.Reason) {
	s.person.order.Lock()
	defer s.person.order.Unlock()
	s.session.End(why)
	s.server.w.locked(func() { s.over(why) })
}

// over notes the end of the session. world.mu is held.
func (s *seat) over(why shared.Reason) {
	if !s.ended {
		s.ended = true
		s.person.ended(s, why)
	}
}

// speech is what the oracle hears in a client's frame.
type speech struct {
	join, leave bool
	name        string // with join
	update      *shared.UpdateUser
}

func (s *speech) GotANewUser(e shared.GotANewUser) error { s.join, s.name = true, e.Name; return nil }
func (s *speech) UpdateUser(e shared.UpdateUser) error   { s.update = &e; return nil }
func (s *speech) Leave(shared.Leave) error               { s.leave = true; return nil }
func (s *speech) Unknown(event string) error             { return errors.New("what is " + event) }

// observer is a member who never goes and whom the hub never waits for. What
// it is told, and when, is what the room is told.
type observer struct {
	*seat
	stream *stream
	seen   map[string][]change // by member
	jumped bool                // by a snapshot, over changes that nobody will tell of
}

func observerKey(room string) string { return "the-observer-of-" + room }

func (srv *server) observe(room string) *observer {
	key := observerKey(room)
	o := &observer{seat: srv.newSeat(room, key), seen: map[string][]change{}}
	o.stream = &stream{w: srv.w, who: "the observer", room: room}
	var err error
	if o.session, err = srv.hub.Connect(room, o); err != nil {
		srv.w.locked(func() {
			if !srv.dead { // a node may stop before it has begun
				srv.w.failLocked(err)
			}
		})
		return o
	}
	o.receive(shared.Encode(shared.GotANewUser{Name: "observer", Key: key}))
	return o
}

// Write takes what the room is told.
func (o *observer) Write(parts [][]byte) error {
	var frame []byte
	for _, part := range parts {
		frame = append(frame, part...)
	}
	events, err := readServer(frame)
	w := o.server.w
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range events {
		err = errors.Join(err, o.stream.take(e))
		o.remember(e)
		if w.mesh != nil {
			err = errors.Join(err, w.mesh.heard(o, e))
		}
	}
	if err == nil {
		err = o.stream.prove()
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

// Close is called only when the server goes away.
func (o *observer) Close(code shared.CloseCode, _ string) {
	o.server.w.locked(func() {
		if !o.server.dead && o.person.leftAt.IsZero() {
			o.server.w.failLocked(fmt.Errorf("the observer was sent away (%d)", code))
		}
	})
}
