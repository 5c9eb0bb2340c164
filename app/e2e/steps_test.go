//go:build !js

package e2e

import (
	"slices"
	"testing"
	"time"
)

// road is three people on the way through one room, each in a browser of their
// own, and what is known of them so far.
type road struct {
	*testing.T
	ada, ben, cleo             *tab
	adaCard, benCard, cleoCard card
}

// The road of people through a room, step by step: what is served, what is
// asked, what travels, and what each of them sees.
func TestSevenSteps(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	r := &road{T: t, ada: sit(t, s, 0, "ada"), ben: sit(t, s, 1, "ben"), cleo: sit(t, s, 2, "cleo")}
	r.pageOfTheEmptyRoom()
	r.nameIsAskedFor()
	r.nameIsSent()
	r.firstIsToldTheRoom()
	r.secondAndFirstAreToldOfEachOther()
	r.thirdIsServedBoth()
	r.whoGoesIsGoneForTheOthers()
}

// One: the page of an empty room is asked for, and says so.
func (r *road) pageOfTheEmptyRoom() {
	r.ada.goTo("/")
	r.ben.goTo("/") // before anybody is there: what the page says will be history
	if people, count := r.ada.served("/"); len(people) != 0 || count != "0" {
		r.Errorf("the empty room is served with %s people:\n%s", count, listing(people))
	}
}

// Two: a name is asked for, and nothing is sent before there is one.
func (r *road) nameIsAskedFor() {
	if name := r.ada.asked(); name != "" {
		r.Errorf("a stranger is asked for a name that is already %q", name)
	}
	if sent := r.ada.since(0); len(sent) != 0 {
		r.Errorf("before the name there was sent\n%s", transcript(sent))
	}
}

// Three: the name travels as got_a_new_user.
func (r *road) nameIsSent() {
	r.ada.sign("Ada Lovelace")
	hello := r.ada.hears(0, "the name is sent", func(m message) bool { return m.sent })
	if hello.event != "got_a_new_user" || hello.data.Name == nil || *hello.data.Name != "Ada Lovelace" || len(hello.data.Key) < 16 {
		r.Errorf("the first message is %s", hello)
	}
}

// Four: the answer is existing_users, with the room, and me in it.
func (r *road) firstIsToldTheRoom() {
	answer := r.ada.hears(0, "the room is told", isSnapshot)
	r.adaCard = r.ada.present()
	if answer.data.Room != "lobby" || answer.data.You != r.adaCard.ID || !answer.names(r.adaCard) {
		r.Errorf("%s is not the answer for %v", answer, r.adaCard)
	}
	r.ada.sees("Ada Lovelace")
}

// Five: the second is told of the first in existing_users, the first of the
// second in new_user.
func (r *road) secondAndFirstAreToldOfEachOther() {
	mark := r.ada.mark()
	r.benCard = r.ben.join("Ben")
	answer := r.ben.hears(0, "the second is told of the first", isSnapshot)
	if len(answer.data.Users) != 2 || !answer.names(r.adaCard) || !answer.names(r.benCard) {
		r.Errorf("the second is told %s", answer)
	}
	news := r.ada.hears(mark, "the first is told of the second", arrives(r.benCard.ID))
	if news.data.User.Name != "Ben" {
		r.Errorf("the first is told %s", news)
	}
	r.ada.never(0, "the first is told of herself as of another", arrives(r.adaCard.ID))
	r.ada.sees("Ada Lovelace", "Ben")
	r.ben.sees("Ada Lovelace", "Ben")
}

// Six: the third finds both in the page itself, before any program runs, and
// then everybody sees the same three.
func (r *road) thirdIsServedBoth() {
	people, count := r.ben.served("/")
	if got := namesOf(people); count != "2" || !slices.Equal(got, []string{"Ada Lovelace", "Ben"}) {
		r.Errorf("the third is served %s: %q", count, got)
	}
	r.cleo.goTo("/")
	r.cleoCard = r.cleo.join("Cleo")
	for _, p := range []*tab{r.ada, r.ben, r.cleo} {
		p.sees("Ada Lovelace", "Ben", "Cleo")
	}
	r.ada.hears(0, "the first is told of the third", arrives(r.cleoCard.ID))
	r.ben.hears(0, "the second is told of the third", arrives(r.cleoCard.ID))
}

// Seven: who goes is gone for the others by disconnect_user, and nobody else.
func (r *road) whoGoesIsGoneForTheOthers() {
	r.ben.close()
	for _, p := range []*tab{r.ada, r.cleo} {
		if gone := p.hears(0, "Ben is gone", departs(r.benCard.ID)); gone.data.Reason != "closed" {
			r.Errorf("%s is told that Ben is gone because he %s", p.label, gone.data.Reason)
		}
		p.sees("Ada Lovelace", "Cleo")
		if people, err := p.people(); err != nil || !hasCard(people, r.adaCard.ID) || !hasCard(people, r.cleoCard.ID) {
			r.Errorf("%s sees %v\n%s", p.label, err, listing(people))
		}
	}
}

// names reports whether the snapshot has the person of a card as the card does.
func (m message) names(c card) bool {
	return slices.ContainsFunc(m.data.Users, func(u user) bool {
		return u.ID == c.ID && u.Name == c.Name && u.Status == c.Status && u.JoinedAt > 0
	})
}

func isSnapshot(m message) bool { return !m.sent && m.event == "existing_users" }

func hasCard(people []card, id string) bool {
	return slices.ContainsFunc(people, func(c card) bool { return c.ID == id })
}

// Who arrives is told who is here, also on a page that was served with them.
func TestWhoArrivesIsToldTheRoom(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	robot(t, s, "lobby", "Early")
	tb := sit(t, s, 0, "late")
	tb.goTo("/")
	tb.asked()
	robot(t, s, "lobby", "Meanwhile")
	tb.join("Late")
	tb.sees("Early", "Late", "Meanwhile")
	first := tb.hears(0, "an answer comes", func(m message) bool { return !m.sent })
	if !isSnapshot(first) {
		t.Errorf("the answer is %s", first)
	}
}

// A reload needs no second telling: its page is a snapshot already.
func TestReloadGoesOnFromWhatItWasServed(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(time.Hour)...)
	robot(t, s, "lobby", "Early")
	tb := sit(t, s, 0, "late")
	tb.visit("/")
	tb.join("Late")
	mark := tb.mark()
	tb.reload()
	tb.sees("Early", "Late")
	first := tb.hears(mark, "an answer comes", func(m message) bool { return !m.sent })
	if first.event != "resumed" {
		t.Errorf("the answer is %s", first)
	}
	tb.never(mark, "the whole room is told again", isSnapshot)
}
