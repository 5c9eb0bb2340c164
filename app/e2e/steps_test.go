package e2e

import (
	"slices"
	"testing"
)

// The road of one person through a room, as two others see it, step by step.
func TestSevenSteps(t *testing.T) {
	const grace = "400ms"
	s := startServer(t, "-grace", grace)
	ada, ben, cleo := sit(t, s, 0, "ada"), sit(t, s, 1, "ben"), sit(t, s, 2, "cleo")
	ada.goTo("/")
	ben.goTo("/") // before anybody is there: what the page says will be history

	// One: the page of an empty room is asked for, and says so.
	if people, count := ada.served("/"); len(people) != 0 || count != "0" {
		t.Errorf("the empty room is served with %s people:\n%s", count, listing(people))
	}

	// Two: a name is asked for, and nothing is sent before there is one.
	if name := ada.asked(); name != "" {
		t.Errorf("a stranger is asked for a name that is already %q", name)
	}
	if sent := ada.since(0); len(sent) != 0 {
		t.Errorf("before the name there was sent\n%s", transcript(sent))
	}

	// Three: the name travels as got_a_new_user.
	ada.sign("Ada Lovelace")
	hello := ada.hears(0, "the name is sent", func(m message) bool { return m.sent })
	if hello.event != "got_a_new_user" || hello.data.Name == nil || *hello.data.Name != "Ada Lovelace" || len(hello.data.Key) < 16 {
		t.Errorf("the first message is %s", hello)
	}

	// Four: the answer is existing_users, first those who were there and me.
	answer := ada.hears(0, "the room is told", func(m message) bool { return !m.sent && m.event == "existing_users" })
	own := ada.present()
	if answer.data.Room != "lobby" || answer.data.You != own.ID || !slices.ContainsFunc(answer.data.Users, isUser(own)) {
		t.Errorf("%s is not the answer for %v", answer, own)
	}
	ada.sees("Ada Lovelace")

	// Five: the second is told of the first, and the first of the second, as new_user.
	mark := ada.mark()
	benCard := ben.join("Ben")
	answer = ben.hears(0, "the second is told of the first", func(m message) bool { return !m.sent && m.event == "existing_users" })
	if len(answer.data.Users) != 2 || !slices.ContainsFunc(answer.data.Users, isUser(own)) || !slices.ContainsFunc(answer.data.Users, isUser(benCard)) {
		t.Errorf("the second is told %s", answer)
	}
	ada.hears(mark, "the first is told of the second", func(m message) bool {
		return !m.sent && m.event == "new_user" && m.data.User.ID == benCard.ID && m.data.User.Name == "Ben"
	})
	ada.never(0, "the first is told of itself as of another", arrives(own.ID))

	// Six: the third finds both in the page itself, before any program ran, and
	// everybody sees the same three.
	served, count := ben.served("/")
	if got := namesOf(served); count != "2" || !slices.Equal(got, []string{"Ada Lovelace", "Ben"}) {
		t.Errorf("the third is served %s: %q", count, got)
	}
	cleo.goTo("/")
	cleoCard := cleo.join("Cleo")
	everybody := []*tab{ada, ben, cleo}
	for _, p := range everybody {
		p.sees("Ada Lovelace", "Ben", "Cleo")
	}
	ada.hears(mark, "the first is told of the third", arrives(cleoCard.ID))
	ben.hears(0, "the second is told of the third", arrives(cleoCard.ID))

	// Seven: who goes is gone for the others by disconnect_user, and nobody else.
	ben.close()
	for _, p := range []*tab{ada, cleo} {
		gone := p.hears(0, "Ben is gone", departs(benCard.ID))
		if gone.data.Reason != "closed" {
			t.Errorf("%s is told that Ben is gone because he %s", p.label, gone.data.Reason)
		}
		p.sees("Ada Lovelace", "Cleo")
		people, err := p.people()
		if err != nil || !hasCard(people, own.ID) || !hasCard(people, cleoCard.ID) {
			t.Errorf("%s sees %v\n%s", p.label, err, listing(people))
		}
	}
}

func isUser(c card) func(user) bool {
	return func(u user) bool { return u.ID == c.ID && u.Name == c.Name && u.Status == c.Status && u.JoinedAt > 0 }
}

func hasCard(people []card, id string) bool {
	return slices.ContainsFunc(people, func(c card) bool { return c.ID == id })
}

// A page that was served with people in it goes on from there: it is told what
// happened since and not everything again.
func TestPageGoesOnFromWhatItWasServed(t *testing.T) {
	s := startServer(t)
	robot(t, s, "lobby", "Early")
	tb := sit(t, s, 0, "late")
	tb.goTo("/")
	tb.asked()
	robot(t, s, "lobby", "Meanwhile")
	tb.join("Late")
	tb.sees("Early", "Late", "Meanwhile")
	first := tb.hears(0, "an answer comes", func(m message) bool { return !m.sent })
	if first.event != "resumed" {
		t.Errorf("the answer is %s", first)
	}
	tb.never(0, "the whole room is told again", func(m message) bool { return m.event == "existing_users" })
}
