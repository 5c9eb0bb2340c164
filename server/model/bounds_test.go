package model

import (
	"cmp"
	"fmt"
	"reflect"

	"rollcall/server/hub"
)

// The hub shows none of its insides, and what it may keep of a room is bounded:
// so the lengths are taken by reflection, while every goroutine waits. A field
// that is renamed makes it panic, not pass.

// inspect calls look with the insides of each of the hub's rooms, and returns
// the first error. The hub's own locks, taken afterwards by View, tell the race
// detector that what the hub does next comes after that.
func inspect(h *hub.Hub, look func(name string, room reflect.Value) error) error {
	rooms := reflect.ValueOf(h).Elem().FieldByName("rooms")
	var err error
	for _, name := range rooms.MapKeys() {
		err = cmp.Or(err, look(name.String(), rooms.MapIndex(name).Elem()))
		defer h.View(name.String(), 0)
	}
	return err
}

// checkBounds checks that no room keeps more than it may.
func (w *world) checkBounds(srv *server) error {
	open := map[string]int{}
	w.locked(func() {
		for l := range srv.links {
			open[l.tab.member.room]++
		}
	})
	return inspect(srv.hub, func(name string, room reflect.Value) error {
		const envelope = 1 << 10 // more than the longest here
		if kept := room.FieldByName("log").FieldByName("buf").Len(); kept > 2*w.shape.LogBytes+envelope {
			return fmt.Errorf("%s keeps %d bytes of log, with a bound of %d", name, kept, w.shape.LogBytes)
		}
		if sessions := room.FieldByName("sessions").Len(); sessions > open[name]+len(srv.observers)+len(srv.audience) {
			return fmt.Errorf("%s keeps %d sessions, %d connections are open", name, sessions, open[name])
		}
		people := room.FieldByName("roster").FieldByName("order").Len()
		if members := room.FieldByName("members").Len(); members != people {
			return fmt.Errorf("%s keeps %d members, %d are shown", name, members, people)
		}
		return nil
	})
}

// checkIdle checks that a room in which nothing happens has nothing to do.
func checkIdle(srv *server) error {
	return inspect(srv.hub, func(name string, room reflect.Value) error {
		crew := room.FieldByName("fanout")
		for _, list := range []string{"flushers", "woken"} {
			if n := crew.FieldByName(list).Len(); n > 0 {
				return fmt.Errorf("%s is at rest and has %d %s", name, n, list)
			}
		}
		return nil
	})
}
