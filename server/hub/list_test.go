package hub

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// The index has what a sorted slice has, whatever is added and removed in which order.
func TestIndex(t *testing.T) {
	var x index
	in := map[string]*room{}
	for range 20_000 {
		name := fmt.Sprint(rand.IntN(5000))
		if r := in[name]; r != nil && rand.IntN(3) == 0 {
			x.remove(&room{name: name}) // another of that name
			x.remove(r)
			delete(in, name)
		} else {
			in[name] = &room{name: name}
			x.add(in[name])
		}
	}
	for _, prefix := range []string{"", "1", "49", "499", "4999", "x"} {
		for _, after := range []string{"", "1", "2", "4999", "5", "499", "9999", "x"} {
			var want, got []string
			for name := range in {
				if name > after && len(name) >= len(prefix) && name[:len(prefix)] == prefix {
					want = append(want, name)
				}
			}
			slices.Sort(want)
			for r := range x.after(prefix, after) {
				if in[r.name] != r {
					t.Errorf("a former room %s", r.name)
				}
				got = append(got, r.name)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d with prefix %q after %q, want %d", len(got), prefix, after, len(want))
			}
		}
	}
	for _, r := range in {
		x.remove(r)
	}
	if len(x.blocks) != 0 {
		t.Errorf("%d blocks of no rooms", len(x.blocks))
	}
}

func rooms(h *Hub) (names []string) {
	list, _ := h.List("", "", 100)
	for _, o := range list {
		names = append(names, o.Room)
	}
	return names
}

// A room is in the list from its first member's arrival to its last one's departure,
// whoever else is connected.
func TestListOfRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Config{Grace: time.Second})
		defer h.Close()
		watch(t, h, "watched", shared.Watch{Detail: shared.DetailRoster})
		_, a := enter(t, h, "a", shared.GotANewUser{Name: "Ada"})
		began := time.Now().UnixMilli()
		time.Sleep(time.Minute)
		enter(t, h, "b", shared.GotANewUser{Name: "Bo"})
		_, b := enter(t, h, "a", shared.GotANewUser{Name: "Bo"})
		synctest.Wait()
		if got := rooms(h); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%q", got)
		}
		a.End(shared.ReasonClosed)
		time.Sleep(2 * time.Second)
		if o := h.Room("a"); o.Members != 1 || o.Sessions != 1 || o.Since != began {
			t.Errorf("%+v, since %d", o, began)
		}
		b.End(shared.ReasonClosed)
		time.Sleep(2 * time.Second)
		if got := rooms(h); !slices.Equal(got, []string{"b"}) {
			t.Errorf("%q", got)
		}
		if o := h.Room("a"); o != (Occupied{Room: "a"}) {
			t.Errorf("%+v", o)
		}
		_, c := enter(t, h, "a", shared.GotANewUser{Name: "Cy"})
		if o := h.Room("a"); o.Since == began || o.Since == 0 {
			t.Errorf("of its former time: %+v", o)
		}
		c.End(shared.ReasonClosed)
	})
}

// A room that crashes, and all of a hub that is closed, are in no list.
func TestRoomsThatAreClosedAreNotListed(t *testing.T) {
	h := New(Config{})
	enter(t, h, "a", shared.GotANewUser{Name: "Ada"})
	enter(t, h, "b", shared.GotANewUser{Name: "Bo"})
	h.rooms["a"].mu.Lock()
	h.rooms["a"].close(shared.Errorf(shared.CodeInternal, "planted"))
	h.rooms["a"].mu.Unlock()
	if got := rooms(h); !slices.Equal(got, []string{"b"}) {
		t.Errorf("%q", got)
	}
	h.Close()
	if got := rooms(h); len(got) != 0 {
		t.Errorf("%q", got)
	}
}
