//go:build !js

package e2e

import (
	"slices"
	"testing"
)

// scenario is three members of a room, each in a browser of their own.
type scenario struct {
	*testing.T
	ada, ben, cleo             *tab
	adaCard, benCard, cleoCard card
}

// A room from the first to the last member: what is served, what is asked, which
// messages are exchanged, and what each member sees.
func TestSevenSteps(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	r := &scenario{T: t, ada: sit(t, s, 0, "ada"), ben: sit(t, s, 1, "ben"), cleo: sit(t, s, 2, "cleo")}
	r.pageOfTheEmptyRoom()
	r.nameIsAskedFor()
	r.nameIsSent()
	r.firstIsToldTheRoom()
	r.secondAndFirstAreToldOfEachOther()
	r.thirdIsServedBoth()
	r.whoGoesIsGoneForTheOthers()
}

// One: the page shows the empty room.
func (r *scenario) pageOfTheEmptyRoom() {
	r.ada.goTo("/")
	r.ben.goTo("/") // before anybody has joined: his page will be outdated
	if people, count := r.ada.served("/"); len(people) != 0 || count != "0" {
		r.Errorf("the empty room is served with %s people:\n%s", count, listing(people))
	}
}

// Two: a name is asked for, and without one the page only watches.
func (r *scenario) nameIsAskedFor() {
	if name := r.ada.asked(); name != "" {
		r.Errorf("a stranger is asked for a name that is already %q", name)
	}
	r.ada.receives(0, "the page watches", func(m message) bool { return m.sent && m.event == "watch" })
	if all := r.ada.since(0); slices.ContainsFunc(all, isSent) {
		r.Errorf("before the name there was sent\n%s", transcript(all))
	}
}

// Three: the name is sent as got_a_new_user.
func (r *scenario) nameIsSent() {
	r.ada.submitName("Ada Lovelace")
	hello := r.ada.receives(0, "the name is sent", isSent)
	if hello.event != "got_a_new_user" || hello.data.Name == nil || *hello.data.Name != "Ada Lovelace" || len(hello.data.Key) < 16 {
		r.Errorf("the first message is %s", hello)
	}
}

// Four: the answer is existing_users, for the right room, and contains the member.
func (r *scenario) firstIsToldTheRoom() {
	answer := r.ada.receives(0, "the room is told", isSnapshot)
	r.adaCard = r.ada.inRoom()
	if answer.data.Room != "lobby" || answer.data.You != r.adaCard.ID || !answer.names(r.adaCard) {
		r.Errorf("%s is not the answer for %v", answer, r.adaCard)
	}
	r.ada.sees("Ada Lovelace")
}

// Five: the second learns of the first by existing_users, the first of the second by
// new_user.
func (r *scenario) secondAndFirstAreToldOfEachOther() {
	mark := r.ada.mark()
	r.benCard = r.ben.join("Ben")
	answer := r.ben.receives(0, "the second is told of the first", isSnapshot)
	if len(answer.data.Users) != 2 || !answer.names(r.adaCard) || !answer.names(r.benCard) {
		r.Errorf("the second is told %s", answer)
	}
	news := r.ada.receives(mark, "the first is told of the second", arrivalOf(r.benCard.ID))
	if news.data.User.Name != "Ben" {
		r.Errorf("the first is told %s", news)
	}
	r.ada.neverReceived(0, "the first is told of herself as of another", arrivalOf(r.adaCard.ID))
	r.ada.sees("Ada Lovelace", "Ben")
	r.ben.sees("Ada Lovelace", "Ben")
}

// Six: the third finds both in the page itself, before the program runs, and then
// everybody sees the same three.
func (r *scenario) thirdIsServedBoth() {
	people, count := r.ben.served("/")
	if got := namesOf(people); count != "2" || !slices.Equal(got, []string{"Ada Lovelace", "Ben"}) {
		r.Errorf("the third is served %s: %q", count, got)
	}
	r.cleo.goTo("/")
	r.cleoCard = r.cleo.join("Cleo")
	for _, p := range []*tab{r.ada, r.ben, r.cleo} {
		p.sees("Ada Lovelace", "Ben", "Cleo")
	}
	r.ada.receives(0, "the first is told of the third", arrivalOf(r.cleoCard.ID))
	r.ben.receives(0, "the second is told of the third", arrivalOf(r.cleoCard.ID))
}

// Seven: when one goes, the others receive disconnect_user for that one and nobody else.
func (r *scenario) whoGoesIsGoneForTheOthers() {
	r.ben.close()
	for _, p := range []*tab{r.ada, r.cleo} {
		if gone := p.receives(0, "Ben is gone", departureOf(r.benCard.ID)); gone.data.Reason != "closed" {
			r.Errorf("%s is told that Ben is gone because he %s", p.label, gone.data.Reason)
		}
		p.sees("Ada Lovelace", "Cleo")
		if people, err := p.people(); err != nil || !hasCard(people, r.adaCard.ID) || !hasCard(people, r.cleoCard.ID) {
			r.Errorf("%s sees %v\n%s", p.label, err, listing(people))
		}
	}
}

// names reports whether the snapshot has the member of a card.
func (m message) names(c card) bool {
	return slices.ContainsFunc(m.data.Users, func(u user) bool {
		return u.ID == c.ID && u.Name == c.Name && u.Status == c.Status && u.JoinedAt > 0
	})
}

// isSent matches what a page sends, except for the watch.
func isSent(m message) bool { return m.sent && m.event != "watch" }

// isSnapshot matches the roster that a member is sent.
func isSnapshot(m message) bool { return isAnswer(m) && m.event == "existing_users" }

// isAnswer matches the answer to a join.
func isAnswer(m message) bool { return !m.sent && m.data.You != "" }

func hasCard(people []card, id string) bool {
	return slices.ContainsFunc(people, func(c card) bool { return c.ID == id })
}

// Who joins receives a snapshot, although the page contained one.
func TestWhoArrivesIsToldTheRoom(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Early")
	tb := sit(t, s, 0, "late")
	tb.goTo("/")
	tb.asked()
	bot(t, s, "lobby", "Meanwhile")
	tb.join("Late")
	tb.sees("Early", "Late", "Meanwhile")
	first := tb.receives(0, "an answer comes", isAnswer)
	if !isSnapshot(first) {
		t.Errorf("the answer is %s", first)
	}
}

// A reload joins at once and receives no snapshot, since its page contains one.
func TestReloadGoesOnFromWhatItWasServed(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(longGrace)...)
	bot(t, s, "lobby", "Early")
	proxy := behindProxy(t, s)
	proxy.raiseLimits() // or the page might come from the worker, without a snapshot
	tb := sit(t, proxy.server, 0, "late")
	tb.visit("/")
	tb.join("Late")
	mark := tb.mark()
	tb.reload()
	tb.sees("Early", "Late")
	if hello := tb.receives(mark, "the page sends something", func(m message) bool { return m.sent }); hello.event != "got_a_new_user" {
		t.Errorf("the page begins with %s", hello)
	}
	first := tb.receives(mark, "an answer comes", func(m message) bool { return !m.sent && m.event != "heartbeat" })
	if first.event != "resumed" {
		t.Errorf("the answer is %s", first)
	}
	tb.neverReceived(mark, "the whole room is told again", isSnapshot)
}
