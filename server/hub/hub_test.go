package hub

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub/feed"
	"rollcall/shared"
)

const adasKey = "adas-secret-key-0001"

// run gives a test a hub in a bubble with a clock of its own.
func run(t *testing.T, c Config, test func(*testing.T, *Hub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := New(c)
		test(t, h)
		h.Close()
	})
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// The flow that everything else rests on: existing_users with everybody to the
// sender, new_user to the others only, disconnect_user for exactly the one.
func TestFlow(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string{"existing_users"})
		want(t, "Ada sees", ada.users(), []string{"Ada"})

		bo, boSession := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		other, _ := enter(t, h, "elsewhere", shared.GotANewUser{Name: "Cy"})
		synctest.Wait()
		want(t, "Bo hears", bo.names(), []string{"existing_users"})
		want(t, "Bo sees", bo.users(), []string{"Ada", "Bo"})
		want(t, "Ada hears", ada.names(), []string{"new_user"})
		want(t, "Ada sees", ada.users(), []string{"Ada", "Bo"})
		want(t, "the other room sees", other.users(), []string{"Cy"})

		boSession.End(shared.ReasonClosed)
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		got := ada.take()
		want(t, "Ada hears", got, []shared.Event{shared.DisconnectUser{Rev: 3, ID: bo.you, Reason: shared.ReasonClosed}})
		want(t, "Ada sees", ada.users(), []string{"Ada"})
	})
}

func TestTenOfTheSameName(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		var sessions []*Session
		var peers []*peer
		for range 10 {
			p, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Sam"})
			peers, sessions = append(peers, p), append(sessions, s)
		}
		synctest.Wait()
		watcher.take()
		sessions[4].Receive(shared.Encode(shared.Leave{}))
		synctest.Wait()
		want(t, "heard", watcher.take(), []shared.Event{
			shared.DisconnectUser{Rev: 12, ID: peers[4].you, Reason: shared.ReasonLeft}})
		want(t, "left", len(watcher.users()), 10)
	})
}

func TestReloadShowsNothing(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		ada, first := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		watcher.take()
		first.End(shared.ReasonClosed)
		time.Sleep(shared.DefaultGrace - time.Millisecond)
		held := &shared.Resume{Epoch: ada.roster.Epoch(), Rev: ada.roster.Rev()}
		ada, second := enterAs(t, h, "lobby", ada, shared.GotANewUser{Name: "Ada", Key: adasKey, Resume: held})
		first.End(shared.ReasonClosed) // late and twice
		time.Sleep(time.Second)
		synctest.Wait()
		want(t, "the watcher hears", watcher.names(), []string(nil))
		want(t, "Ada hears", ada.names(), []string{"existing_users", "resumed"})

		second.End(shared.ReasonTimeout)
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		want(t, "the watcher hears", watcher.take(), []shared.Event{
			shared.DisconnectUser{Rev: 3, ID: ada.you, Reason: shared.ReasonTimeout}})
	})
}

func TestSecondTab(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		_, one := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		tab, two := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		want(t, "everybody", watcher.users(), []string{"Ada", "watcher"})
		watcher.take()
		one.End(shared.ReasonClosed)
		time.Sleep(time.Minute)
		synctest.Wait()
		want(t, "heard but heartbeats", slices.DeleteFunc(watcher.names(), isHeartbeat), []string{"user_updated"}) // one device less

		_, three := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		three.Receive(shared.Encode(shared.Leave{}))
		synctest.Wait()
		want(t, "after leave", watcher.names(), []string{"user_updated", "disconnect_user"})
		code, closed := tab.closedWith()
		want(t, "the other tab", []any{code, closed}, []any{shared.CloseLeft, true})
		two.End(shared.ReasonClosed)
		time.Sleep(time.Minute)
		synctest.Wait()
		want(t, "heard but heartbeats", slices.DeleteFunc(watcher.names(), isHeartbeat), []string{})
	})
}

func isHeartbeat(name string) bool { return name == shared.EventHeartbeat }

