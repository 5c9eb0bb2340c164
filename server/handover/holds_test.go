package handover

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
)

// Members of a server that has ended may be shown until they have expired, in the hub too.
func TestHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(t.TempDir(), slog.New(slog.DiscardHandler))
		l.hub = hub.New(hub.Config{Mesh: l.Mesh()})
		if l.Holds() {
			t.Error("though there was never another")
		}
		p := new(peer)
		l.peers[p] = struct{}{}
		l.running.Go(func() { l.expire(p) })
		time.Sleep(HeldFor - time.Second)
		if !l.Holds() {
			t.Error("not while its members may come back")
		}
		time.Sleep(2 * time.Second)
		if l.Holds() {
			t.Error("though its members have expired")
		}
		l.hub.Close()
		l.running.Wait()
	})
}
