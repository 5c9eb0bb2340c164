package hub

import (
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// inOneBatch puts two peers into one batch, of which the first does not read: the second
// waits behind it.
func inOneBatch(t *testing.T, h *Hub) (slow, waiting *peer, s *Session) {
	slow, _ = enter(t, h, "lobby", shared.GotANewUser{Name: "slow"})
	synctest.Wait()
	waiting, s = enter(t, h, "lobby", ada())
	_, third := enter(t, h, "lobby", shared.GotANewUser{Name: "third"})
	synctest.Wait()
	waiting.take()
	slow.stall(true)
	third.Receive(update("Third"))
	synctest.Wait()
	want(t, "heard behind who does not read", waiting.names(), []string(nil))
	return slow, waiting, s
}

func TestABatchGoesOnWithoutWhoIsStuck(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		slow, waiting, _ := inOneBatch(t, h)
		time.Sleep(3 * slowWrite)
		want(t, "heard", waiting.names(), []string{"user_updated"})
		slow.stall(false)
	})
}

func TestWhoIsDismissedInABatchIsToldAndClosed(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		slow, waiting, s := inOneBatch(t, h)
		s.Fail(shared.Errorf(shared.CodeFrameTooLarge, "too much"))
		time.Sleep(3 * slowWrite)
		if _, closed := waiting.closedWith(); !closed {
			t.Error("the connection goes on")
		}
		want(t, "heard", waiting.names(), []string{"error"})
		slow.stall(false)
	})
}

// The peer itself finds a diff that comes twice.
func TestWhoAsksAgainInABatchIsToldOnce(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		slow, waiting, s := inOneBatch(t, h)
		s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada", Key: adasKey, Resume: &shared.Resume{}}))
		time.Sleep(3 * slowWrite)
		want(t, "heard", waiting.names(), []string{"existing_users"})
		slow.stall(false)
	})
}

// A flusher that has not begun, is done, or goes on at that moment keeps its batch.
func TestABatchIsCutOnlyWhereItIsWrittenTo(t *testing.T) {
	var b batch
	sessions := []*Session{new(Session), new(Session), new(Session)}
	b.begin(delivery{}, sessions[0])
	b.add(sessions[1])
	b.add(sessions[2])
	if _, _, ok := b.cut(); ok {
		t.Error("cut before it began")
	}
	b.next()
	b.next()
	done, rest, ok := b.cut()
	if !ok || len(done) != 1 || done[0] != sessions[0] || len(rest) != 1 || rest[0] != sessions[2] || b.sessions[0] != sessions[1] {
		t.Errorf("cut into %v and %v, %v", done, rest, ok)
	}
	if s, _ := b.next(); s != nil {
		t.Error("a session that was taken away is taken")
	}
	if _, _, ok := b.cut(); ok {
		t.Error("cut when it is over")
	}
}