func TestUpdates(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		_, one := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		_, two := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		watcher.take()
		name, note, away := "Ada Lovelace", "counting", shared.StatusAway
		one.Receive(shared.Encode(shared.UpdateUser{Name: &name, Note: &note}))
		one.Receive(shared.Encode(shared.UpdateUser{Name: &name})) // nothing new
		one.Receive(shared.Encode(shared.UpdateUser{Status: &away}))
		synctest.Wait()
		want(t, "one hidden tab", watcher.names(), []string{"user_updated"})
		two.Receive(shared.Encode(shared.UpdateUser{Status: &away}))
		synctest.Wait()
		heard := watcher.take()
		if len(heard) != 1 || heard[0].(shared.UserUpdated).User.Status != shared.StatusAway {
			t.Errorf("both hidden: heard %v", heard)
		}
		// A name that comes in decomposed is shown, and stored, composed.
		decomposed := "Jose\u0301"
		one.Receive(shared.Encode(shared.UpdateUser{Name: &decomposed}))
		synctest.Wait()
		want(t, "NFC", watcher.users(), []string{"Jos\u00e9", "watcher"})
	})
}

// A closed active tab changes the status only when the grace is over, and not
// at all if it comes back.
func TestStatusHasTheGraceToo(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		_, hidden := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		_, shown := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		away := shared.StatusAway
		hidden.Receive(shared.Encode(shared.UpdateUser{Status: &away}))
		synctest.Wait()
		watcher.take()
		shown.End(shared.ReasonClosed)
		time.Sleep(time.Second)
		_, shown = enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		want(t, "after a reload", watcher.names(), []string(nil))
		shown.End(shared.ReasonClosed)
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		want(t, "after the grace", watcher.names(), []string{"user_updated"})
	})
}

func TestResume(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		ada, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		s.End(shared.ReasonClosed)
		for i := range 3 {
			enter(t, h, "lobby", shared.GotANewUser{Name: fmt.Sprint("new ", i)})
		}
		epoch, rev := ada.roster.Epoch(), ada.roster.Rev()
		ada.take()
		ada, s = enterAs(t, h, "lobby", ada, shared.GotANewUser{Name: "Ada", Key: adasKey,
			Resume: &shared.Resume{Epoch: epoch, Rev: rev}})
		synctest.Wait()
		want(t, "resumed", ada.names(), []string{"resumed", "new_user", "new_user", "new_user"})
		want(t, "in one message", ada.messages, 2)

		for what, resume := range map[string]shared.Resume{
			"another epoch": {Epoch: "other", Rev: rev}, "the future": {Epoch: epoch, Rev: 99}, "nothing": {},
		} {
			time.Sleep(shared.ResyncEvery)
			s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: adasKey, Resume: &resume}))
			synctest.Wait()
			want(t, what, ada.names(), []string{"existing_users"})
		}
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: adasKey, Resume: &shared.Resume{}}))
		synctest.Wait()
		want(t, "too often", ada.take()[0].(shared.Error).Code, shared.CodeTooOften)
	})
}

func TestSlowReaderHoldsNobodyAndCatchesUp(t *testing.T) {
	run(t, Config{LogBytes: MinLogBytes}, func(t *testing.T, h *Hub) {
		slow, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "slow"})
		quick, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "quick"})
		synctest.Wait()
		slow.stall(true)
		start := time.Now()
		enter(t, h, "lobby", shared.GotANewUser{Name: "a"})
		time.Sleep(3 * slowWrite)
		synctest.Wait()
		want(t, "quick sees", len(quick.users()), 3)
		want(t, "after the first stuck write others wait for nothing", time.Since(start), 3*slowWrite)

		for i := range 200 { // far more than the log keeps
			_, s := enter(t, h, "lobby", shared.GotANewUser{Name: fmt.Sprint("guest ", i)})
			if i%2 == 0 {
				s.Receive(shared.Encode(shared.Leave{}))
			}
			synctest.Wait() // without any passing of time
			want(t, "quick sees", len(quick.users()), 3+(i+2)/2-1+(i%2))
		}
		slow.take()
		slow.stall(false)
		synctest.Wait()
		want(t, "slow has", slow.hash(), quick.hash())
		want(t, "from", slow.names(), []string{"new_user", "existing_users"})
	})
}

