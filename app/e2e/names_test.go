//go:build !js

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/shared/client"
)

// Ten members of one name are ten members, and exactly the one who leaves is removed.
func TestSameNames(t *testing.T) {
	t.Parallel()
	s := startServer(t, grace(shortGrace)...)
	people := joinAll(t, s, "/", "Kim", "Kim")
	doomed := people[1].inRoom().ID
	var bots []*client.Client
	for range 8 {
		bots = append(bots, bot(t, s, "lobby", "Kim"))
	}
	for _, p := range people {
		p.sees(kims(10)...)
	}
	ids := people[0].ids()
	if len(slices.Compact(slices.Clone(ids))) != 10 {
		t.Errorf("ten people have the ids %q", ids)
	}

	if err := bots[3].Close(); err != nil { // in the middle of the list
		t.Fatal(err)
	}
	gone := people[0].receives(0, "one is gone", func(m message) bool { return m.event == "disconnect_user" }).data.ID
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == gone })
	for _, p := range people {
		p.seesExactly(ids, kims(9))
	}

	people[1].close() // now one with a browser
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == doomed })
	people[0].seesExactly(ids, kims(8))
}

func kims(n int) []string { return slices.Repeat([]string{"Kim"}, n) }

// seesExactly is sees for members who have the same name.
func (tb *tab) seesExactly(ids, names []string) {
	tb.t.Helper()
	tb.sees(names...)
	if got := tb.ids(); !slices.Equal(got, ids) {
		tb.t.Errorf("%s: there are\n%q, want\n%q", tb.label, got, ids)
	}
}

// ids returns the sorted ids of the members that the page shows.
func (tb *tab) ids() []string {
	tb.t.Helper()
	people, err := tb.people()
	if err != nil {
		tb.fatalf("%v", err)
	}
	ids := make([]string, len(people))
	for i, c := range people {
		ids[i] = c.ID
	}
	slices.Sort(ids)
	return ids
}

const (
	markup     = `"><script>alert(1)</script>`
	family     = "👨\u200d👩\u200d👧\u200d👦" // seven code points, one character
	arabic     = "محمد عبد الله"
	devanagari = "श्रीकृष्ण त्रिपाठी"
)

// A name is text, in the running page and in the server's: it keeps its characters, and
// creates no element.
func TestHostileAndForeignNames(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, name := range []string{markup, "<img src=x onerror=alert(1)>", "{{.Room}} ${1} &amp; `", "' onmouseover='alert(1)"} {
		bot(t, s, "lobby", name)
	}
	bot(t, s, "names", arabic)
	bot(t, s, "names", devanagari)
	nasty := sit(t, s, 0, "nasty")
	nasty.goTo("/r/names")
	nasty.join(family)
	nasty.sees(family, arabic, devanagari)
	nasty.goTo("/")
	nasty.asked()
	nasty.wantNoMarkup()
	nasty.join(markup)
	all := []string{markup, markup, "<img src=x onerror=alert(1)>", "{{.Room}} ${1} &amp; `", "' onmouseover='alert(1)"}
	nasty.sees(all...)
	nasty.wantNoMarkup()

	slices.Sort(all)
	served, _ := nasty.served("/")
	if got := namesOf(served); !slices.Equal(got, all) {
		t.Errorf("the page is served with the names %q, want %q", got, all)
	}
	html := s.get("/").body
	if strings.Contains(html, "<script>alert") || strings.Contains(html, "<img") {
		t.Errorf("a name is markup in\n%s", html)
	}
	nasty.reload() // now the page that the browser parses contains these names
	nasty.sees(all...)
	nasty.wantNoMarkup()
}

// wantNoMarkup checks that the document has no element that could come from a name.
func (tb *tab) wantNoMarkup() {
	tb.t.Helper()
	found := eval[[]string](tb, `() => [...document.querySelectorAll("script:not([src]):not([type='application/json']), img, [onerror], [onmouseover]")].map(e => e.outerHTML)`)
	if len(found) > 0 {
		tb.t.Errorf("%s: a name made elements: %q", tb.label, found)
	}
}

