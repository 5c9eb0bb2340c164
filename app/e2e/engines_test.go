//go:build !js

package e2e

import (
	"context"
	"slices"
	"testing"

	"rollcall/app/e2e/engines"
	"rollcall/shared"
)

// The essentials, in each engine: what the other tests check in more detail in Chromium
// only. `make browsers` runs it, and -v prints the versions.
func TestEngines(t *testing.T) {
	for _, engine := range engines.All {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			b, err := engine.Start(ctx)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(b.Close)
			for name, test := range map[string]func(*testing.T, engines.Browser){
				"steps": sevenSteps, "reload": nobodySeesAReload, "gone": serverGoesAndComes, "offline": shellOpens,
				"name": nameDialog, "edit": editDialog, "undo": leaveIsUndone, "invite": inviteDialog, "rooms": roomsDialog,
				"find": findsPeople, "stay": cardsStay, "embed": elementElsewhere, "roll": rollOpens, "hosts": hostsKeepARoom, "about": hostsNameARoom, "knock": peopleKnock,
			} {
				t.Run(name, func(t *testing.T) { test(t, b) })
			}
		})
	}
}

// The steps of steps_test.go, without the frames.
func sevenSteps(t *testing.T, b engines.Browser) {
	s := startServer(t, grace(shortGrace)...)
	ada := visit(t, b, s, "ada")
	ada.goTo("/") // one: the page of an empty room
	t.Log(ada.Version())
	if people, count := ada.served("/"); len(people) != 0 || count != "0" {
		t.Errorf("the empty room is served with %s people:\n%s", count, listing(people))
	}
	if name := ada.asked(); name != "" { // two: a name is asked for
		t.Errorf("a stranger is asked for a name that is already %q", name)
	}
	w := newObserver(t, s, "lobby", "Witness")
	adaCard := ada.join("Ada Lovelace") // three and four: got_a_new_user, existing_users
	w.receives("Ada is here", isArrival(adaCard))
	ada.sees(w.card, adaCard)

	ben := visit(t, b, s, "ben")
	ben.goTo("/")
	benCard := ben.join("Ben") // five: each learns of the other
	w.receives("Ben is here", isArrival(benCard))
	for _, v := range []*visitor{ada, ben} {
		v.sees(w.card, adaCard, benCard)
	}
	people, count := ben.served("/") // six: the page itself contains them
	if want := []card{w.card, adaCard, benCard}; count != "3" || !slices.Equal(whoIs(people), whoIs(want)) {
		t.Errorf("the page is served with %s people:\n%s", count, listing(people))
	}
	ben.close() // seven: the one who leaves is removed, and nobody else
	w.receives("Ben is gone", func(e shared.Event) bool {
		gone, ok := e.(shared.DisconnectUser)
		return ok && gone.ID == benCard.ID && gone.Reason == shared.ReasonClosed
	})
	ada.sees(w.card, adaCard)
	if moves := w.moves(0); len(moves) != 3 {
		t.Errorf("there came and went %q", moves)
	}
}

// Nobody notices a reload, and it needs no name.
func nobodySeesAReload(t *testing.T, b engines.Browser) {
	s := startServer(t, grace(longGrace)...)
	w := newObserver(t, s, "lobby", "Witness")
	ann, bob := visit(t, b, s, "ann"), visit(t, b, s, "bob")
	ann.goTo("/")
	annCard := ann.join("Ann")
	bob.goTo("/")
	bobCard := bob.join("Bob")
	bob.sees(w.card, annCard, bobCard)
	w.receives("Bob is here", isArrival(bobCard))
	mark := len(w.since(0))
	for range 3 {
		ann.reload()
		if again := ann.inRoom(); again.ID != annCard.ID {
			t.Errorf("after the reload Ann is %v, before %v", again, annCard)
		}
		ann.sees(w.card, annCard, bobCard)
	}
	last := newObserver(t, s, "lobby", "Last")
	w.receives("the last one is here", isArrival(last.card))
	bob.sees(w.card, annCard, bobCard, last.card)
	if moves := w.moves(mark); !slices.Equal(moves, []string{"came " + last.card.ID}) {
		t.Errorf("the others saw %q", moves)
	}
}

// A leave can be undone for a while.
func leaveIsUndone(t *testing.T, b engines.Browser) {
	s := startServer(t, grace(longGrace)...)
	w := newObserver(t, s, "lobby", "Witness")
	ann := visit(t, b, s, "ann")
	ann.goTo("/")
	annCard := ann.join("Ann")
	ann.click("#leave")
	ann.click("#undo")
	if again := ann.inRoom(); again.ID != annCard.ID || again.Name != "Ann" {
		t.Errorf("Ann comes back as %v", again)
	}
	ann.sees(w.card, annCard)
}

// An open page shows that its server is gone, and recovers by itself.
func serverGoesAndComes(t *testing.T, b engines.Browser) {
	s := startServer(t)
	ann, bob := visit(t, b, s, "ann"), visit(t, b, s, "bob")
	people := []*visitor{ann, bob}
	var all []card
	for _, v := range people {
		v.goTo("/")
		all = append(all, v.join(v.label))
	}
	for _, v := range people {
		v.sees(all...)
		v.expect(connectionErrors...)
	}
	s.kill()
	for _, v := range people {
		v.holds("it says that it is not live", showsOutage)
	}
	s.start()
	for _, v := range people {
		v.sees(all...)
	}
}

// Without a server the worker opens the room's page with the members seen last, and it
// becomes live when the server is back.
func shellOpens(t *testing.T, b engines.Browser) {
	s := startServer(t)
	ann := visit(t, b, s, "ann")
	ann.goTo("/r/standup")
	card := ann.join("Ann")
	ann.holds("the worker is there", `async () => (await navigator.serviceWorker.getRegistration())?.active?.state === "activated"`)
	ann.expect(connectionErrors...)
	s.stop()
	ann.reload()
	ann.holds("it says that it is not live", showsOutage)
	if heading, err := evalIn[string](ann, `() => document.querySelector("h1").textContent`); heading != "standup" {
		t.Errorf("the room is headed %q (%v)", heading, err)
	}
	s.start()
	ann.inRoom()
	ann.sees(card)
}

// showsOutage checks the page's state, and that there is a visible text.
const showsOutage = `() => {
	const connection = document.querySelector("#connection");
	return ["reconnecting", "offline"].includes(connection.dataset.state) && connection.innerText.trim() !== "";
}`

// connectionErrors match the engines' messages about an unreachable server, and about
// requests that a navigation has interrupted.
var connectionErrors = []string{unreachable, noSocket, `(?i)can.t establish a connection`, `(?i)connection .*was interrupted`,
	`(?i)could not connect`, `(?i)connection refused`, `(?i)failed to fetch`, `(?i)NetworkError`, `(?i)load failed`}

func isArrival(c card) func(shared.Event) bool {
	return func(e shared.Event) bool {
		came, ok := e.(shared.NewUser)
		return ok && came.User.ID == c.ID && came.User.Name == c.Name
	}
}

// served returns the members in the server's page, as this engine parses it, and the
// number that it shows.
func (v *visitor) served(path string) (people []card, count string) {
	v.t.Helper()
	page, err := evalIn[servedPage](v, readServed, v.server.get(path).body)
	if err != nil {
		v.fatalf("%v", err)
	}
	return page.People, page.Count
}
