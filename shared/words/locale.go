package words

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// English is the language for who understands none of the others.
const English = "en"

// locale is what a language does with numbers and lines.
type locale struct {
	Dir       string             // of the lines: "ltr" or "rtl"
	separator string             // between groups of three digits
	grouped   int                // the fewest digits of a number that has groups
	category  func(n int) string // the plural category of a whole number
}

// locales follow Unicode CLDR. Digits are those of ASCII in every language, so
// that a number on the page is the same to people and to scripts.
var locales = map[string]locale{
	English: {"ltr", ",", 4, oneOrOther},
	"ar":    {"rtl", ",", 4, arabic},
	"de":    {"ltr", ".", 4, oneOrOther},
	"es":    {"ltr", ".", 5, spanish},
	"zh":    {"ltr", ",", 4, other},
}

// Languages are all that there are, English first.
func Languages() []string {
	rest := slices.DeleteFunc(slices.Sorted(maps.Keys(locales)), func(l string) bool { return l == English })
	return append([]string{English}, rest...)
}

func other(int) string { return "other" }

func oneOrOther(n int) string {
	if n == 1 {
		return "one"
	}
	return "other"
}

// spanish says "un millón de personas", but "mil personas".
func spanish(n int) string {
	if n != 0 && n%1_000_000 == 0 {
		return "many"
	}
	return oneOrOther(n)
}

func arabic(n int) string {
	switch {
	case n == 0:
		return "zero"
	case n == 1:
		return "one"
	case n == 2:
		return "two"
	case n%100 >= 3 && n%100 <= 10:
		return "few"
	case n%100 >= 11:
		return "many"
	}
	return "other"
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
