package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deaf is a peer that takes everything.
type deaf struct{}

func (deaf) Write([][]byte) error           { return nil }
func (deaf) Close(shared.CloseCode, string) {}

func enter(t *testing.T, h *hub.Hub, room, name string) *hub.Session {
	t.Helper()
	s, err := h.Connect(room, deaf{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: "the-secret-key-of-" + name}))
	return s
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n%v, want\n%v", what, got, want)
	}
}

// reader is who follows, and makes a table of it.
type reader struct {
	t *testing.T
	*Follower
	table map[string]map[string]shared.User
	seqs  map[string]uint64
	last  map[string]api.Event // by room
}

func follow(t *testing.T, l *Log, room string, after Places) (r *reader, lost bool) {
	t.Helper()
	f, lost, _, err := l.Follow(t.Context(), room, after)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{t, f, make(map[string]map[string]shared.User), make(map[string]uint64), make(map[string]api.Event)}, lost
}

// read returns all events since the last call.
func (r *reader) read() (all []api.Event) {
	r.t.Helper()
	_ = r.log.Sync(r.t.Context()) // fails once the hub is closed, and everything told
	for {
		next, whole, _, err := r.Take()
		if err != nil {
			r.t.Fatal(err)
		}
		for _, raw := range next {
			if !r.Pass(raw) {
				continue
			}
			var e api.Event
			if err := json.Unmarshal(raw.Text, &e); err != nil {
				r.t.Fatal(err)
			}
			if before := r.seqs[e.Node]; r.room == "" && before != 0 && e.Seq != before+1 {
				r.t.Errorf("%s told %d after %d", e.Node, e.Seq, before)
			}
			r.seqs[e.Node] = e.Seq
			r.apply(e)
			all = append(all, e)
		}
		if whole {
			return all
		}
	}
}

func (r *reader) apply(e api.Event) {
	room := r.table[e.Data.Room]
	if room == nil {
		room = make(map[string]shared.User)
		r.table[e.Data.Room] = room
	}
	switch e.Type {
	case api.MemberJoined, api.MemberUpdated:
		room[e.Data.Member.ID] = *e.Data.Member
	case api.MemberLeft:
		delete(room, e.Data.Member.ID)
	}
	r.last[e.Data.Room] = e
}

// lines returns events as text: type, room, name and reason.
func lines(all []api.Event) (text []string) {
	for _, e := range all {
		name := ""
		if e.Data.Member != nil {
			name = e.Data.Member.Name
		}
		text = append(text, strings.Join(strings.Fields(fmt.Sprint(e.Type, " ", e.Data.Room, " ", name, " ", e.Data.Count, " ", e.Data.Reason)), " "))
	}
	return text
}

func hashOf(room map[string]shared.User) (h shared.Hash) {
	for _, u := range room {
		h ^= shared.HashUser(u)
	}
	return h
}

func TestEventsOfAVisit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New(hub.Config{})
		defer h.Close()
		l := Observe(h, Config{})
		r, lost := follow(t, l, "", nil)
		one, _ := follow(t, l, "kitchen", nil)
		ada := enter(t, h, "lobby", "Ada")
		enter(t, h, "lobby", "Bo")
		enter(t, h, "kitchen", "Bo")
		ada.Receive(shared.Encode(shared.UpdateUser{Name: new("Countess")}))
		ada.End(shared.ReasonClosed)
		time.Sleep(2 * shared.DefaultGrace)
		all := r.read()
		want(t, "events", lines(all), []string{
			"room.occupied lobby 1", "member.joined lobby Ada 1", "member.joined lobby Bo 2",
			"room.occupied kitchen 1", "member.joined kitchen Bo 1",
			"member.updated lobby Countess 2", "member.left lobby Countess 1 closed",
		})
		want(t, "of one room", lines(one.read()), []string{"room.occupied kitchen 1", "member.joined kitchen Bo 1"})
		left := all[len(all)-1]
		want(t, "the last sign of life", time.UnixMilli(left.Data.LastSeen).Add(shared.DefaultGrace).Equal(left.Timestamp), true)
		want(t, "the hash", left.Data.Hash, hashOf(r.table["lobby"]))
		count, hash := l.State("lobby")
		want(t, "the state", []any{count, hash}, []any{1, left.Data.Hash})
		want(t, "lost", lost, false)
		ids := make(map[string]bool)
		for _, e := range all {
			ids[e.ID] = true
		}
		want(t, "different ids", len(ids), len(all))
		h.Close()
		h.WaitObservers()
		want(t, "the end", slices.Sorted(slices.Values(lines(r.read()))), []string{
			"member.left kitchen Bo 0 closed", "member.left lobby Bo 0 closed", "room.vacated kitchen 0", "room.vacated lobby 0",
		})
	})
}

