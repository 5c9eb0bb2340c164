package hub

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// watch connects a new peer that watches a room.
func watch(t *testing.T, h *Hub, room string, first shared.Watch) (*peer, *Session) {
	t.Helper()
	return watchAs(t, h, room, newPeer(t), first)
}

func watchAs(t *testing.T, h *Hub, room string, p *peer, first shared.Watch) (*peer, *Session) {
	t.Helper()
	s, err := h.Connect(room, p)
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(first))
	return p, s
}

var (
	theRoster = shared.Watch{Detail: shared.DetailRoster}
	theCount  = shared.Watch{Detail: shared.DetailCount}
)

// A watcher sees what members see, and nobody sees the watcher.
func TestWatchingTheRoster(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		w, s := watch(t, h, "lobby", theRoster)
		synctest.Wait()
		want(t, "the watcher hears", w.names(), []string{"existing_users"})
		want(t, "the watcher is", w.you, "")
		bo, bos := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		synctest.Wait()
		want(t, "the watcher hears", w.names(), []string{"new_user"})
		want(t, "everybody", [][]string{w.users(), ada.users(), bo.users()}, [][]string{{"Ada", "Bo"}, {"Ada", "Bo"}, {"Ada", "Bo"}})

		s.Receive(shared.Encode(shared.UpdateUser{}, shared.Leave{}, theRoster, theCount, shared.Ping{}))
		synctest.Wait()
		var codes []any
		for _, e := range w.take() {
			if e, ok := e.(shared.Error); ok {
				codes = append(codes, e.Code)
				continue
			}
			codes = append(codes, e.Event())
		}
		want(t, "the watcher hears", codes, []any{shared.CodeNotJoined, shared.CodeNotJoined, shared.CodeAlreadyJoined, shared.CodeAlreadyJoined, "pong"})

		s.Receive(shared.Encode(shared.Watch{Detail: shared.DetailRoster, Resume: &shared.Resume{}}))
		bos.Receive(shared.Encode(shared.Leave{}))
		synctest.Wait()
		want(t, "the watcher is repaired", w.names()[0], "existing_users")
		time.Sleep(shared.PingEvery)
		synctest.Wait()
		want(t, "the watcher hears", w.names(), []string{"watchers", "heartbeat"})
		s.End(shared.ReasonClosed)
		want(t, "the outcome", s.Outcome(), Outcome{Room: "lobby", Reason: shared.ReasonClosed})
	})
}

// Whoever watches and then joins is not sent the roster again.
func TestAWatcherBecomesAMember(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		w, s := watch(t, h, "lobby", theRoster)
		synctest.Wait()
		w.take()
		held := &shared.Resume{Epoch: w.roster.Epoch(), Rev: w.roster.Rev()}
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Bo", Resume: held}))
		synctest.Wait()
		want(t, "the newcomer hears", w.names(), []string{"resumed", "new_user"})
		if u, ok := w.roster.Get(w.you); !ok || u.Name != "Bo" {
			t.Errorf("the newcomer is %q, %+v", w.you, u)
		}
		time.Sleep(shared.WatcherAfter)
		synctest.Wait()
		r := s.room
		r.mu.Lock()
		want(t, "watchers", []int{r.watchers(), r.watching.counted, r.memberSessions()}, []int{0, 0, 2})
		r.mu.Unlock()
		s.Receive(shared.Encode(theRoster))
		synctest.Wait()
		want(t, "a member who watches hears", w.take()[0].(shared.Error).Code, shared.CodeAlreadyJoined)

		again := newPeer(t)
		_ = again.roster.Apply(shared.ExistingUsers{
			Room: "lobby", Epoch: held.Epoch, Rev: held.Rev + 1, Users: slices.Collect(w.roster.All())})
		w, s = watchAs(t, h, "lobby", again, shared.Watch{Detail: shared.DetailRoster, Resume: &shared.Resume{Epoch: held.Epoch, Rev: held.Rev + 1}})
		synctest.Wait()
		want(t, "who resumes hears", w.names(), []string{"resumed"})
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Cy"}))
		synctest.Wait()
		want(t, "who does not hears", w.names(), []string{"existing_users"})
		want(t, "and sees", w.users(), []string{"Ada", "Bo", "Cy"})
	})
}

