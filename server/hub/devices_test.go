package hub

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// numbers returns the devices of a member in the updates that the peer has heard since it
// was last asked.
func (p *peer) numbers(id string) (all []int) {
	for _, e := range p.take() {
		if e, ok := e.(shared.UserUpdated); ok && e.User.ID == id {
			all = append(all, e.User.Devices)
		}
	}
	return all
}

var adaAgain = shared.GotANewUser{Name: "Ada", Key: adasKey}

// Each session more is shown at once, up to nine; one less when its grace period is over,
// several by one diff.
func TestDevicesAreCounted(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		w, _ := watch(t, h, "lobby", theRoster)
		ada, first := enter(t, h, "lobby", adaAgain)
		sessions := []*Session{first}
		for range 11 {
			time.Sleep(shared.UpdateEvery)
			_, s := enter(t, h, "lobby", adaAgain)
			sessions = append(sessions, s)
		}
		synctest.Wait()
		want(t, "the watcher hears", w.numbers(ada.you), []int{2, 3, 4, 5, 6, 7, 8, 9})
		for _, s := range sessions[:9] {
			s.End(shared.ReasonClosed)
		}
		time.Sleep(shared.DefaultGrace - time.Nanosecond)
		synctest.Wait()
		want(t, "within the grace", w.numbers(ada.you), []int(nil))
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		want(t, "then", w.numbers(ada.you), []int{3})
		for _, s := range sessions[9:11] {
			s.End(shared.ReasonClosed)
		}
		time.Sleep(2 * shared.DefaultGrace)
		synctest.Wait()
		want(t, "then", w.numbers(ada.you), []int{0})
	})
}

// A reload of one of two windows, or of both, changes nothing.
func TestAReloadDoesNotChangeTheNumber(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		w, _ := watch(t, h, "lobby", theRoster)
		ada, one := enter(t, h, "lobby", adaAgain)
		synctest.Wait()
		_, two := enter(t, h, "lobby", adaAgain)
		synctest.Wait()
		want(t, "at first", w.numbers(ada.you), []int{2})
		for range 3 {
			one.End(shared.ReasonClosed)
			time.Sleep(time.Second)
			_, one = enter(t, h, "lobby", adaAgain)
			two.End(shared.ReasonClosed)
			one.End(shared.ReasonClosed)
			time.Sleep(time.Second)
			_, one = enter(t, h, "lobby", adaAgain)
			_, two = enter(t, h, "lobby", adaAgain)
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		want(t, "after the reloads", w.numbers(ada.you), []int(nil))
	})
}

// Many windows at once are shown as the rate limit allows, and none of them is kept out.
func TestManyDevicesAtOnce(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		w, _ := watch(t, h, "lobby", theRoster)
		ada, s := enter(t, h, "lobby", adaAgain)
		for i := range shared.UpdateBurst - 3 {
			s.Receive(shared.Encode(shared.UpdateUser{Name: new(string(rune('A' + i)))}))
		}
		synctest.Wait()
		w.take()
		for range 8 {
			p, _ := enter(t, h, "lobby", adaAgain)
			synctest.Wait()
			want(t, "another window hears", slices.Contains(p.names(), "error"), false)
		}
		want(t, "at once", w.numbers(ada.you), []int{2, 3, 4})
		time.Sleep(shared.UpdateEvery)
		synctest.Wait()
		want(t, "then", w.numbers(ada.you), []int{9})
	})
}

// On several nodes the number is the sum of the sessions, and the same on each; who moves
// from one to the other within the grace changes nothing on either.
func TestDevicesOnTwoNodes(t *testing.T) {
	runPair(t, func(p *pair) {
		north, _ := p.enter(0, "North", "")
		south, _ := p.enter(1, "South", "")
		ada, one := p.enter(0, "Ada", adasKey)
		p.exchange()
		_, two := p.enter(1, "Ada", adasKey)
		_, three := p.enter(1, "Ada", adasKey)
		p.exchange()
		want(t, "the sum", []int{north.sees(ada.you).Devices, south.sees(ada.you).Devices}, []int{3, 3})
		north.take()
		south.take()
		for i := range 4 { // the one from north to south and back
			one.End(shared.ReasonClosed)
			p.exchange()
			time.Sleep(time.Second)
			_, one = p.enter(1-i%2, "Ada", adasKey)
			p.exchange()
			time.Sleep(2 * shared.DefaultGrace)
			p.exchange()
		}
		want(t, "after the moves", [][]int{north.numbers(ada.you), south.numbers(ada.you)}, [][]int{nil, nil})
		two.End(shared.ReasonClosed)
		three.End(shared.ReasonClosed)
		time.Sleep(2 * shared.DefaultGrace)
		p.exchange()
		want(t, "the one that is left", [][]int{north.numbers(ada.you), south.numbers(ada.you)}, [][]int{{0}, {0}})
		want(t, "they agree", north.hash(), south.hash())
	})
}