// An invalid name is refused next to the field, with a hint; it is not sent, and stays
// in the field. The next one is accepted.
func TestUnusableNames(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "clumsy")
	tb.goTo("/")
	tb.asked()
	for _, c := range []struct{ name, says string }{
		{"", "character"},
		{" \u200d\u00a0", "character"},
		{"evil\u202egnp.exe", "can't be seen (U+202E)"},
		{"a\u2066b", "can't be seen (U+2066)"},
		{"Ana\u3164", "can't be seen (U+3164)"},
		{"a" + strings.Repeat("\u0301", 7), "more than 6 accents"},
		{strings.Repeat("x", 10_000), "at most 64"},
		{strings.Repeat("👩", 65), "at most 64"},
	} {
		tb.submitName(c.name)
		tb.until(fmt.Sprintf("%.20q is refused", c.name), func() error {
			text, err := try[string](tb, `() => document.querySelector("#name-error").textContent`)
			if err == nil && !strings.Contains(text, c.says) {
				err = fmt.Errorf("beside the field stands %q", text)
			}
			return err
		})
		if kept := tb.asked(); kept != c.name {
			t.Errorf("of %.20q (%d bytes) the field has %.20q (%d)", c.name, len(c.name), kept, len(kept))
		}
		tb.holds("the error belongs to the field and is beside it", besideField)
		tb.click("#name-field")
		tb.enter("x")
		tb.holds("the error goes when the name changes", `() => document.querySelector("#name-error").textContent === ""`)
	}
	if sent := tb.since(0); slices.ContainsFunc(sent, isSent) {
		t.Errorf("a refused name was sent\n%s", transcript(sent))
	}
	tb.join("Fine")
	tb.sees("Fine")
}

const besideField = `() => {
	const field = document.querySelector("#name-field"), error = document.querySelector("#name-error");
	const f = field.getBoundingClientRect(), e = error.getBoundingClientRect();
	return field.getAttribute("aria-describedby").split(" ").includes("name-error") && field.getAttribute("aria-invalid") === "true" &&
		e.height > 0 && e.top >= f.top && e.top - f.bottom < 40;
}`

// The longest names of every kind fit into their cards.
func TestLongestNames(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	names := []string{strings.Repeat("W", 64), strings.Repeat("🦄", 64), strings.Repeat("ш", 64)}
	bot(t, s, "lobby", names[0])
	bot(t, s, "lobby", names[1])
	tb := sit(t, s, 0, "long")
	tb.goTo("/")
	tb.join(names[2])
	tb.sees(names...)
	if out := eval[[]string](tb, sticksOut); len(out) > 0 {
		t.Errorf("wider than their place are %q", out)
	}
}

// sticksOut returns the texts of cards that are wider than the window, or whose content
// is wider than the card.
const sticksOut = `() => [...document.querySelectorAll("#people > li")].filter(li => {
	const card = li.getBoundingClientRect();
	return card.right > innerWidth || [...li.querySelectorAll("*")].some(e => {
		const box = e.getBoundingClientRect();
		return box.width > 1 && (box.left < card.left || box.right > card.right);
	});
}).map(li => li.textContent)`

// A rename changes the same card for everybody, and for those who come later.
func TestRename(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	people := joinAll(t, s, "/", "Ann", "Bob")
	ann, bob := people[0], people[1]
	id := ann.inRoom().ID
	marks := []int{ann.mark(), bob.mark()}

	ann.click("#rename")
	if draft := ann.asked(); draft != "Ann" {
		t.Errorf("the dialog has %q instead of the present name", draft)
	}
	ann.submitName("Anna-Lena")
	told := ann.receives(marks[0], "the wish is sent", func(m message) bool { return m.sent })
	if told.event != "update_user" || told.data.Name == nil || *told.data.Name != "Anna-Lena" {
		t.Errorf("the wish is %s", told)
	}
	for _, p := range people {
		p.sees("Anna-Lena", "Bob")
	}
	bob.receives(marks[1], "the others are told", func(m message) bool {
		return m.event == "user_updated" && m.data.User.ID == id && m.data.User.Name == "Anna-Lena"
	})
	bob.neverReceived(marks[1], "the renamed one seems to go", departureOf(id))
	if own := ann.inRoom(); own.ID != id || own.Name != "Anna-Lena" {
		t.Errorf("the own card is %v", own)
	}
	served, _ := bob.served("/")
	if got := namesOf(served); !slices.Contains(got, "Anna-Lena") {
		t.Errorf("who comes later is served %q", got)
	}
}

// A rename that is refused or cancelled changes nothing.
func TestRenameRefusedOrCancelled(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := joinAll(t, s, "/", "Ann")[0]
	mark := tb.mark()
	tb.click("#rename")
	tb.asked()
	tb.submitName("a\u202eb")
	tb.until("the new name is refused", func() error {
		text, err := try[string](tb, `() => document.querySelector("#name-error").textContent`)
		if err == nil && text == "" {
			err = errors.New("nothing is said")
		}
		return err
	})
	tb.press("\x1b") // Escape
	tb.holds("the dialog closes", `() => !document.querySelector("#name-dialog").open`)
	tb.sees("Ann")
	tb.click("#rename")
	if draft := tb.asked(); draft != "Ann" {
		t.Errorf("the dialog has %q instead of the present name", draft)
	}
	if problem := eval[string](tb, `() => document.querySelector("#name-error").textContent`); problem != "" {
		t.Errorf("the dialog opens with the old error %q", problem)
	}
	tb.neverReceived(mark, "something was sent", func(m message) bool { return m.sent })
}