func TestStuckWriteEndsThatSessionAlone(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		stuck, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "stuck"})
		other, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "other"})
		synctest.Wait()
		stuck.stall(true)
		enter(t, h, "lobby", shared.GotANewUser{Name: "news"})
		time.Sleep(shared.StuckWriteAfter - time.Millisecond)
		synctest.Wait()
		if _, closed := stuck.closedWith(); closed {
			t.Error("closed too early")
		}
		time.Sleep(2*slowWrite + shared.DefaultGrace)
		synctest.Wait()
		code, closed := stuck.closedWith()
		want(t, "stuck", []any{code, closed}, []any{shared.CloseTooSlow, true})
		want(t, "other sees", other.users(), []string{"news", "other"})
		last := other.take()
		want(t, "reason", last[len(last)-1].(shared.DisconnectUser).Reason, shared.ReasonTimeout)
	})
}

// unhurried is a peer that reads slowly.
type unhurried struct{ *peer }

func (p unhurried) Write(parts [][]byte) error {
	time.Sleep(6 * time.Second)
	return p.peer.Write(parts)
}

// What is sent in one go may be several messages, and each has its time.
func TestWhoReadsEachMessageInTimeIsNotStuck(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		p := newPeer(t)
		s, err := h.Connect("lobby", unhurried{p})
		if err != nil {
			t.Fatal(err)
		}
		join := shared.GotANewUser{Name: "Ada", Key: adasKey}
		s.Receive(shared.Encode(join))
		time.Sleep(time.Second) // the snapshot is being written
		s.Receive([]byte(`{"event":"sing"}`))
		join.Resume = &shared.Resume{}
		s.Receive(shared.Encode(join))
		time.Sleep(time.Minute)
		if code, closed := p.closedWith(); closed {
			t.Errorf("closed with %d", code)
		}
		heard := p.names()
		want(t, "Ada hears", heard[:min(len(heard), 3)], []string{"existing_users", "error", "existing_users"})
	})
}

// While a write is under way more diffs gather: they travel together.
func TestDiffsGatherDuringAWrite(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		p, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "reader"})
		synctest.Wait()
		p.stall(true)
		p.messages = 0
		for i := range 50 {
			enter(t, h, "lobby", shared.GotANewUser{Name: fmt.Sprint("n", i)})
			synctest.Wait() // the first of these is being written from now on
		}
		p.stall(false)
		synctest.Wait()
		want(t, "messages for 50 diffs", p.messages, 2)
		want(t, "sees", len(p.users()), 51)
	})
}

func TestLargeSnapshotComesInFramesThatClientsAccept(t *testing.T) {
	const n = 20_000
	run(t, Config{}, func(t *testing.T, h *Hub) {
		for i := range n {
			p := newPeer(t)
			p.stalled = true // nobody reads, or this would be n²
			_, s := enterAs(t, h, "lobby", p, shared.GotANewUser{Name: fmt.Sprintf("%064d", i)})
			s.End(shared.ReasonClosed)
			p.stall(false)
		}
		last, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "last"})
		synctest.Wait()
		want(t, "sees", len(last.users()), n+1)
		if last.messages < 3 || last.largest > chunkBytes+2*feed.PageBytes { // more takes a thin link too long
			t.Errorf("%d messages, the largest of %d bytes", last.messages, last.largest)
		}
	})
}

func TestJoinInTime(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		p := newPeer(t)
		if _, err := h.Connect("lobby", p); err != nil {
			t.Fatal(err)
		}
		time.Sleep(shared.JoinWithin)
		synctest.Wait()
		want(t, "heard", p.take()[0].(shared.Error).Code, shared.CodeJoinTimeout)
		code, _ := p.closedWith()
		want(t, "closed with", code, shared.CloseJoinTimeout)
		want(t, "rooms", len(h.rooms), 0)
	})
}

func TestHeartbeatProvesTheRoster(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		p, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		p.take()
		time.Sleep(shared.PingEvery)
		synctest.Wait()
		want(t, "heard", p.take(), []shared.Event{shared.Heartbeat{Rev: 1, Count: 1, Hash: p.hash()}})
		time.Sleep(shared.PingEvery)
		synctest.Wait()
		want(t, "heard", p.names(), []string{"heartbeat"})
	})
}

