//go:build !js

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// Who only looks on sees others arrive, change their name and leave, without a request
// for the page, joins on the same connection, and looks on again after leaving.
func TestLookingOn(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	looker, ada := sit(t, s, 0, "looker"), sit(t, s, 1, "ada")
	looker.goTo("/")
	looker.seesBeforeJoining("Nobody is here yet. You will be the first.")
	looker.receives(0, "it watches", isWatchAnswer)
	eval[any](looker, `() => { globalThis.fetch = () => Promise.reject(new Error("the page polls")) }`)

	ada.goTo("/")
	ada.join("Ada")
	looker.seesBeforeJoining("Ada is here", "Ada")
	ada.click("#rename")
	ada.asked()
	ada.submitName("Countess")
	looker.seesBeforeJoining("Countess is here", "Countess")
	ada.onlookersAre("1")
	looker.onlookersAre("1")
	bob := bot(t, s, "lobby", "Bob")
	looker.seesBeforeJoining("Countess and Bob are here", "Bob", "Countess")
	_ = bob.Leave(t.Context())
	ada.click("#leave")
	looker.seesBeforeJoining("Nobody is here yet. You will be the first.")

	ada.submitName("Ada")
	ada.inRoom()
	looker.join("Me")
	for _, tb := range []*tab{looker, ada} {
		tb.sees("Ada", "Me")
	}
	sent := looker.since(0)
	if slices.ContainsFunc(sent, func(m message) bool { return m.connection != sent[0].connection }) {
		t.Errorf("there was more than one connection:\n%s", transcript(sent))
	}
	ada.onlookersAre("")
	looker.click("#leave")
	bot(t, s, "lobby", "Cleo")
	looker.seesBeforeJoining("Ada and Cleo are here", "Ada", "Cleo")
	if problem := eval[string](looker, `() => document.querySelector("#problem").textContent`); problem != "" {
		t.Errorf("the page says %q", problem)
	}
}

// isWatchAnswer matches the answer to a watch.
func isWatchAnswer(m message) bool {
	return !m.sent && (m.event == "existing_users" || m.event == "resumed") && m.data.You == ""
}

// onlookersAre waits until the page shows this number of those who look on; "" is hidden.
func (tb *tab) onlookersAre(n string) {
	tb.t.Helper()
	tb.until(fmt.Sprintf("%q look on", n), func() error {
		got, err := try[string](tb, `() => {
			const number = document.querySelector("#watchers"), box = number.parentElement;
			return box.checkVisibility() ? number.textContent + " in " + box.textContent : "";
		}`)
		want := ""
		if n != "" {
			want = n + " in " + n + " looking on"
		}
		if err == nil && got != want {
			err = errors.New(got)
		}
		return err
	})
}

// A room that has no place for those who look on still lets them see, and join.
func TestNoPlaceToLookOn(t *testing.T) {
	t.Parallel()
	s := startServer(t, "-max-room-sessions", "2")
	lookers := []*tab{sit(t, s, 0, "first"), sit(t, s, 1, "second"), sit(t, s, 2, "third")}
	for _, tb := range lookers[:2] {
		tb.goTo("/")
		tb.receives(0, "it watches", isWatchAnswer)
	}
	third := lookers[2]
	third.goTo("/")
	third.asked()
	third.receives(0, "there is no place", func(m message) bool { return m.data.Code == "room_full" })
	third.problemIs("")
	bot(t, s, "lobby", "Bob")
	third.seesBeforeJoining("Bob is here", "Bob")
	third.join("Ann")
	third.sees("Ann", "Bob")
	lookers[0].seesBeforeJoining("Bob and Ann are here", "Ann", "Bob")
}

// To open the page and join takes no more bytes than it did before pages watched: with the
// document, what commit 89df2f7 took, on whose page nothing was live until one joined.
func TestBytesOfOpeningAndJoining(t *testing.T) {
	t.Parallel()
	for members, most := range map[int]int{60: 30_949, 10_000: 934_584} {
		t.Run(fmt.Sprint(members), func(t *testing.T) {
			s := startServer(t)
			crowd(t, s, "lobby", members)
			tb := sit(t, s, 0, "late")
			tb.goTo("/")
			tb.receives(0, "the watch is answered", isWatchAnswer)
			tb.asked()
			tb.submitName("Late")
			tb.receives(0, "the join is answered", isAnswer)
			tb.holds("all are counted", `(n) => document.querySelector("#count").textContent.replace(/\D/g, "") === String(n)`, members+1)
			bytes := eval[int](tb, `() => performance.getEntriesByType("navigation")[0].transferSize`)
			if bytes == 0 {
				t.Error("the document is not counted")
			}
			for _, m := range tb.since(0) {
				if !m.sent {
					bytes += len(m.raw)
				}
			}
			if bytes > most {
				t.Errorf("it took %d bytes, which were to be %d at most:\n%s", bytes, most, transcript(tb.since(0)))
			}
			t.Logf("%d bytes, of at most %d", bytes, most)
		})
	}
}

// Whoever opens the page and joins is sent a large roster once. Of a small one the page
// has all, and who joins is sent it as existing_users.
func TestTheRosterIsSentOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		members        int
		watched, joins string // the answers
	}{
		{60, "resumed", "existing_users"},
		{101, "existing_users", "resumed"},
	} {
		t.Run(fmt.Sprint(c.members), func(t *testing.T) {
			s := startServer(t)
			crowd(t, s, "lobby", c.members)
			tb := sit(t, s, 0, "late")
			tb.goTo("/")
			if first := tb.receives(0, "the watch is answered", isWatchAnswer); first.event != c.watched {
				t.Errorf("the answer is %s", first)
			}
			tb.join("Late")
			if answer := tb.receives(0, "the join is answered", isAnswer); answer.event != c.joins {
				t.Errorf("the answer is %s", answer)
			}
			if n := slices.DeleteFunc(tb.since(0), func(m message) bool { return m.event != "existing_users" }); len(n) != 1 {
				t.Errorf("the roster was sent %d times", len(n))
			}
			tb.holds("all are counted", `(n) => document.querySelector("#count").textContent === String(n)`, c.members+1)
		})
	}
}
