package words

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// English is the language for who understands none of the others.
const English = "en"

// languages are all that there are. Each is made when it is first asked for: a page
// speaks one.
var languages = map[string]func() *Words{
	English: sync.OnceValue(english),
	"ar":    sync.OnceValue(arabic),
	"de":    sync.OnceValue(german),
	"es":    sync.OnceValue(spanish),
	"zh":    sync.OnceValue(chinese),
}

// Languages are all that there are, English first.
func Languages() []string {
	rest := slices.DeleteFunc(slices.Sorted(maps.Keys(languages)), func(l string) bool { return l == English })
	return append([]string{English}, rest...)
}

// locale is what a language does with numbers and lines, by Unicode CLDR. Digits are
// those of ASCII in every language, so that a number on the page is the same to people
// and to scripts.
type locale struct {
	Dir       string // of the lines: "ltr" or "rtl"
	separator string // between groups of three digits
	grouped   int    // the fewest digits of a number that has groups
	category  func(n int) category
}

// category is what a language tells whole numbers apart by (CLDR, plural categories).
type category int

const (
	zero category = iota
	one
	two
	few
	many
	other
	categories // how many there are
)

func onlyOther(int) category { return other }

func oneOrOther(n int) category {
	if n == 1 {
		return one
	}
	return other
}

// spanishCategory has it that one says "un millón de personas", but "mil personas".
func spanishCategory(n int) category {
	if n != 0 && n%1_000_000 == 0 {
		return many
	}
	return oneOrOther(n)
}

func arabicCategory(n int) category {
	switch {
	case n == 0:
		return zero
	case n == 1:
		return one
	case n == 2:
		return two
	case n%100 >= 3 && n%100 <= 10:
		return few
	case n%100 >= 11:
		return many
	}
	return other
}

// Count is the form of a plural for n of something, n ≥ 0, with n in it.
func (l locale) Count(p Plural, n int) string {
	return p[l.category(n)].With("n", l.Number(n))
}

// Number writes n ≥ 0 as the language does.
func (l locale) Number(n int) string { return strings.Join(l.Groups(n), l.separator) }

// Groups is the digits of n ≥ 0, cut where a separator stands.
func (l locale) Groups(n int) (groups []string) {
	digits := strconv.Itoa(n)
	if len(digits) < l.grouped {
		return []string{digits}
	}
	for end := 1 + (len(digits)-1)%3; digits != ""; end = 3 {
		groups = append(groups, digits[:end])
		digits = digits[end:]
	}
	return groups
}
