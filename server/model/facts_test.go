package model

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"rollcall/server/hub"
	"rollcall/shared"
)

// replica is a copy of a server's rooms, made from the facts that an observer of the
// hub receives.
type replica struct {
	mu    sync.Mutex
	rooms hub.Copy

	watchers map[string]int // by room
	bans     map[memberRef]*hub.Ban
	infos    map[string]shared.RoomInfo
}

// replicate returns a replica of the hub's rooms, which is kept up to date until the
// hub is closed.
func replicate(h *hub.Hub) *replica {
	c := &replica{rooms: hub.Copy{}, watchers: map[string]int{}, bans: map[memberRef]*hub.Ban{}, infos: map[string]shared.RoomInfo{}}
	h.Observe("replica", func(facts []hub.Fact) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, f := range facts {
			c.rooms.Apply(f)
			switch f.Kind {
			case hub.FactWatchers:
				c.watchers[f.Room] = f.Count
			case hub.FactBanned, hub.FactUnbanned:
				c.bans[memberRef{f.Room, f.Ban.ID}] = f.Ban
			case hub.FactRoomInfo:
				c.infos[f.Room] = f.Info
			case hub.FactRoomClosed:
				delete(c.watchers, f.Room)
				delete(c.infos, f.Room)
			}
		}
	})
	return c
}

// check compares the replica with the hub's rosters. Every goroutine must be blocked.
func (c *replica) check(h *hub.Hub) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := h.Rooms()
	if len(names) != len(c.rooms) {
		return fmt.Errorf("the facts are of the rooms %v, the hub has %v", c.rooms, names)
	}
	for _, room := range names {
		users := map[string]shared.User{}
		v := h.View(room, noLimit)
		for _, u := range v.Users {
			users[u.ID] = u
		}
		if v.Info != c.infos[room] {
			return fmt.Errorf("by the facts %s says %+v, by the hub %+v", room, c.infos[room], v.Info)
		}
		if !maps.Equal(users, c.rooms[room]) {
			return fmt.Errorf("by the facts %s is %v, by the hub %v", room, c.rooms[room], users)
		}
	}
	if err := errors.Join(checkList(h, names), c.checkBans(h)); err != nil {
		return err
	}
	return inspect(h, func(room string, r reflect.Value) error {
		if n := int(r.FieldByName("watching").FieldByName("counted").Int()); n != c.watchers[room] {
			return fmt.Errorf("by the facts %s has %d watchers, by the hub %d", room, c.watchers[room], n)
		}
		return nil
	})
}

// checkList compares the list of the rooms that somebody is in with their rosters.
func checkList(h *hub.Hub, names []string) error {
	var listed, occupied []string
	list, _ := h.List("", "", noLimit)
	for _, o := range list {
		listed = append(listed, o.Room)
	}
	for _, room := range names {
		if h.View(room, 0).Count > 0 {
			occupied = append(occupied, room)
		}
	}
	slices.Sort(occupied)
	if !slices.Equal(listed, occupied) {
		return fmt.Errorf("the hub lists the rooms %v, and somebody is in %v", listed, occupied)
	}
	return nil
}
