//go:build !js

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/shared/client"
)

// sit opens a tab in a fresh profile of the shared browser at a seat.
func sit(t *testing.T, s *server, seat int, label string) *tab {
	t.Helper()
	return sharedBrowser(t, seat).newProfile(t).newTab(t, s, label)
}

// meet has a person at each seat open the same page and join under a name.
func meet(t *testing.T, s *server, path string, names ...string) []*tab {
	t.Helper()
	people := make([]*tab, len(names))
	for seat := range names {
		people[seat] = sit(t, s, seat, fmt.Sprintf("seat-%d", seat))
		people[seat].visit(path)
	}
	for seat, name := range names {
		people[seat].join(name)
	}
	for _, p := range people {
		p.sees(names...)
	}
	return people
}

// card is one person on the page as others see them.
type card struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Name   string `json:"name"`
	You    bool   `json:"you"`
}

// cards reads the list of people of a document.
const cards = `(doc) => [...doc.querySelectorAll("ul#people > li[data-member]")].map(li => ({
	id: li.dataset.member,
	status: li.dataset.status,
	name: li.querySelector(".name").textContent,
	you: li.getAttribute("aria-current") === "true",
}))`

// people is who the page shows.
func (tb *tab) people() ([]card, error) {
	return try[[]card](tb, "() => ("+cards+")(document)")
}

// served is who stands in the page as the server sends it to everybody, as the
// browser's parser reads it, and the number it gives.
func (tb *tab) served(path string) (people []card, count string) {
	tb.t.Helper()
	type sheet struct {
		People []card
		Count  string
	}
	html := tb.server.get(path).body
	s := eval[sheet](tb, `(html) => {
		const doc = new DOMParser().parseFromString(html, "text/html");
		return {People: (`+cards+`)(doc), Count: doc.querySelector("#count").textContent};
	}`, html)
	return s.People, s.Count
}

func namesOf(people []card) []string {
	names := make([]string, len(people))
	for i, c := range people {
		names[i] = c.Name
	}
	slices.Sort(names)
	return names
}

// sees waits until the page shows exactly these people, in any order, counts
// as many and says that it is live.
func (tb *tab) sees(names ...string) {
	tb.t.Helper()
	names = slices.Sorted(slices.Values(names))
	tb.until(fmt.Sprintf("the people are %q", names), func() error {
		people, err := tb.people()
		if err != nil {
			return err
		}
		if got := namesOf(people); !slices.Equal(got, names) {
			return fmt.Errorf("they are %q", got)
		}
		count, err := try[string](tb, `() => document.querySelector("#count").textContent`)
		if err != nil {
			return err
		}
		if count != fmt.Sprint(len(names)) {
			return fmt.Errorf("the count is %q", count)
		}
		return tb.stateIs("live")
	})
}

// shows waits for the state of the connection.
func (tb *tab) shows(state string) {
	tb.t.Helper()
	tb.until("the connection is "+state, func() error { return tb.stateIs(state) })
}

func (tb *tab) stateIs(want string) error {
	state, err := try[string](tb, `() => document.querySelector("#connection").dataset.state`)
	if err == nil && state != want {
		err = fmt.Errorf("the connection is %s", state)
	}
	return err
}

// asked waits until the page asks for a name and the program runs, and returns
// what is in the field.
func (tb *tab) asked() string {
	tb.t.Helper()
	tb.holds("a name is asked for", `() => {
		const dialog = document.querySelector("dialog#name-dialog");
		return dialog.matches(":modal") && !dialog.querySelector("[type=submit]").disabled;
	}`)
	return eval[string](tb, `() => document.querySelector("#name-dialog input[name=name]").value`)
}

// sign gives a name to the dialog and sends it.
func (tb *tab) sign(name string) {
	tb.t.Helper()
	tb.click("#name-dialog input[name=name]")
	tb.enter(name)
	tb.click("#name-dialog [type=submit]")
}

// join answers the dialog that a room begins with and returns the own card.
func (tb *tab) join(name string) card {
	tb.t.Helper()
	tb.asked()
	tb.sign(name)
	return tb.present()
}

// present waits until the person is in the room, and all of the page is there, which
// is when the worker has it, and returns their card.
func (tb *tab) present() (own card) {
	tb.t.Helper()
	tb.until("I am in the room", func() error {
		people, err := tb.people()
		if err != nil {
			return err
		}
		mine := slices.DeleteFunc(slices.Clone(people), func(c card) bool { return !c.You })
		if len(mine) != 1 {
			return fmt.Errorf("%d of %d cards are mine", len(mine), len(people))
		}
		own = mine[0]
		if open, err := try[bool](tb, `() => document.querySelector("#name-dialog").open`); open || err != nil {
			return errors.Join(err, errors.New("the dialog is open"))
		}
		return tb.stateIs("live")
	})
	tb.equipped()
	return own
}

// mark is now, for hears and missed.
func (w *watch) mark() int { return len(w.since(0)) }

// hears waits for a message over the tab's socket after mark.
func (tb *tab) hears(mark int, what string, is func(message) bool) message {
	tb.t.Helper()
	var found message
	tb.until(what, func() error {
		messages := tb.since(mark)
		i := slices.IndexFunc(messages, is)
		if i < 0 {
			return fmt.Errorf("none of %d messages is that", len(messages))
		}
		found = messages[i]
		return nil
	})
	return found
}

// never wants no such message to have come after mark.
func (tb *tab) never(mark int, what string, is func(message) bool) {
	tb.t.Helper()
	if i := slices.IndexFunc(tb.since(mark), is); i >= 0 {
		tb.fatalf("%s", what)
	}
}

// arrives and departs are what others hear of a member.
func arrives(id string) func(message) bool {
	return func(m message) bool { return !m.sent && m.event == "new_user" && m.data.User.ID == id }
}

func departs(id string) func(message) bool {
	return func(m message) bool { return !m.sent && m.event == "disconnect_user" && m.data.ID == id }
}

// robot joins without a browser.
func robot(t *testing.T, s *server, room, name string) *client.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.Dial(ctx, s.socket(), client.Options{Room: room, Name: name})
	if err != nil {
		t.Fatalf("%s does not get into %s: %v", name, room, err)
	}
	t.Cleanup(func() {
		if n := c.Desyncs(); n > 0 {
			t.Errorf("%s's roster was wrong %d times", name, n)
		}
		_ = c.Close()
	})
	go func() {
		for {
			if _, err := c.Next(t.Context()); err != nil {
				return
			}
		}
	}()
	return c
}

// listing is people, one a line, for messages.
func listing(people []card) string {
	var b strings.Builder
	for _, c := range people {
		fmt.Fprintf(&b, "%s %q %s\n", c.ID, c.Name, c.Status)
	}
	return b.String()
}