// However a run goes, the table that a reader makes of events is the hub's, and so is the hash
// of the last event of each room. Who reads pages and follows from there has the same.
func TestTablesAreTheRooms(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			h := hub.New(hub.Config{})
			defer h.Close()
			l := Observe(h, Config{})
			r, _ := follow(t, l, "", nil)
			var sessions []*hub.Session
			readers := []*reader{r}
			for range 300 {
				room := fmt.Sprint("room-", random.IntN(3))
				switch random.IntN(5) {
				case 0, 1:
					sessions = append(sessions, enter(t, h, room, fmt.Sprint("name ", random.IntN(6))))
				case 2:
					if len(sessions) > 0 {
						i := random.IntN(len(sessions))
						sessions[i].End(shared.ReasonClosed)
						sessions = slices.Delete(sessions, i, i+1)
					}
				case 3:
					if len(sessions) > 0 {
						sessions[random.IntN(len(sessions))].Receive(shared.Encode(shared.UpdateUser{Name: new(fmt.Sprint("name ", random.IntN(100)))}))
					}
				case 4:
					time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
				}
				if random.IntN(50) == 0 {
					readers = append(readers, later(t, h, l))
				}
			}
			for _, r := range readers {
				r.read()
				for room := range 3 {
					r.agrees(h, fmt.Sprint("room-", room))
				}
			}
		})
	}
}

// later returns a reader who begins with the pages of the rooms.
func later(t *testing.T, h *hub.Hub, l *Log) *reader {
	from := l.Places()
	r, lost := follow(t, l, "", from)
	want(t, "lost", lost, false)
	for _, room := range h.Rooms() {
		r.table[room] = make(map[string]shared.User)
		for _, u := range h.View(room, 1<<20).Users {
			r.table[room][u.ID] = u
		}
	}
	return r
}

func (r *reader) agrees(h *hub.Hub, room string) {
	r.t.Helper()
	truth := make(map[string]shared.User)
	for _, u := range h.View(room, 1<<20).Users {
		truth[u.ID] = u
	}
	table := r.table[room]
	if len(table)+len(truth) > 0 && !maps.Equal(table, truth) {
		r.t.Errorf("%s: the table is\n%v, the room\n%v", room, table, truth)
	}
	if last, ok := r.last[room]; ok && (last.Data.Hash != hashOf(truth) || last.Data.Count != len(truth)) {
		r.t.Errorf("%s: %d, %v in the last event, not %d, %v", room, last.Data.Count, last.Data.Hash, len(truth), hashOf(truth))
	}
}

// Who is too slow is told so, and where to go on.
func TestTooSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New(hub.Config{})
		defer h.Close()
		l := Observe(h, Config{})
		ada := enter(t, h, "lobby", "Ada")
		slow, _ := follow(t, l, "", nil)
		before := maps.Clone(slow.Places())
		for i := 0; ; i++ {
			time.Sleep(time.Second)
			ada.Receive(shared.Encode(shared.UpdateUser{Note: new(strings.Repeat("x", 100) + fmt.Sprint(i))}))
			if err := l.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			if l.rings[l.node].dropped > 0 {
				break
			}
		}
		if _, _, _, err := slow.Take(); !errors.Is(err, ErrBehind) {
			t.Errorf("it is told %v", err)
		}
		again, lost := follow(t, l, "", before)
		want(t, "lost", lost, true)
		first := again.read()[0]
		want(t, "the first that is left", first.Seq, l.rings[l.node].dropped+1)
		if size := l.rings[l.node].bytes; size > maxRing {
			t.Errorf("it keeps %d bytes", size)
		}
		_, lost = follow(t, l, "", Places{"another": 1})
		want(t, "lost with another life of the server", lost, true)
		_, lost = follow(t, l, "", Places{l.node: 1 << 60})
		want(t, "lost with a place that was never", lost, true)
	})
}

