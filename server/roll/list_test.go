//go:build unix

package roll

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"rollcall/shared"
	"rollcall/shared/api"
	"rollcall/shared/i18n"
)

func TestWhoIsExpectedIsPasted(t *testing.T) {
	r := newRig(t, "/")
	c := r.enter(there)
	proof := r.proofIn(r.page(there+"?edit", c))
	id := shared.MemberID("the key of Ada")
	res := r.list(there+"?zone=Europe/Berlin", "proof", proof, "starts", "2026-03-02T10:00", "late", "5",
		"people", "Smith, John\r\n\r\n  "+id+" , Ada\r\n"+shared.MemberID("b")+"\r\nليلى حداد")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/r/standup/attendance?") {
		t.Fatalf("%s, %v: %s", res.Status, res.Header, text(t, res))
	}
	e, err := r.roll.Expected(t.Context(), "standup")
	if err != nil {
		t.Fatal(err)
	}
	if e.LateAfter != "5m0s" || !e.Starts.Equal(at(0)) || e.SetBy != "key ci" {
		t.Errorf("%+v", e)
	}
	var names []string
	for _, p := range e.People {
		names = append(names, p.Name)
	}
	want(t, "the names", names, []string{"Smith, John", "Ada", "", "ليلى حداد"})
	if e.People[1].ID != id {
		t.Errorf("%+v", e.People[1])
	}
	page := r.page(there+"?edit&zone=Europe/Berlin", c)
	for _, part := range []string{"Smith, John\n" + id + ", Ada\n" + shared.MemberID("b") + "\nليلى حداد\n", `value="2026-03-02T10:00"`, `value="5"`, "<bdi>key ci · "} {
		if !strings.Contains(html.UnescapeString(page), part) {
			t.Errorf("no %q in %s", part, page)
		}
	}
	if res := r.list(there, "proof", proof, "starts", "", "late", "", "people", " \n"); res.StatusCode != http.StatusSeeOther {
		t.Error(res.Status)
	}
	if e, err := r.roll.Expected(t.Context(), "standup"); err != nil || len(e.People) > 0 {
		t.Errorf("%+v, %v", e, err)
	}
}

// A list that can't be is kept in the form, with the line that is wrong.
func TestListsThatCantBe(t *testing.T) {
	r := newRig(t, "/")
	r.expect("", "Zoë")
	proof := r.proofIn(r.page(there+"?edit", r.enter(there)))
	say := languages["en"]
	line := func(n string) string { return say.BadLine.With("n", n) }
	for name, c := range map[string]struct {
		starts, late, people string
		status               int
		says                 string
	}{
		"a name twice":    {"", "", "Bo\n\nAda\nADA", 422, line("4")},
		"a long name":     {"", "", "Bo\n" + strings.Repeat("x", 1000), 422, line("2")},
		"a bad beginning": {"noon", "", "Bo", 422, string(say.BadStart)},
		"a bad limit":     {"", "soon", "Bo", 422, string(say.BadStart)},
		"a long limit":    {"", "1441", "Bo", 422, string(say.BadStart)},
		"too many":        {"", "", strings.Repeat("x\n", api.MaxExpected+1), 422, string(say.LongList)},
		"too much":        {"", "", strings.Repeat("x", maxList), 413, string(say.LongList)},
	} {
		res := r.list(there, "proof", proof, "starts", c.starts, "late", c.late, "people", c.people)
		got := html.UnescapeString(text(t, res))
		if res.StatusCode != c.status || !strings.Contains(got, c.says) || c.status == 422 && !strings.Contains(got, strings.SplitN(c.people, "\n", 2)[0]) {
			t.Errorf("%s: %s, %.2000s", name, res.Status, got)
		}
	}
	if e, err := r.roll.Expected(t.Context(), "standup"); err != nil || len(e.People) != 1 {
		t.Errorf("%+v, %v", e, err)
	}
}

var braces = regexp.MustCompile(`\{\w+\}`)

// Every language has every text, with the same placeholders.
func TestTexts(t *testing.T) {
	english := reflect.ValueOf(languages[i18n.English]).Elem()
	for _, lang := range i18n.Languages() {
		say := languages[lang]
		if say == nil {
			t.Fatalf("there are no words in %s", lang)
		}
		value := reflect.ValueOf(say).Elem()
		for i := range value.NumField() {
			name := value.Type().Field(i).Name
			got, want := fmt.Sprint(value.Field(i)), fmt.Sprint(english.Field(i))
			if got == "" {
				t.Errorf("%s: %s is missing", lang, name)
			}
			if a, b := braces.FindAllString(got, -1), braces.FindAllString(want, -1); !slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))) {
				t.Errorf("%s: %s has %q, in English %q", lang, name, a, b)
			}
		}
		for status := range languages[i18n.English].Statuses {
			if say.Statuses[status] == "" {
				t.Errorf("%s: the status %s is missing", lang, status)
			}
		}
	}
}