// The occupancy comes at once, after changes once a second, and with each heartbeat.
func TestWatchingTheCount(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		w, s := watch(t, h, "lobby", theCount)
		synctest.Wait()
		want(t, "at once", w.take(), []shared.Event{shared.Occupancy{}})
		for i := range 5 {
			enter(t, h, "lobby", shared.GotANewUser{Name: fmt.Sprint(i)})
		}
		synctest.Wait()
		want(t, "within the second", w.take(), []shared.Event(nil))
		second, _ := watch(t, h, "lobby", theCount)
		synctest.Wait()
		want(t, "the second watcher hears", second.take(), []shared.Event{shared.Occupancy{}})
		time.Sleep(shared.OccupancyEvery)
		synctest.Wait()
		want(t, "after it", w.take(), []shared.Event{shared.Occupancy{Members: 5, Sessions: 5}})
		want(t, "the second watcher hears", second.take(), []shared.Event{shared.Occupancy{Members: 5, Sessions: 5}})
		time.Sleep(shared.WatcherAfter)
		synctest.Wait()
		want(t, "counted", w.take(), []shared.Event{
			shared.Occupancy{Members: 5, Sessions: 5, Watchers: 1}, shared.Occupancy{Members: 5, Sessions: 5, Watchers: 2}})
		time.Sleep(shared.PingEvery - shared.WatcherAfter - shared.OccupancyEvery)
		synctest.Wait()
		want(t, "a heartbeat", w.take(), []shared.Event{shared.Occupancy{Members: 5, Sessions: 5, Watchers: 2}})
		time.Sleep(shared.OccupancyEvery)
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada"}))
		synctest.Wait()
		want(t, "the one who joins hears", w.names(), []string{"existing_users", "watchers"})
		want(t, "and sees", len(w.users()), 6)
		want(t, "the other watcher hears", second.take()[3:], []shared.Event{shared.Occupancy{Members: 6, Sessions: 6, Watchers: 1}})
	})
}

// Members are told the number of watchers with what they are told anyway.
func TestTheNumberOfWatchersCostsNoWrite(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		watch(t, h, "lobby", theRoster)
		_, s := watch(t, h, "lobby", theCount)
		synctest.Wait()
		ada.take()
		time.Sleep(shared.WatcherAfter + time.Second)
		synctest.Wait()
		want(t, "heard of watchers alone", ada.take(), []shared.Event(nil))
		_, bo := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		synctest.Wait()
		got := ada.take()
		want(t, "the first", got[0], shared.Event(shared.Watchers{Count: 2}))
		want(t, "with", got[1].Event(), "new_user")
		want(t, "writes", ada.messages, 2)
		s.End(shared.ReasonClosed)
		bo.Receive(shared.Encode(shared.Leave{}))
		synctest.Wait()
		want(t, "within 5 s", ada.names(), []string{"disconnect_user"})
		time.Sleep(shared.WatchersEvery)
		cy, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Cy"})
		synctest.Wait()
		want(t, "after 5 s", ada.take()[0], shared.Event(shared.Watchers{Count: 1}))
		want(t, "a newcomer hears", cy.take()[1], shared.Event(shared.Watchers{Count: 1}))
	})
}

