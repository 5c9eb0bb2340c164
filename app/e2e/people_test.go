//go:build !js

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/shared/client"
)

// sit opens a tab in a fresh profile of the shared browser at a seat.
func sit(t *testing.T, s *server, seat int, label string) *tab {
	t.Helper()
	return sharedBrowser(t, seat).newProfile(t).newTab(t, s, label)
}

// twoTabs opens two tabs of one fresh profile, which belong to the same member.
func twoTabs(t *testing.T, s *server, seat int) (first, second *tab) {
	t.Helper()
	home := sharedBrowser(t, seat).newProfile(t)
	return home.newTab(t, s, "first"), home.newTab(t, s, "second")
}

// joinAll has members at different seats open the same page and join.
func joinAll(t *testing.T, s *server, path string, names ...string) []*tab {
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

// card is a member's card on the page.
type card struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Name   string `json:"name"`
	You    bool   `json:"you"`
}

// cards reads the cards of a document.
const cards = `(doc) => [...doc.querySelectorAll("ul#people > li[data-member]")].map(li => ({
	id: li.dataset.member,
	status: li.dataset.status,
	name: li.querySelector(".name").textContent,
	you: li.getAttribute("aria-current") === "true",
}))`

// people returns the cards on the page.
func (tb *tab) people() ([]card, error) {
	return try[[]card](tb, "() => ("+cards+")(document)")
}

// served returns the members in the server's page, as the browser parses it, and the
// number that it shows.
func (tb *tab) served(path string) (people []card, count string) {
	tb.t.Helper()
	page := eval[servedPage](tb, readServed, tb.server.get(path).body)
	return page.People, page.Count
}

// servedPage is what served returns.
type servedPage struct {
	People []card
	Count  string
}

// readServed reads a servedPage from a page's HTML.
const readServed = `(html) => {
	const doc = new DOMParser().parseFromString(html, "text/html");
	return {People: (` + cards + `)(doc), Count: doc.querySelector("#count").textContent};
}`

func namesOf(people []card) []string {
	names := make([]string, len(people))
	for i, c := range people {
		names[i] = c.Name
	}
	slices.Sort(names)
	return names
}

// sees waits until the page shows exactly these members, in any order, shows their
// number, and is live.
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
		return tb.checkConnection("live")
	})
}

// connectionIs waits for a state of the connection.
func (tb *tab) connectionIs(state string) {
	tb.t.Helper()
	tb.until("the connection is "+state, func() error { return tb.checkConnection(state) })
}

func (tb *tab) checkConnection(want string) error {
	state, err := try[string](tb, `() => document.querySelector("#connection").dataset.state`)
	if err == nil && state != want {
		err = fmt.Errorf("the connection is %s", state)
	}
	return err
}

// asked waits until the page asks for a name and the program runs, and returns the
// content of the field.
func (tb *tab) asked() string {
	tb.t.Helper()
	tb.holds("a name is asked for", nameIsAsked)
	return eval[string](tb, `() => document.querySelector("#name-field").value`)
}

// nameIsAsked reports whether there is a form for the name, in the page or in the dialog of
// the own card, and the program runs.
const nameIsAsked = `() => {
	const form = document.querySelector("#name-dialog:modal #card-form, #name-form");
	return !!form && form.checkVisibility() && !form.querySelector("[aria-busy]");
}`

// submitName types a name into the dialog and submits it.
func (tb *tab) submitName(name string) {
	tb.t.Helper()
	tb.click("#name-field")
	tb.enter(name)
	tb.click(":is(#name-form, #card-form) [type=submit]")
}

// join joins the room through the dialog and returns the own card.
func (tb *tab) join(name string) card {
	tb.t.Helper()
	tb.asked()
	tb.submitName(name)
	return tb.inRoom()
}

// inRoom waits until the tab is in the room and its worker is ready, and returns the own
// card.
func (tb *tab) inRoom() (own card) {
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
		if open, err := try[bool](tb, `() => !!document.querySelector("#name-form, #card-form")`); open || err != nil {
			return errors.Join(err, errors.New("a name is asked for"))
		}
		return tb.checkConnection("live")
	})
	tb.workerReady()
	return own
}

// mark returns the index of the next message, for receives and neverReceived.
func (w *monitor) mark() int { return len(w.since(0)) }

// receives waits for a message after mark, sent or received, and returns it.
func (tb *tab) receives(mark int, what string, is func(message) bool) message {
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

// neverReceived checks that no such message has come after mark.
func (tb *tab) neverReceived(mark int, what string, is func(message) bool) {
	tb.t.Helper()
	if i := slices.IndexFunc(tb.since(mark), is); i >= 0 {
		tb.fatalf("%s", what)
	}
}

// arrivalOf and departureOf match the events about a member.
func arrivalOf(id string) func(message) bool {
	return func(m message) bool { return !m.sent && m.event == "new_user" && m.data.User.ID == id }
}

func departureOf(id string) func(message) bool {
	return func(m message) bool { return !m.sent && m.event == "disconnect_user" && m.data.ID == id }
}

// bot joins a room without a browser.
func bot(t *testing.T, s *server, room, name string) *client.Client {
	t.Helper()
	return botWith(t, s, client.Options{Room: room, Name: name})
}

// botWith is bot for a client that needs more than a room and a name.
func botWith(t *testing.T, s *server, o client.Options) *client.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.Dial(ctx, s.socket(), o)
	if err != nil {
		t.Fatalf("%s does not get into %s: %v", o.Name, o.Room, err)
	}
	for at := time.Now().UnixMilli(); time.Now().UnixMilli() == at; { // two of one millisecond are in the order of their ids
		time.Sleep(100 * time.Microsecond)
	}
	t.Cleanup(func() {
		if n := c.Desyncs(); n > 0 {
			t.Errorf("%s's roster was wrong %d times", o.Name, n)
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

// listing formats cards for messages, one a line.
func listing(people []card) string {
	var b strings.Builder
	for _, c := range people {
		fmt.Fprintf(&b, "%s %q %s\n", c.ID, c.Name, c.Status)
	}
	return b.String()
}
