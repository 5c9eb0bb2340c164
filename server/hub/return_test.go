package hub

import (
	"testing"
	"testing/synctest"

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