// A gap in the facts is an event.
func TestAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New(hub.Config{})
		defer h.Close()
		l := Observe(h, Config{})
		r, _ := follow(t, l, "lobby", nil)
		enter(t, h, "lobby", "Ada")
		r.read()
		l.apply([]hub.Fact{
			{Kind: hub.FactGap, Snapshot: true, Time: time.Now()}, {Kind: hub.FactRoomOpened, Room: "lobby", Snapshot: true},
			{Kind: hub.FactArrived, Room: "lobby", Snapshot: true, Member: shared.User{ID: "B", Name: "Bo"}},
		})
		all := r.read()
		want(t, "events", lines(all), []string{"attendance.gap 0"})
		want(t, "where the truth is", all[0].Data.Truth, "rooms")
		count, _ := l.State("lobby")
		want(t, "people", count, 1)
	})
}

func TestPlaces(t *testing.T) {
	p := Places{"B": 2, "A": 1 << 63}
	want(t, "text", p.String(), "A:9223372036854775808,B:2")
	back, err := ParsePlaces(p.String())
	want(t, "parsed", back, p)
	want(t, "error", err, nil)
	for _, bad := range []string{"", "A", "A:", ":1", "A:-1", "A:1,", "A:1 ", "A:1,B:x"} {
		if _, err := ParsePlaces(bad); err == nil {
			t.Errorf("%q is parsed", bad)
		}
	}
	many := make(Places)
	for i := range 2 * maxNodes {
		many[fmt.Sprint("n", i)] = 1
	}
	if _, err := ParsePlaces(many.String()); err == nil {
		t.Error("any number of places is parsed")
	}
}

// Who was handed over and does not come back has left, which nobody else tells any more.
func TestWhoDoesNotComeBackAfterAHandover(t *testing.T) {
	for _, c := range []struct {
		Config
		told []string
	}{
		{Config{Shared: true}, []string{"member.left lobby Ada 0 closed", "room.vacated lobby 0"}},
		{Config{Shared: true, Ask: func(context.Context, []byte, func([]byte) error) ([]string, error) { return nil, nil }}, nil},
	} {
		h := hub.New(hub.Config{})
		l := Observe(h, c.Config)
		r, _ := follow(t, l, "lobby", nil)
		ada := shared.User{ID: "ADA", Name: "Ada"}
		l.apply([]hub.Fact{
			{Kind: hub.FactRoomOpened, Room: "lobby"},
			{Kind: hub.FactArrived, Room: "lobby", Member: ada, Origin: "before"},
			{Kind: hub.FactDeparted, Room: "lobby", Member: ada, Origin: "before", Reason: shared.ReasonClosed},
		})
		want(t, "told", lines(r.read()), c.told)
		h.Close()
		h.WaitObservers()
	}
}

// What a follower says of its room is as of the events that it took, whatever was told since.
func TestStateIsOfWhatWasTaken(t *testing.T) {
	h := hub.New(hub.Config{})
	l := Observe(h, Config{})
	r, _ := follow(t, l, "lobby", nil)
	for i := range 3 {
		enter(t, h, "lobby", fmt.Sprint("name-", i))
		r.read()
		last := r.last["lobby"]
		enter(t, h, "lobby", fmt.Sprint("another-", i))
		if err := l.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		count, hash := r.State()
		want(t, "count", count, last.Data.Count)
		want(t, "hash", hash, last.Data.Hash)
	}
	h.Close()
	h.WaitObservers()
}
