package hub

import (
	"fmt"
	"testing"
	"testing/synctest"

	"rollcall/shared"
)

var remembering = Config{RememberRooms: true}

// What a room says of itself is there again when it is next in use, to whoever comes first
// as well, and can be changed while nobody is there.
func TestARoomIsRemembered(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		_, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		said := shared.RoomInfo{Title: "Everybody", Locked: true}
		mustSet(t, h, "lobby", said)
		s.Receive(shared.Encode(shared.Leave{}))
		synctest.Wait()
		want(t, "when all have left", h.View("lobby", 0), View{Info: said})
		want(t, "of the list", h.Room("lobby").Info, said)
		bo, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		synctest.Wait()
		code, _ := bo.closedWith()
		want(t, "who comes to the empty room", code, shared.CloseLocked)

		open := false
		info, err := h.ChangeRoomInfo("lobby", RoomInfoChange{Locked: &open}, "")
		want(t, "the change", []any{info, err}, []any{shared.RoomInfo{Title: "Everybody"}, error(nil)})
		cy, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Cy"})
		synctest.Wait()
		want(t, "who comes then", cy.info(), info)
		mustSet(t, h, "lobby", shared.RoomInfo{})
		mustSet(t, h, "kitchen", shared.RoomInfo{})
		want(t, "what is remembered", len(h.remembered.rooms), 0)
	})
}

// An observer can keep it: it learns of each change once, and what it gives back is no
// change of a room that is in use.
func TestRestoredRooms(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		var told []Fact
		o := h.Observe("keeper", func(facts []Fact) {
			for _, f := range facts {
				if f.Kind == FactRoomInfo {
					told = append(told, Fact{Room: f.Room, Info: f.Info, By: f.By})
				}
			}
		})
		defer o.Close()
		synctest.Wait()
		old, now := shared.RoomInfo{Title: "Before"}, "Now"
		for _, room := range []string{"lobby", "kitchen"} {
			want(t, "restoring", h.RestoreRoom(room, Kept{Info: old}), error(nil))
		}
		if _, err := h.ChangeRoomInfo("kitchen", RoomInfoChange{Title: &now}, "Ada"); err != nil {
			t.Fatal(err)
		}
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		want(t, "in use", ada.info(), old)
		want(t, "restoring", h.RestoreRoom("lobby", Kept{Info: shared.RoomInfo{Title: "Older"}}), error(nil))
		want(t, "in use still", h.View("lobby", 0).Info, old)
		want(t, "told", told, []Fact{{Room: "kitchen", Info: shared.RoomInfo{Title: now}, By: "Ada"}, {Room: "lobby", Info: old}})
		if h.RestoreRoom("no room", Kept{Info: old}) == nil || h.RestoreRoom("lobby", Kept{Info: shared.RoomInfo{Title: "\u202e"}}) == nil {
			t.Error("what is not valid is taken")
		}
	})
}

func TestOneRoomTooMany(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		said := shared.RoomInfo{Title: "t"}
		for i := range MaxRemembered {
			h.remembered.set(fmt.Sprint("r", i), Kept{Info: said})
		}
		want(t, "one more", h.SetRoomInfo("lobby", said), ErrTooManyRooms)
		want(t, "restoring one more", h.RestoreRoom("lobby", Kept{Info: said}), ErrTooManyRooms)
		want(t, "one of them", h.SetRoomInfo("r1", shared.RoomInfo{Topic: "other"}), error(nil))
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		mustSet(t, h, "lobby", said) // while somebody is there
		synctest.Wait()
		want(t, "Ada sees", ada.info(), said)
	})
}
