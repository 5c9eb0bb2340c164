package i18n

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// English is the BCP 47 tag of the default language.
const English = "en"

// languages maps the BCP 47 tag of each language to a function that returns its
// words. The words are built on the first call, as most programs use one language.
var languages = map[string]func() *Words{
	English: sync.OnceValue(english),
	"ar":    sync.OnceValue(arabic),
	"de":    sync.OnceValue(german),
	"es":    sync.OnceValue(spanish),
	"zh":    sync.OnceValue(chinese),

	"zh-Hant": sync.OnceValue(traditionalChinese),
}

// Languages returns the BCP 47 tags of all languages: English, then the others in
// alphabetical order.
func Languages() []string {
	rest := slices.DeleteFunc(slices.Sorted(maps.Keys(languages)), func(l string) bool { return l == English })
	return append([]string{English}, rest...)
}

// locale has a language's direction and its rules for numbers, from Unicode CLDR. All
// languages use ASCII digits, so that scripts can read the numbers on a page.
type locale struct {
	Dir       string               // direction of the lines: "ltr" or "rtl"
	separator string               // between groups of three digits
	grouped   int                  // numbers with fewer digits are not grouped
	category  func(n int) category // returns the plural category of n ≥ 0
}

// category is a plural category of CLDR.
type category int

const (
	zero category = iota
	one
	two
	few
	many
	other
	categories // the number of categories
)

func onlyOther(int) category { return other }

func oneOrOther(n int) category {
	if n == 1 {
		return one
	}
	return other
}

// spanishCategory returns many for whole millions: "un millón de personas", but "mil
// personas".
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

// Form returns the form of p for n ≥ 0.
func (l locale) Form(p Plural, n int) Text { return p[l.category(n)] }

// Count returns the form of p for n ≥ 0, with the placeholder {n} replaced by n.
func (l locale) Count(p Plural, n int) string {
	return l.Form(p, n).With("n", l.Number(n))
}

// Number formats n ≥ 0 with the language's separators: "1,234" in English.
func (l locale) Number(n int) string { return strings.Join(l.Groups(n), l.separator) }

// Groups returns the digits of n ≥ 0, split where Number puts separators.
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
