package model

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// What the hub keeps for a room is bounded, but not exported. The tests therefore
// measure its fields by reflection, while every goroutine is blocked. They panic if a
// field has been renamed.

// inspect calls visit with each room of the hub, and returns the first error. At the
// end it calls View, which locks each room, so that the race detector knows that the
// hub's next writes come after these reads.
func inspect(h *hub.Hub, visit func(name string, room reflect.Value) error) error {
	rooms := reflect.ValueOf(h).Elem().FieldByName("rooms")
	var err error
	for _, name := range rooms.MapKeys() {
		err = cmp.Or(err, visit(name.String(), rooms.MapIndex(name).Elem()))
		defer h.View(name.String(), 0)
	}
	return err
}

// checkBounds checks that every room stays within its bounds, and that the hub's
// estimate of the memory of all rooms is right within a factor of two.
func (w *world) checkBounds(srv *server) error {
	open := map[string]int{}
	w.locked(func() {
		for l := range srv.links {
			open[l.tab.member.room]++
		}
		for _, p := range srv.pests {
			if !p.ended {
				open[p.at.room]++
			}
		}
	})
	weight, rooms := 0, 0
	err := inspect(srv.hub, func(name string, room reflect.Value) error {
		if sessions := sessionsOf(room); sessions > open[name]+len(srv.observers)+len(srv.audience) {
			return fmt.Errorf("%s keeps %d sessions, %d connections are open", name, sessions, open[name])
		}
		for _, list := range []string{"sessions", "pending"} {
			for i := range room.FieldByName(list).Len() {
				const envelope = 1 << 10 // more than the longest here
				if direct := room.FieldByName(list).Index(i).Elem().FieldByName("direct").Len(); direct > 4<<10+envelope {
					return fmt.Errorf("%s keeps %d bytes for one session alone", name, direct)
				}
			}
		}
		people := room.FieldByName("roster").FieldByName("order").Len()
		if members := room.FieldByName("members").Len(); members != people {
			return fmt.Errorf("%s keeps %d members, %d are shown", name, members, people)
		}
		kept, err := w.weighRoom(name, room)
		weight, rooms = weight+kept, rooms+1
		return err
	})
	said := srv.hub.Stats().RoomBytes
	if slack := 4096 * rooms; err == nil && (weight > 2*said+slack || said > 2*weight+slack) {
		return fmt.Errorf("the hub says of %d rooms that they keep %d bytes, and they keep %d", rooms, said, weight)
	}
	return err
}

// foreign has types whose values, and all that they point to, do not belong to a room.
var foreign = []any{(*hub.Hub)(nil), (*hub.Peer)(nil), (*time.Timer)(nil), (*hub.Identity)(nil), (*hub.Outcome)(nil)}

// weighedFirst has the fields of a room that are weighed before others that also point
// to their data.
var weighedFirst = []string{"log", "pages", "roster", "members"}

// weighRoom returns how many bytes a room keeps. It checks each field against its
// bound; see boundsOf.
func (w *world) weighRoom(name string, room reflect.Value) (total int, err error) {
	s := newScale(room.Addr().UnsafePointer(), foreign...)
	bounds := w.boundsOf(room)
	fields := slices.Clone(weighedFirst)
	for i := range room.NumField() {
		if field := room.Type().Field(i).Name; !slices.Contains(weighedFirst, field) {
			fields = append(fields, field)
		}
	}
	for _, field := range fields {
		kept := s.weigh(room.FieldByName(field))
		if total += kept; kept > bounds[field] {
			return total, fmt.Errorf("%s keeps %d bytes in %s, where %d would do", name, kept, field, bounds[field])
		}
	}
	return total, nil
}

// boundsOf returns the bound of each field of a room, in bytes, for its present
// members and sessions and for the configuration. A field that is missing must
// keep nothing.
func (w *world) boundsOf(room reflect.Value) map[string]int {
	const (
		each  = 1 << 10 // more than a member or a session takes
		some  = 4 << 10
		grown = 2 // the most that a buffer's capacity exceeds its length, as a factor
	)
	people, live := room.FieldByName("members").Len(), int(room.FieldByName("pages").FieldByName("live").Int())
	pages := min(room.FieldByName("pages").FieldByName("list").Len(), 3+live>>14)
	sessions := sessionsOf(room)
	flushers := room.FieldByName("fanout").FieldByName("flushers").Len()
	waits := grown * int(room.FieldByName("direct").Int())
	log := grown*2*w.shape.LogBytes + some
	return map[string]int{
		"name":      shared.MaxRoomBytes,
		"roster":    some + people*each,
		"members":   some + (people+sessions)*each + waits, // members hold the sessions that have joined
		"sessions":  some + sessions*each + waits,          // with those that watch the roster
		"watching":  some + sessions*each + waits,          // with those that watch the count
		"pending":   some + sessions*each + waits,
		"log":       log,
		"pages":     some + (pages-1)*some/2 + people*each/8 + grown*(2*live+live/16), // each page may have slack
		"snap":      some + live/8,
		"fanout":    some + sessions*each + flushers*(some+log+live),
		"replica":   some,
		"info":      some,
		"notes":     some + people*32,
		"hosting":   64 * room.FieldByName("hosting").FieldByName("here").Len(),
		"knocks":    some,
		"announced": maxOwed * 512, // each text of the model
	}
}

// sessionsOf returns how many sessions a room has, in all its lists.
func sessionsOf(room reflect.Value) int {
	return room.FieldByName("sessions").Len() + room.FieldByName("pending").Len() + room.FieldByName("watching").FieldByName("counters").Len()
}

// checkIdle checks that rooms in which nothing happens have no work queued.
func checkIdle(srv *server) error {
	return inspect(srv.hub, func(name string, room reflect.Value) error {
		fanout := room.FieldByName("fanout")
		for _, list := range []string{"flushers", "woken"} {
			if n := fanout.FieldByName(list).Len(); n > 0 {
				return fmt.Errorf("%s is at rest and has %d %s", name, n, list)
			}
		}
		return nil
	})
}
