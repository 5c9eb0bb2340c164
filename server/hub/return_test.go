package hub

import (
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// A tab that comes back says the name it knew. If another tab has chosen one
// since, that one stays.
func TestReturningTabTakesBackNoName(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		_, stale := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		_, other := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		stale.End(shared.ReasonClosed)
		name := "Countess"
		other.Receive(shared.Encode(shared.UpdateUser{Name: &name}))
		synctest.Wait()
		watcher.take()
		enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		synctest.Wait()
		want(t, "the watcher hears", watcher.names(), []string(nil))
		want(t, "the watcher sees", watcher.users(), []string{"Countess", "watcher"})
	})
}

// When all tabs of a member lose their connections for a moment, a hidden one
// may be the first to come back: the member is not away for that.
func TestHiddenTabBackFirstShowsNothing(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		watcher, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
		_, active := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		_, hidden := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		away := shared.StatusAway
		hidden.Receive(shared.Encode(shared.UpdateUser{Status: &away}))
		synctest.Wait()
		watcher.take()
		hidden.End(shared.ReasonClosed)
		active.End(shared.ReasonClosed)
		_, hidden = enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		hidden.Receive(shared.Encode(shared.UpdateUser{Status: &away}))
		time.Sleep(shared.DefaultGrace - time.Millisecond)
		_, active = enter(t, h, "lobby", shared.GotANewUser{Name: "Ada", Key: adasKey})
		time.Sleep(2 * shared.DefaultGrace)
		synctest.Wait()
		want(t, "the watcher hears", watcher.names(), []string(nil))

		active.End(shared.ReasonClosed)
		time.Sleep(shared.DefaultGrace)
		synctest.Wait()
		want(t, "and when the active one does not come back", watcher.names(), []string{"user_updated"})
	})
}
