package hub

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// However many sessions a member has, and however short they are, the room sees
// no more changes than it may, and one more at most; and what an honest session
// says afterwards is shown within seconds.
func TestShortSessionsShowNoMoreChanges(t *testing.T) {
	const after = 10 * time.Second
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		_, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		watcher.take()
		shown := func() (n int) {
			synctest.Wait()
			for _, name := range watcher.names() {
				if name == shared.EventUserUpdated {
					n++
				}
			}
			return n
		}
		change := func(i int) {
			s.Receive(update(fmt.Sprint("Ada ", i)))
			join := shared.GotANewUser{Name: "Ada", Key: adasKey}
			_, short := enter(t, h, "lobby", join)
			short.Receive(update(fmt.Sprint("Eve ", i)))
			short.End(shared.ReasonClosed)
			synctest.Wait()
		}
		for i := range 100 {
			change(i)
		}
		if n := shown(); n > shared.UpdateBurst+1 {
			t.Errorf("%d changes at once", n)
		}
		for began, i := time.Now(), 0; time.Since(began) < after; i++ {
			change(100 + i)
			time.Sleep(50 * time.Millisecond)
		}
		if n := shown(); n > int(after/shared.UpdateEvery)+1 {
			t.Errorf("%d changes in %v", n, after)
		}
		s.Receive(update("Countess"))
		time.Sleep(3 * shared.UpdateEvery)
		synctest.Wait()
		want(t, "3 s later the watcher sees", watcher.users(), []string{"Countess", "watcher"})
	})
}

// A member whose session has to wait before it joins is not shown leaving meanwhile.
func TestWhoKnocksIsNotShownGone(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		_, s := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		for i := range shared.UpdateBurst + 1 {
			s.Receive(update(fmt.Sprint("Ada ", i)))
		}
		join := shared.GotANewUser{Name: "Ada", Key: adasKey}
		_, other := enter(t, h, "lobby", join) // is shown the eleventh
		other.Receive(update("Countess"))
		s.End(shared.ReasonClosed)
		other.End(shared.ReasonClosed)
		time.Sleep(shared.UpdateEvery / 2)
		late, ls := enter(t, h, "lobby", join)
		synctest.Wait()
		heard := late.take()
		if len(heard) != 1 || heard[0].(shared.Error).Code != shared.CodeTooOften {
			t.Fatalf("who is back heard %v", heard)
		}
		watcher.take()
		time.Sleep(heard[0].(shared.Error).RetryAfter())
		ls.Receive(shared.Encode(join))
		synctest.Wait()
		want(t, "after the wait", late.names(), []string{"existing_users"})
		want(t, "and sees", late.users(), []string{"Countess", "watcher"})
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		want(t, "the watcher hears", watcher.names(), []string{"user_updated"})
	})
}