// Whoever asks is answered, in the room or not yet, and nobody else hears of it.
func TestPing(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		other, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Bea"})
		p := newPeer(t)
		s, err := h.Connect("lobby", p)
		if err != nil {
			t.Fatal(err)
		}
		s.Receive(shared.Encode(shared.Ping{}))
		synctest.Wait()
		want(t, "heard before the join", p.names(), []string{"pong"})
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada"}))
		synctest.Wait()
		p.take()
		other.take()
		s.Receive(shared.Encode(shared.Ping{}))
		synctest.Wait()
		want(t, "heard", p.names(), []string{"pong"})
		want(t, "the other heard", other.names(), []string(nil))
	})
}

func TestBadInputCostsTheSenderOnly(t *testing.T) {
	long := strings.Repeat("x", shared.MaxNameBytes+1)
	for _, c := range []struct {
		what   string
		joined bool
		frame  string
		code   shared.Code
		close  shared.CloseCode // 0: the session goes on
	}{
		{"not JSON", true, `{"event":`, shared.CodeBadJSON, shared.CloseBadRequest},
		{"not JSON, not joined", false, `hello`, shared.CodeBadJSON, shared.CloseBadRequest},
		{"not UTF-8", true, "{\"event\":\"leave\",\"data\":\"\xff\"}", shared.CodeBadUTF8, shared.CloseBadPayload},
		{"wrong data", true, `{"event":"update_user","data":[1]}`, shared.CodeBadEvent, shared.CloseBadRequest},
		{"too large", true, strings.Repeat(" ", shared.MaxClientFrame+1), shared.CodeFrameTooLarge, shared.CloseTooLarge},
		{"unknown", true, `{"event":"dance","data":{}}`, shared.CodeUnknownEvent, 0},
		{"unknown, not joined", false, `{"event":"dance"}`, shared.CodeUnknownEvent, 0},
		{"no name", false, `{"event":"got_a_new_user","data":{}}`, shared.CodeBadName, 0},
		{"no data", false, `{"event":"got_a_new_user"}`, shared.CodeBadEvent, shared.CloseBadRequest},
		{"long name", false, `{"event":"got_a_new_user","data":{"name":"` + long + `"}}`, shared.CodeBadName, 0},
		{"short key", false, `{"event":"got_a_new_user","data":{"name":"x","key":"1234"}}`, shared.CodeBadKey, 0},
		{"joined twice", true, `{"event":"got_a_new_user","data":{"name":"x"}}`, shared.CodeAlreadyJoined, 0},
		{"resync as another", true, `{"event":"got_a_new_user","data":{"name":"x","key":"another-secret-key","resume":{}}}`, shared.CodeAlreadyJoined, 0},
		{"update before join", false, `{"event":"update_user","data":{"name":"x"}}`, shared.CodeNotJoined, 0},
		{"leave before join", false, `{"event":"leave"}`, shared.CodeNotJoined, 0},
		{"bad new name", true, `{"event":"update_user","data":{"name":"\u202e"}}`, shared.CodeBadName, 0},
		{"bad status", true, `{"event":"update_user","data":{"status":"dancing"}}`, shared.CodeBadStatus, 0},
		{"bad note", true, `{"event":"update_user","data":{"note":"a\u0007"}}`, shared.CodeBadNote, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			run(t, Config{}, func(t *testing.T, h *Hub) {
				watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
				p := newPeer(t)
				s, err := h.Connect("lobby", p)
				if err != nil {
					t.Fatal(err)
				}
				if c.joined {
					s.Receive(shared.Encode(shared.GotANewUser{Name: "sender", Key: adasKey}))
				}
				synctest.Wait()
				watcher.take()
				p.take()
				s.Receive([]byte(c.frame))
				synctest.Wait()
				heard := p.take()
				if len(heard) != 1 || heard[0].(shared.Error).Code != c.code {
					t.Errorf("heard %v, want %s", heard, c.code)
				}
				code, closed := p.closedWith()
				want(t, "closed", closed, c.close != 0)
				want(t, "close code", code, c.close)
				want(t, "the watcher hears", watcher.names(), []string(nil))
				if c.close == 0 && !c.joined { // it may still join
					s.Receive(shared.Encode(shared.GotANewUser{Name: "sender"}))
					synctest.Wait()
					want(t, "joined after all", p.names(), []string{"existing_users"})
				}
			})
		})
	}
}

