package words

import (
	"encoding/json"
	"io/fs"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// raw is a file as it is: by key a text, or texts by key.
func raw(t *testing.T, lang string) map[string]any {
	t.Helper()
	text, err := files.ReadFile(lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatalf("%s: %v", lang, err)
	}
	return all
}

// A file without a line in locale.go would never be read.
func TestEveryFileIsALanguage(t *testing.T) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, ".json")
	}
	if want := slices.Sorted(maps.Keys(locales)); !slices.Equal(names, want) {
		t.Errorf("the files are of %q, the locales %q", names, want)
	}
}

// Every language says everything that the program may, and nothing else.
func TestEveryLanguageHasEveryText(t *testing.T) {
	var fields []string
	for f := range reflect.TypeFor[Words]().Fields() {
		if f.Type.Kind() == reflect.String && f.Type != reflect.TypeFor[Text]() || f.Anonymous {
			continue // the language itself
		}
		fields = append(fields, key(f.Name))
	}
	slices.Sort(fields)
	for _, lang := range Languages() {
		got := slices.Sorted(maps.Keys(raw(t, lang)))
		for _, k := range got {
			if !slices.Contains(fields, k) {
				t.Errorf("%s: nobody says %q", lang, k)
			}
		}
		for _, k := range fields {
			if !slices.Contains(got, k) {
				t.Errorf("%s: %q is missing", lang, k)
			}
		}
	}
}

// key is the key of a field in the files.
func key(field string) string {
	if field == strings.ToUpper(field) {
		return strings.ToLower(field)
	}
	r := []rune(field)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}

// A translation that forgot a placeholder would drop what belongs there.
func TestEveryLanguageHasTheSamePlaceholders(t *testing.T) {
	english := raw(t, English)
	for _, lang := range Languages() {
		for k, text := range raw(t, lang) {
			compare(t, lang+": "+k, english[k], text, plural(k))
		}
	}
}

// plural reports whether a key is of a Plural.
func plural(k string) bool {
	for f := range reflect.TypeFor[Words]().Fields() {
		if key(f.Name) == k {
			return f.Type == reflect.TypeFor[Plural]()
		}
	}
	return false
}

func compare(t *testing.T, where string, want, got any, plural bool) {
	t.Helper()
	switch got := got.(type) {
	case string:
		w, _ := want.(string)
		if got == "" {
			t.Errorf("%s is empty", where)
		}
		if g, w := placeholders(got), placeholders(w); !slices.Equal(g, w) {
			t.Errorf("%s has the placeholders %q, want %q", where, g, w)
		}
	case map[string]any:
		w, _ := want.(map[string]any)
		if plural {
			for form, text := range got {
				if form != "zero" && form != "one" && form != "two" { // which may be said in words
					compare(t, where+"."+form, w["other"], text, false)
				}
			}
			return
		}
		if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(w)); !slices.Equal(g, w) {
			t.Errorf("%s has the keys %q, want %q", where, g, w)
		}
		for k, text := range got {
			compare(t, where+"."+k, w[k], text, false)
		}
	default:
		t.Errorf("%s is a %T", where, got)
	}
}

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

// Every plural has exactly the forms that its language's rule asks for.
func TestPluralsHaveTheirForms(t *testing.T) {
	for _, lang := range Languages() {
		w := In(lang)
		forms := map[string]bool{}
		for n := range 1001 {
			forms[w.category(n)] = true
		}
		forms[w.category(1_000_000)] = true
		want := slices.Sorted(maps.Keys(forms))
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			if v.Type().Field(i).Type != reflect.TypeFor[Plural]() {
				continue
			}
			p := v.Field(i).Interface().(Plural)
			if got := slices.Sorted(maps.Keys(p)); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the forms %q, want %q", lang, v.Type().Field(i).Name, got, want)
			}
		}
	}
}

// The examples are those that CLDR gives for each category.
func TestPluralRules(t *testing.T) {
	for _, c := range []struct {
		lang, form string
		numbers    []int
	}{
		{"en", "one", []int{1}},
		{"en", "other", []int{0, 2, 11, 21, 101, 1_000_000}},
		{"de", "one", []int{1}},
		{"de", "other", []int{0, 2, 21, 1_000_000}},
		{"es", "one", []int{1}},
		{"es", "many", []int{1_000_000, 2_000_000}},
		{"es", "other", []int{0, 2, 16, 100, 1000, 1_000_001}},
		{"zh", "other", []int{0, 1, 2, 15, 1_000_000}},
		{"ar", "zero", []int{0}},
		{"ar", "one", []int{1}},
		{"ar", "two", []int{2}},
		{"ar", "few", []int{3, 10, 103, 110, 1003}},
		{"ar", "many", []int{11, 26, 99, 111, 1011}},
		{"ar", "other", []int{100, 102, 200, 202, 1000, 1_000_000}},
	} {
		for _, n := range c.numbers {
			if got := In(c.lang).category(n); got != c.form {
				t.Errorf("%s: %d is %q, want %q", c.lang, n, got, c.form)
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
		{ar.Count(ar.PeopleHere, 11), "11 شخصًا هنا"},
		{en.ArrivedTwo.With("name", "{other}", "other", "Bo"), "{other} and Bo arrived."},
		{en.Since.Before() + "|" + en.Since.After(), "here since |"},
		{string(Of(en.Trouble, "unheard_of")), string(en.Trouble["other"])},
		{In("tlh").Lang, English},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
