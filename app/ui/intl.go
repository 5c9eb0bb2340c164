package ui

import (
	"cmp"
	"strings"
	"time"
	"unicode"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// What only the browser knows of how its person writes and sorts. Outside of
// one, in tests, plain rules stand for it. Each format is made once.
var clockFormat, dateFormat, collator app.Value

// locales is how the person writes, for the browser's Intl: the page's
// language in the variety that the browser is set to, with digits as elsewhere
// on the page.
func locales() []any {
	const digits = "-u-nu-latn"
	mine := app.Window().Get("navigator").Get("languages")
	for i := range mine.Length() {
		if tag := mine.Index(i).String(); tag == say.Lang || strings.HasPrefix(tag, say.Lang+"-") {
			return []any{tag + digits, say.Lang + digits}
		}
	}
	return []any{say.Lang + digits}
}

// timeOfDay is t as the person's clock shows it, with the day if that is not
// today.
func timeOfDay(t time.Time) string {
	if app.IsServer {
		return t.Format("15:04")
	}
	now := time.Now()
	if written.day != now.YearDay() || len(written.at) >= mostWritten {
		written.day, written.at = now.YearDay(), map[int64]string{}
	}
	minute := t.Unix() / 60
	text, known := written.at[minute]
	if !known {
		text = writeTime(t, now)
		written.at[minute] = text
	}
	return text
}

func writeTime(t, now time.Time) string {
	if now.YearDay() != t.YearDay() || now.Year() != t.Year() {
		dateFormat = formatOnce(dateFormat, map[string]any{"hour": "numeric", "minute": "2-digit", "month": "short", "day": "numeric"})
		return dateFormat.Call("format", t.UnixMilli()).String()
	}
	clockFormat = formatOnce(clockFormat, map[string]any{"hour": "numeric", "minute": "2-digit"})
	return clockFormat.Call("format", t.UnixMilli()).String()
}

// formatOnce returns a format that is there, or a new one, which takes a browser
// some milliseconds.
func formatOnce(made app.Value, options map[string]any) app.Value {
	if made != nil {
		return made
	}
	return app.Window().Get("Intl").Get("DateTimeFormat").New(locales(), options)
}

// written is what timeOfDay has said today, by the minute: a list that is
// scrolled says the same few times again and again.
var written struct {
	day int
	at  map[int64]string
}

const mostWritten = 1000

func nameCollator() app.Value {
	if collator == nil {
		collator = app.Window().Get("Intl").Get("Collator").New(locales())
	}
	return collator
}

// compareNames is negative where a comes before b.
func compareNames(a, b string) int {
	if app.IsServer {
		return cmp.Compare(a, b)
	}
	return nameCollator().Call("compare", a, b).Int()
}

// between separates names where many cross to the browser in one text; no name
// has one.
const between = "\n"

// sortNames sorts many names at once; those that compare as equal stay in their
// order.
func sortNames(names []string) []string {
	if app.IsServer || len(names) == 0 {
		return names
	}
	list := app.Window().Get("String").New(strings.Join(names, between)).Call("split", between)
	sorted := list.Call("sort", nameCollator().Get("compare"))
	return strings.Split(sorted.Call("join", between).String(), between)
}

// fold is names as they are searched: without case, and without the marks on
// letters, which not everybody can type.
func fold(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	text := strings.Join(names, between)
	if app.IsClient {
		text = app.Window().Get("String").New(text).Call("normalize", "NFKD").String()
	}
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
	return strings.Split(text, between)
}