// A good envelope behind a bad one is still served where the session goes on.
func TestOneBadEnvelopeInAFrame(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		p := newPeer(t)
		s, _ := h.Connect("lobby", p)
		s.Receive([]byte(`{"event":"dance"}` + "\n" + `{"event":"got_a_new_user","data":{"name":"Ada"}}`))
		synctest.Wait()
		want(t, "heard", p.names(), []string{"error", "existing_users"})
	})
}

func TestLimits(t *testing.T) {
	run(t, Config{MaxRooms: 3, MaxSessions: 5, MaxRoomSessions: 2}, func(t *testing.T, h *Hub) {
		refused := func(room string, code shared.Code) {
			t.Helper()
			_, err := h.Connect(room, newPeer(t))
			var why shared.Error
			if !errors.As(err, &why) || why.Code != code {
				t.Errorf("%s: %v, want %s", room, err, code)
			}
		}
		refused("No Room", shared.CodeBadRoom)
		_, first := enter(t, h, "one", shared.GotANewUser{Name: "a"})
		enter(t, h, "one", shared.GotANewUser{Name: "b"})
		full, _ := enter(t, h, "one", shared.GotANewUser{Name: "c"})
		synctest.Wait()
		want(t, "one session too many", full.take()[0].(shared.Error).Code, shared.CodeRoomFull)
		enter(t, h, "two", shared.GotANewUser{Name: "c"})
		_, third := enter(t, h, "three", shared.GotANewUser{Name: "c"})
		refused("four", shared.CodeServerFull)
		enter(t, h, "two", shared.GotANewUser{Name: "d"})
		refused("three", shared.CodeServerFull)
		third.Receive(shared.Encode(shared.Leave{}))
		first.Receive(shared.Encode(shared.Leave{}))
		enter(t, h, "one", shared.GotANewUser{Name: "e"}) // there is room again
		synctest.Wait()
		for range 2 { // members in their grace count too
			_, s := enter(t, h, "three", shared.GotANewUser{Name: "f"})
			s.End(shared.ReasonClosed)
		}
		p, _ := enter(t, h, "three", shared.GotANewUser{Name: "g"})
		synctest.Wait()
		want(t, "one member too many", p.take()[0].(shared.Error).Code, shared.CodeRoomFull)
	})
	run(t, Config{}, func(t *testing.T, h *Hub) {
		for range maxMemberSessions {
			enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		}
		p, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		want(t, "one tab too many", p.take()[0].(shared.Error).Code, shared.CodeRoomFull)
	})
}

func TestRoomsAreDroppedWhenEmpty(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		p, s := enter(t, h, "lobby", shared.GotANewUser{Name: "a"})
		synctest.Wait()
		before := h.View("lobby", 9)
		want(t, "epoch", before.Epoch, p.roster.Epoch())
		want(t, "count", before.Count, 1)
		s.End(shared.ReasonClosed)
		want(t, "in grace", h.View("lobby", 9).Count, 1)
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		want(t, "rooms", len(h.rooms), 0)
		want(t, "view", h.View("lobby", 9), View{})
		enter(t, h, "lobby", shared.GotANewUser{Name: "a"})
		if h.View("lobby", 9).Epoch == before.Epoch {
			t.Error("a new life of the room has the old epoch")
		}
	})
}

func TestViewIsBounded(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		for i := range 5 {
			enter(t, h, "lobby", shared.GotANewUser{Name: fmt.Sprint(i)})
			time.Sleep(time.Millisecond)
		}
		v := h.View("lobby", 2)
		want(t, "count", v.Count, 5)
		want(t, "users", []string{v.Users[0].Name, v.Users[1].Name}, []string{"0", "1"})
	})
}

func TestCloseTellsEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Config{})
		joined, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "a"})
		waiting := newPeer(t)
		if _, err := h.Connect("other", waiting); err != nil {
			t.Fatal(err)
		}
		stuck, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "stuck"})
		synctest.Wait()
		joined.take()
		stuck.stall(true)
		h.Close()
		for _, p := range []*peer{joined, waiting} {
			heard := p.take()
			want(t, "heard", heard[len(heard)-1].(shared.Error).Code, shared.CodeStopping)
		}
		code, closed := stuck.closedWith()
		want(t, "stuck", []any{code, closed}, []any{shared.CloseGoingAway, true})
		_, err := h.Connect("lobby", newPeer(t))
		want(t, "afterwards", shared.AsError(err).Code, shared.CodeStopping)
	})
}

// Who changes what is seen of them too often is told so, and seen as they last
// wanted to be when it is time; others are not concerned.
func TestChangesTooOften(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, one := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		tab, two := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		bo, boSession := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		change := func(s *Session, p *peer, u shared.UpdateUser) (wait time.Duration) {
			t.Helper()
			s.Receive(shared.Encode(u))
			synctest.Wait()
			for _, e := range p.take() {
				if e, ok := e.(shared.Error); ok {
					want(t, "the error", e.Code, shared.CodeTooOften)
					wait = e.RetryAfter()
				}
			}
			return wait
		}
		shown := func() (users []shared.User) {
			synctest.Wait()
			for _, e := range bo.take() {
				if e, ok := e.(shared.UserUpdated); ok && e.User.ID == ada.you {
					e.User.ID, e.User.JoinedAt = "", 0
					users = append(users, e.User)
				}
			}
			return users
		}
		time.Sleep(shared.UpdateEvery) // after the second device was shown
		shown()                        // from here on
		for i := range shared.UpdateBurst {
			name := fmt.Sprint("Ada ", i)
			want(t, name, change(one, ada, shared.UpdateUser{Name: &name}), time.Duration(0))
		}
		want(t, "the burst", len(shown()), shared.UpdateBurst)
		const early = shared.UpdateEvery / 4
		time.Sleep(early)
		name, next, away, note := "Eve", "Ida", shared.StatusAway, "hi"
		want(t, "the wait", change(one, ada, shared.UpdateUser{Name: &name}), shared.UpdateEvery-early+time.Millisecond)
		want(t, "with another tab", change(two, tab, shared.UpdateUser{Name: &next, Note: &note}), shared.UpdateEvery-early+time.Millisecond)
		time.Sleep(shared.UpdateEvery - early - time.Millisecond)
		want(t, "shown too early", shown(), []shared.User(nil))
		want(t, "another's", change(boSession, bo, shared.UpdateUser{Name: &name}), time.Duration(0))
		time.Sleep(time.Millisecond)
		want(t, "shown", shown(), []shared.User{{Name: "Ida", Status: shared.StatusActive, Devices: 2, Note: "hi"}})

		time.Sleep(shared.UpdateEvery)
		want(t, "what nobody sees", change(two, tab, shared.UpdateUser{Status: &away}), time.Duration(0))
		want(t, "in time", change(one, ada, shared.UpdateUser{Name: &name}), time.Duration(0))
		want(t, "taken back", change(one, ada, shared.UpdateUser{Name: &next}) > 0 && change(one, ada, shared.UpdateUser{Name: &name}) == 0, true)
		want(t, "the other status", change(one, ada, shared.UpdateUser{Status: &away}) > 0, true)
		want(t, "shown", shown(), []shared.User{{Name: "Eve", Status: shared.StatusActive, Devices: 2, Note: "hi"}})
		one.Receive(shared.Encode(shared.Leave{})) // before that is shown
		time.Sleep(time.Hour)
		want(t, "shown of who has left", shown(), []shared.User(nil))

		ada, one = enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		time.Sleep(time.Hour) // no more gather than there are
		for i := range shared.UpdateBurst + 1 {
			name := fmt.Sprint("Ada ", i)
			want(t, name, change(one, ada, shared.UpdateUser{Name: &name}) > 0, i == shared.UpdateBurst)
		}
	})
}
