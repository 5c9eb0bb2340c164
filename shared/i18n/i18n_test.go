package i18n

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// texts returns the fields of w that have type T, by name.
func texts[T any](w *Words) map[string]T {
	all := map[string]T{}
	v := reflect.ValueOf(*w)
	for i := range v.NumField() {
		if v.Type().Field(i).Type == reflect.TypeFor[T]() {
			all[v.Type().Field(i).Name] = v.Field(i).Interface().(T)
		}
	}
	return all
}

func TestEveryLanguageHasItsTag(t *testing.T) {
	for _, lang := range Languages() {
		if w := In(lang); w.Lang != lang || w.Dir == "" {
			t.Errorf("%q is %q, whose lines go %q", lang, w.Lang, w.Dir)
		}
	}
}

// Every language has all the texts that English has, with the same placeholders.
func TestEveryLanguageIsComplete(t *testing.T) {
	english := In(English)
	for _, lang := range Languages() {
		w := In(lang)
		compare(t, lang, texts[Text](english), texts[Text](w))
		choices := texts[map[string]Text](w)
		for name, want := range texts[map[string]Text](english) {
			compare(t, lang+": "+name, want, choices[name])
		}
	}
}

// compare checks that got has the keys of want, and texts with the same placeholders.
func compare(t *testing.T, where string, want, got map[string]Text) {
	t.Helper()
	if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); len(w) == 0 || !slices.Equal(g, w) {
		t.Errorf("%s: the keys are %q, want %q", where, g, w)
	}
	for k, text := range got {
		if text == "" {
			t.Errorf("%s: %s is empty", where, k)
		}
		if g, w := placeholders(text), placeholders(want[k]); !slices.Equal(g, w) {
			t.Errorf("%s: %s has the placeholders %q, want %q", where, k, g, w)
		}
	}
}

func placeholders(text Text) []string {
	found := placeholder.FindAllString(string(text), -1)
	slices.Sort(found)
	return found
}

// Every plural has exactly the forms that its language's rule needs. The forms for
// none, one and two may be in words; the others contain the number, and the same names.
func TestPluralsHaveTheirForms(t *testing.T) {
	for _, lang := range Languages() {
		w := In(lang)
		var needed [categories]bool
		for n := range 1001 {
			needed[w.category(n)] = true
		}
		needed[w.category(1_000_000)] = true
		for name, p := range texts[Plural](w) {
			for c, text := range p {
				if needed[c] != (text != "") {
					t.Errorf("%s: %s has %q for category %d; needed: %v", lang, name, text, c, needed[c])
				}
				got := placeholders(text)
				if text != "" && category(c) > two && !(slices.Contains(got, "{n}") && slices.Equal(got, placeholders(p[other]))) {
					t.Errorf("%s: %s has the placeholders %q for category %d", lang, name, got, c)
				}
			}
		}
	}
}

// The numbers are the examples that CLDR gives for each category.
func TestPluralRules(t *testing.T) {
	for _, c := range []struct {
		lang    string
		want    category
		numbers []int
	}{
		{"en", one, []int{1}},
		{"en", other, []int{0, 2, 11, 21, 101, 1_000_000}},
		{"de", one, []int{1}},
		{"de", other, []int{0, 2, 21, 1_000_000}},
		{"es", one, []int{1}},
		{"es", many, []int{1_000_000, 2_000_000}},
		{"es", other, []int{0, 2, 16, 100, 1000, 1_000_001}},
		{"zh", other, []int{0, 1, 2, 15, 1_000_000}},
		{"ar", zero, []int{0}},
		{"ar", one, []int{1}},
		{"ar", two, []int{2}},
		{"ar", few, []int{3, 10, 103, 110, 1003}},
		{"ar", many, []int{11, 26, 99, 111, 1011}},
		{"ar", other, []int{100, 102, 200, 202, 1000, 1_000_000}},
	} {
		for _, n := range c.numbers {
			if got := In(c.lang).category(n); got != c.want {
				t.Errorf("%s: %d is of category %d, want %d", c.lang, n, got, c.want)
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 0, "0"}, {"en", 999, "999"}, {"en", 1000, "1,000"}, {"en", 1_234_567, "1,234,567"},
		{"de", 1000, "1.000"}, {"es", 1000, "1000"}, {"es", 12_345, "12.345"},
		{"zh", 10_000, "10,000"}, {"ar", 123_456, "123,456"},
	} {
		if got := In(c.lang).Number(c.n); got != c.want {
			t.Errorf("%s: %d is written %q, want %q", c.lang, c.n, got, c.want)
		}
	}
}

func TestTexts(t *testing.T) {
	ar, en := In("ar"), In("en")
	for _, c := range []struct{ got, want string }{
		{en.Count(en.PeopleHere, 1), "1 person is here"},
		{en.Count(en.PeopleHere, 10_000), "10,000 people are here"},
		{ar.Count(ar.PeopleHere, 2), "شخصان هنا"},
		{en.WhoIsHere(nil, 0), string(en.First)},
		{en.WhoIsHere([]string{"Ada"}, 1), "\u2068Ada\u2069 is here"},
		{en.WhoIsHere([]string{"Ada", "Bo"}, 2), "\u2068Ada\u2069 and \u2068Bo\u2069 are here"},
		{en.WhoIsHere([]string{"Ada", "Bo"}, 3), "\u2068Ada\u2069, \u2068Bo\u2069 and 1 other are here"},
		{en.WhoIsHere([]string{"Ada", "Bo"}, 10_000), "\u2068Ada\u2069, \u2068Bo\u2069 and 9,998 others are here"},
		{en.WhoIsHere([]string{"Ada"}, 3), "3 people are here"},
		{ar.WhoIsHere([]string{"Ada", "Bo"}, 4), "\u2068Ada\u2069 و\u2068Bo\u2069 وشخصان آخران هنا"},
		{ar.Count(ar.PeopleHere, 11), "11 شخصًا هنا"},
		{en.ArrivedTwo.With("name", "{other}", "other", "Bo"), "{other} and Bo arrived."},
		{en.Since.Before() + "|" + en.Since.After(), "here since |"},
		{string(Lookup(en.Trouble, "unheard_of")), string(en.Trouble["other"])},
		{In("tlh").Lang, English},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
