package model

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// roomInfo is what a room says of itself by the oracle.
type roomInfo struct {
	// order is held while the hub and then the oracle process a join, or a change of what
	// the room says, so that both process them in the same order.
	order sync.Mutex

	// Guarded by world.mu.
	info  shared.RoomInfo
	epoch string // the life of the room that says it: the next one says nothing

	host, hosted string // who has claimed the room, and in which life of it
}

// of returns what the life of the room with that epoch says.
func (i *roomInfo) of(epoch string) shared.RoomInfo {
	if epoch != i.epoch {
		return shared.RoomInfo{}
	}
	return i.info
}

// setInfo sets what a room says of itself.
func (w *world) setInfo(room string, info shared.RoomInfo) {
	w.changeInfo(room, hub.RoomInfoChange{Title: &info.Title, Topic: &info.Topic, Locked: &info.Locked})
}

// changeInfo changes a part of what a room says of itself. It may fail only while nobody is
// there.
func (w *world) changeInfo(room string, change hub.RoomInfoChange) {
	srv := w.current()
	if srv == nil {
		return
	}
	said := &w.room[room].says
	said.order.Lock()
	defer said.order.Unlock()
	before := srv.hub.View(room, 0)
	info, err := srv.hub.ChangeRoomInfo(room, change, host)
	after := srv.hub.View(room, 0)
	switch {
	case err == nil:
		w.locked(func() {
			want := said.of(after.Epoch)
			for _, t := range []struct{ to, from *string }{{&want.Title, change.Title}, {&want.Topic, change.Topic}} {
				if t.from != nil {
					*t.to = *t.from
				}
			}
			want.Locked = *change.Locked
			if info != want {
				w.failLocked(fmt.Errorf("%s says %+v, want %+v", room, info, want))
			}
			said.info, said.epoch = want, after.Epoch
		})
	case !errors.Is(err, hub.ErrNotInUse) || before.Count > 0 && after.Epoch == before.Epoch:
		w.fail(fmt.Errorf("%s does not say %+v: %w", room, info, err))
	}
}

// locked reports whether the room is locked, by the oracle.
func (s *seat) locked() (locked bool) {
	epoch := s.server.hub.View(s.at.room, 0).Epoch
	s.server.w.locked(func() { locked = s.server.w.room[s.at.room].says.of(epoch).Locked })
	return locked
}

// setInfo is world.setInfo on the n-th node, in the background: it waits for the others.
func (m *mesh) setInfo(n int, room string, info shared.RoomInfo) {
	var srv *server
	m.w.locked(func() { srv = m.nodes[n%len(m.nodes)].server })
	if srv == nil {
		return
	}
	m.starts.Go(func() {
		if err := srv.hub.SetRoomInfo(room, info); err != nil && !errors.Is(err, hub.ErrNotInUse) {
			m.w.fail(fmt.Errorf("%s does not say %+v: %w", room, info, err))
		}
	})
}

// checkInfos has each room say something else from one of its nodes while there is no
// fault, and checks that all nodes and clients hold that, and that none lets anybody new
// into a locked room.
func (m *mesh) checkInfos() {
	said := map[string]bool{}
	info := shared.RoomInfo{Title: "at rest", Locked: true}
	for _, srv := range m.live() {
		for _, room := range m.w.rooms {
			if v := srv.hub.View(room, 0); v.Epoch != "" && !said[room] {
				said[room] = true
				m.w.fail(srv.hub.SetRoomInfo(room, info))
			}
		}
	}
	m.w.sleep(2 * time.Second)
	for _, srv := range m.live() {
		for _, room := range m.w.rooms {
			v := srv.hub.View(room, 0)
			if v.Epoch == "" {
				continue
			}
			if v.Info != info {
				m.w.fail(fmt.Errorf("%s says %+v on node %d, want %+v", room, v.Info, srv.node.index, info))
			}
			m.checkStranger(srv, room, v.Count)
			m.w.locked(func() { m.w.failLocked(m.checkTold(srv, room, info)) })
		}
	}
	m.check()
}

// checkTold checks that the clients of a room on a node hold what the room says. world.mu
// is held.
func (m *mesh) checkTold(srv *server, room string, info shared.RoomInfo) error {
	for _, t := range m.w.tabs {
		if t.member.room == room && t.live() && t.link.server == srv && t.watches != shared.DetailCount && t.stream.info != info {
			return fmt.Errorf("%v was told that the room says %+v, want %+v", t, t.stream.info, info)
		}
	}
	return nil
}

// checkStranger checks that a node lets nobody new into a locked room.
func (m *mesh) checkStranger(srv *server, room string, members int) {
	m.w.guests++
	key := fmt.Sprintf("the-key-of-guest-%04d", m.w.guests)
	g := guest{srv.newSeat(room, key)}
	var err error
	if g.session, err = srv.hub.Connect(room, g); err != nil {
		m.w.fail(err)
		return
	}
	g.session.Receive(shared.Encode(shared.GotANewUser{Name: "stranger", Key: key}))
	if o := g.session.Outcome(); o.Code != shared.CodeLocked || srv.hub.View(room, 0).Count != members {
		m.w.fail(fmt.Errorf("%s on node %d is locked, and a stranger's join ended with %+v", room, srv.node.index, o))
	}
}