// A room that is only watched has heartbeats, and is forgotten when nobody watches any
// more.
func TestARoomThatIsOnlyWatched(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		seen := observe(h, nil)
		defer seen.Close()
		w, s := watch(t, h, "lobby", theRoster)
		c, count := watch(t, h, "lobby", theCount)
		time.Sleep(shared.JoinWithin + shared.PingEvery)
		synctest.Wait()
		want(t, "the watcher hears", w.names(), []string{"existing_users", "watchers", "heartbeat"})
		want(t, "the other hears", c.names(), []string{"occupancy", "occupancy", "occupancy", "occupancy"})
		want(t, "rooms, members, sessions", held(h), []int{1, 0, 2})
		late, again := watch(t, h, "lobby", theRoster) // at the same revision as the first
		synctest.Wait()
		want(t, "a late watcher hears", late.take()[1:], []shared.Event{shared.Watchers{Count: 2}})
		again.End(shared.ReasonClosed)
		s.End(shared.ReasonClosed)
		want(t, "the room is there", h.View("lobby", 1).Epoch != "", true)
		count.End(shared.ReasonClosed)
		want(t, "the room", h.View("lobby", 1), View{})
		var counts []int
		seen.sync(t)
		for _, f := range seen.facts {
			if f.Kind == FactWatchers {
				counts = append(counts, f.Count)
			}
		}
		want(t, "the facts", counts, []int{1, 2, 1, 0})
	})
}

// Watchers and members of a full room take no place from each other.
func TestBoundsOfWatchers(t *testing.T) {
	run(t, Config{MaxRoomSessions: 2}, func(t *testing.T, h *Hub) {
		for range 2 {
			watch(t, h, "lobby", theRoster)
		}
		w, _ := watch(t, h, "lobby", theCount)
		synctest.Wait()
		want(t, "one watcher too many hears", w.take()[0].(shared.Error).Code, shared.CodeRoomFull)
		for i := range 2 {
			p, _ := enter(t, h, "lobby", shared.GotANewUser{Name: fmt.Sprint(i)})
			synctest.Wait()
			want(t, "a member hears", p.names(), []string{"existing_users"})
		}
		_, err := h.Connect("lobby", newPeer(t))
		want(t, "one more of any kind", shared.AsError(err).Code, shared.CodeRoomFull)
	})
}

func TestAWatchWithoutDetail(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		for _, detail := range []shared.Detail{"", shared.DetailWindow, "everything"} {
			w, _ := watch(t, h, "lobby", shared.Watch{Detail: detail})
			synctest.Wait()
			want(t, "heard", w.take()[0].(shared.Error).Code, shared.CodeBadEvent)
			code, _ := w.closedWith()
			want(t, "closed with", code, shared.CloseBadRequest)
		}
	})
}

// Watchers are local to a node, and see who is on the others.
func TestWatchingOneOfTwoNodes(t *testing.T) {
	runPair(t, func(p *pair) {
		p.enter(0, "Ada", adasKey)
		w, s := watch(t, p.hubs[1], shown, theRoster)
		p.exchange()
		want(t, "the watcher sees", w.users(), []string{"Ada"})
		p.enter(0, "Bo", "bos-secret-key-00002")
		p.exchange()
		want(t, "the watcher sees", w.users(), []string{"Ada", "Bo"})
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Cy"}))
		p.exchange()
		want(t, "the other node shows", p.hubs[0].View(shown, 9).Count, 3)
	})
}

// A session that is slow and so is sent a snapshot learns the number of watchers too.
func TestWhoFallsBehindLearnsTheNumberOfWatchers(t *testing.T) {
	run(t, Config{LogBytes: MinLogBytes}, func(t *testing.T, h *Hub) {
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		ada.stall(true)
		watch(t, h, "lobby", theRoster)
		enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		time.Sleep(shared.WatcherAfter - time.Second)
		enter(t, h, "lobby", shared.GotANewUser{Name: "Cy"})
		ada.stall(false)
		synctest.Wait()
		ada.stall(true)
		enter(t, h, "lobby", shared.GotANewUser{Name: "stuck in the write"})
		time.Sleep(2 * time.Second)
		for i := range 100 {
			_, s := enter(t, h, "lobby", shared.GotANewUser{Name: fmt.Sprint(i)})
			s.Receive(shared.Encode(shared.Leave{}))
		}
		ada.take()
		ada.stall(false)
		synctest.Wait()
		want(t, "heard", ada.names(), []string{"new_user", "existing_users", "watchers"})
	})
}
