package hub

import (
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// noteUntil is an update of the note, which ends after d.
func noteUntil(text string, d time.Duration) []byte {
	return shared.Encode(shared.UpdateUser{Note: &text, NoteUntil: new(time.Now().Add(d).UnixMilli())})
}

// sees returns how the peer sees the member with the id.
func (p *peer) sees(id string) shared.User {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, _ := p.roster.Get(id)
	return u
}

// A note is shown until its end and is then cleared with it, by one diff. The next to end is
// the next to be cleared, in whichever order they were set.
func TestANoteEnds(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, adas := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		bo, bos := enter(t, h, "lobby", shared.GotANewUser{Name: "Bo"})
		synctest.Wait()
		adas.Receive(noteUntil("lunch", 10*time.Second))
		bos.Receive(noteUntil("tea", 5*time.Second))
		synctest.Wait()
		ada.take()
		want(t, "until then", ada.sees(bo.you).Note, "tea")
		time.Sleep(5*time.Second - time.Nanosecond)
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string(nil))
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string{"user_updated"})
		want(t, "Bo's note", ada.sees(bo.you).Note, "")
		want(t, "its end", ada.sees(bo.you).NoteUntil, int64(0))
		want(t, "Ada's note", ada.sees(ada.you).Note, "lunch")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		want(t, "Ada hears", ada.names(), []string{"user_updated"})
		want(t, "Ada's note", ada.sees(ada.you).Note, "")
		time.Sleep(15 * time.Second)
		synctest.Wait() // a heartbeat proves the hash, or the peer fails
		want(t, "and nothing more", ada.names()[0], "heartbeat")
	})
}

// A later note, with or without an end, takes the place of the former one and of its end;
// the same note may get another end.
func TestALaterNoteHasItsOwnEnd(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		s.Receive(noteUntil("lunch", 2*time.Second))
		s.Receive(noteUntil("lunch", 10*time.Second))
		time.Sleep(3 * time.Second)
		synctest.Wait()
		want(t, "the note", ada.sees(ada.you).Note, "lunch")
		s.Receive(noteUntil("tea", time.Second))
		s.Receive(shared.Encode(shared.UpdateUser{Note: new("for good")}))
		time.Sleep(time.Minute)
		synctest.Wait()
		want(t, "the note", ada.sees(ada.you).Note, "for good")
		want(t, "its end", ada.sees(ada.you).NoteUntil, int64(0))
	})
}

// An end that is over or too far is refused, with the note but without the rest of the
// update.
func TestAnEndThatIsNone(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		ada.take()
		for _, d := range []time.Duration{0, -time.Hour, shared.NoteWithin + time.Millisecond} {
			s.Receive(noteUntil("lunch", d))
		}
		s.Receive(shared.Encode(shared.UpdateUser{Name: new("Eve"), Note: new("x"), NoteUntil: new(int64(1))}))
		synctest.Wait()
		var codes []any
		for _, e := range ada.take() {
			if e, ok := e.(shared.Error); ok {
				codes = append(codes, e.Code)
			}
		}
		want(t, "Ada hears", codes, []any{shared.CodeBadNote, shared.CodeBadNote, shared.CodeBadNote, shared.CodeBadNote})
		u := ada.sees(ada.you)
		want(t, "Ada is", []any{u.Name, u.Note, u.NoteUntil}, []any{"Eve", "", int64(0)})
		s.Receive(noteUntil("lunch", shared.NoteWithin))
		synctest.Wait()
		want(t, "the note", ada.sees(ada.you).Note, "lunch")
	})
}

// A note that ends in the grace period is cleared, too; a change that the rate limit has put
// off is not lost over it.
func TestANoteEndsMeanwhile(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		w, _ := watch(t, h, "lobby", theRoster)
		ada, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		s.Receive(noteUntil("lunch", time.Second))
		synctest.Wait()
		s.End(shared.ReasonClosed)
		time.Sleep(time.Second)
		synctest.Wait()
		want(t, "the note", w.sees(ada.you).Note, "")
		_, s = enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		time.Sleep(time.Minute)
		s.Receive(noteUntil("tea", time.Second/2))
		for i := range shared.UpdateBurst + 1 {
			s.Receive(shared.Encode(shared.UpdateUser{Name: new(string(rune('A' + i)))}))
		}
		time.Sleep(time.Second / 2)
		synctest.Wait()
		want(t, "the note", w.sees(ada.you).Note, "")
		time.Sleep(time.Minute)
		synctest.Wait()
		want(t, "the name", w.sees(ada.you).Name, "K")
	})
}

// A note that the rate limit puts off until its end is over is never shown; it takes the
// place of the note before all the same.
func TestANoteThatEndsBeforeItIsShown(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		w, _ := watch(t, h, "lobby", theRoster)
		ada, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		s.Receive(shared.Encode(shared.UpdateUser{Note: new("before")}))
		for i := range shared.UpdateBurst - 1 {
			s.Receive(update(string(rune('A' + i))))
		}
		synctest.Wait()
		w.take()
		s.Receive(noteUntil("tea", shared.UpdateEvery/2))
		time.Sleep(2 * shared.UpdateEvery)
		synctest.Wait()
		for _, e := range w.take() {
			if e, ok := e.(shared.UserUpdated); ok && e.User.Note == "tea" {
				t.Error("the note is shown")
			}
		}
		want(t, "the note", w.sees(ada.you).Note, "")
	})
}

// Of two nodes with sessions of a member each may clear the note; everybody is shown that
// once. A node that knows of the member only from another clears nothing, until the member
// comes to it.
func TestANoteEndsOnceOnTwoNodes(t *testing.T) {
	runPair(t, func(p *pair) {
		ada, first := p.enter(0, "Ada", adasKey)
		bo, _ := p.enter(1, "Bo", "")
		p.exchange()
		_, second := p.enter(1, "Ada", adasKey)
		p.exchange()
		first.Receive(noteUntil("lunch", time.Second))
		p.exchange()
		ada.take()
		bo.take()
		time.Sleep(time.Second)
		p.exchange()
		want(t, "the north hears", ada.names(), []string{"user_updated"})
		want(t, "the south hears", bo.names(), []string{"user_updated"})
		want(t, "they agree", ada.hash(), bo.hash())

		second.End(shared.ReasonClosed)
		time.Sleep(2 * shared.DefaultGrace)
		p.exchange()
		first.Receive(noteUntil("tea", time.Second))
		p.exchange()
		bo.take()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want(t, "the south, told nothing, hears", bo.names(), []string(nil))
		_, _ = p.enter(1, "Ada", adasKey)
		synctest.Wait()
		want(t, "since she is there, it hears", bo.names(), []string{"user_updated", "user_updated"}) // with the second device
		p.exchange()
		want(t, "they agree", ada.hash(), bo.hash())
	})
}

// A change that a member makes on one node as the note ends on another wins.
func TestAChangeWinsOverTheEndOfANote(t *testing.T) {
	runPair(t, func(p *pair) {
		ada, first := p.enter(0, "Ada", adasKey)
		p.exchange()
		south, second := p.enter(1, "Ada", adasKey)
		p.exchange()
		first.Receive(noteUntil("lunch", time.Second))
		p.exchange()
		time.Sleep(time.Second - time.Millisecond)
		second.Receive(shared.Encode(shared.UpdateUser{Note: new("back")}))
		time.Sleep(time.Millisecond) // the north has not heard of that
		p.exchange()
		want(t, "both show", []string{ada.sees(ada.you).Note, south.sees(ada.you).Note}, []string{"back", "back"})
		want(t, "they agree", ada.hash(), south.hash())
	})
}
