package ui

import (
	"cmp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Formats and collation of the browser, each made once. Outside of a browser, in tests,
// plain rules replace them.
var clockFormat, dateFormat, collator app.Value

// locales returns the locales for the browser's Intl: the page's language in the variety
// that the browser is set to, with Latin digits as elsewhere on the page. Where the browser
// prefers a language that the page does not have, the clock is still that language's: of
// twelve hours or of twenty-four.
func locales() []any {
	digits := "-u-nu-latn"
	mine := app.Window().Get("navigator").Get("languages")
	if mine.Length() > 0 {
		if cycle := hourCycle(mine.Index(0).String()); cycle != "" {
			digits = "-u-hc-" + cycle + "-nu-latn"
		}
	}
	for i := range mine.Length() {
		if tag := mine.Index(i).String(); isOfPage(tag) {
			return []any{tag + digits, msgs.Lang + digits}
		}
	}
	return []any{msgs.Lang + digits}
}

// hourCycle returns the hour cycle of a language (Unicode UTS #35, key hc), unless that is the
// page's own. It is "" for a tag that is not valid, which some browsers have, and where browsers
// do not say.
func hourCycle(tag string) (cycle string) {
	defer ignorePanic()
	if isOfPage(tag) {
		return ""
	}
	options := map[string]any{"hour": "numeric"}
	if v := app.Window().Get("Intl").Get("DateTimeFormat").New(tag, options).Call("resolvedOptions").Get("hourCycle"); v.Truthy() {
		cycle = v.String()
	}
	return cycle
}

// isOfPage reports whether tag is a variety of the page's language.
func isOfPage(tag string) bool { return tag == msgs.Lang || strings.HasPrefix(tag, msgs.Lang+"-") }

// timeOfDay returns t in the user's notation, with the date unless it is today.
func timeOfDay(t time.Time) string {
	if app.IsServer {
		return t.Format("15:04")
	}
	now := time.Now()
	if timeCache.day != dayOf(now) || len(timeCache.at) >= maxCachedTimes {
		timeCache.day, timeCache.at = dayOf(now), map[int64]string{}
	}
	minute := t.Unix() / 60
	text, known := timeCache.at[minute]
	if !known {
		text = formatTime(t, now)
		timeCache.at[minute] = text
	}
	return text
}

func formatTime(t, now time.Time) string {
	if dayOf(now) != dayOf(t) {
		return dateAndTime(t)
	}
	clockFormat = dateTimeFormat(clockFormat, map[string]any{"hour": "numeric", "minute": "2-digit"})
	return clockFormat.Call("format", t.UnixMilli()).String()
}

// dateAndTime returns t in the user's notation, with the date.
func dateAndTime(t time.Time) string {
	if app.IsServer {
		return t.Format("2006-01-02 15:04")
	}
	dateFormat = dateTimeFormat(dateFormat, map[string]any{"hour": "numeric", "minute": "2-digit", "month": "short", "day": "numeric"})
	return dateFormat.Call("format", t.UnixMilli()).String()
}

// endText returns when something ends that may be years ahead.
func endText(t, now time.Time) string {
	if dayOf(t) == dayOf(now) {
		return timeOfDay(t)
	}
	return dateTimeFormat(nil, map[string]any{"dateStyle": "medium", "timeStyle": "short"}).Call("format", t.UnixMilli()).String()
}

// durationText returns d in the largest unit that fits: "12 min", "3 hr", "2 days".
func durationText(d time.Duration) string {
	n, unit := int(d/time.Minute), "minute"
	switch {
	case d >= 48*time.Hour:
		n, unit = int(d/(24*time.Hour)), "day"
	case d >= time.Hour:
		n, unit = int(d/time.Hour), "hour"
	}
	if app.IsServer {
		return strconv.Itoa(n) + " " + unit
	}
	options := app.Window().Get("JSON").Call("parse", `{"style":"unit","unitDisplay":"short","unit":"`+unit+`"}`)
	return app.Window().Get("Intl").Get("NumberFormat").New(locales(), options).Call("format", n).String()
}

// dayOf returns a number for the day of t in the user's calendar.
func dayOf(t time.Time) int { return 1000*t.Year() + t.YearDay() }

// midnight returns the beginning of a day, so many days after today.
func midnight(now time.Time, days int) time.Time {
	year, month, day := now.Date()
	return time.Date(year, month, day+days, 0, 0, 0, 0, now.Location())
}

// dateTimeFormat returns made, or a new format if that is nil: making one takes a
// browser milliseconds.
func dateTimeFormat(made app.Value, options map[string]any) app.Value {
	if made != nil {
		return made
	}
	return app.Window().Get("Intl").Get("DateTimeFormat").New(locales(), options)
}

// timeCache has the results of timeOfDay of one day, by the minute: scrolling a list
// asks for the same few again and again.
var timeCache struct {
	day int
	at  map[int64]string
}

const maxCachedTimes = 1000

func nameCollator() app.Value {
	if collator == nil {
		collator = app.Window().Get("Intl").Get("Collator").New(locales())
	}
	return collator
}

// compareNames returns a negative number if a sorts before b, a positive one if after.
func compareNames(a, b string) int {
	if app.IsServer {
		return cmp.Compare(a, b)
	}
	return nameCollator().Call("compare", a, b).Int()
}

// separator joins texts to cross into JavaScript as one string; no name and no note
// contains it.
const separator = "\n"

// sortNames sorts names with one call into the browser. Names that compare as equal keep
// their order.
func sortNames(names []string) []string {
	if app.IsServer || len(names) == 0 {
		return names
	}
	list := jsString(strings.Join(names, separator)).Call("split", separator)
	sorted := list.Call("sort", nameCollator().Get("compare"))
	return strings.Split(sorted.Call("join", separator).String(), separator)
}

// jsString returns a JavaScript String object, whose methods can be called.
func jsString(text string) app.Value { return app.Window().Get("String").New(text) }

// foldTexts is foldText for each of the texts, with one call into the browser.
func foldTexts(texts []string) []string {
	if len(texts) == 0 {
		return nil
	}
	return strings.Split(foldText(strings.Join(texts, separator)), separator)
}

// baseLetters maps letters that Unicode does not decompose to what is typed for them.
var baseLetters = strings.NewReplacer("\u00b4", "'", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "ħ", "h", "ŧ", "t", "ı", "i",
	"æ", "ae", "œ", "oe", "ß", "ss", "þ", "th")

// foldText prepares a text for searching: without case (so that ß is ss, and ς is σ),
// diacritics, apostrophes and invisible characters. The browser decomposes the text and
// knows its capitals.
func foldText(text string) string {
	text = baseLetters.Replace(strings.ToLower(text))
	if app.IsClient {
		text = jsString(jsString(text).Call("normalize", "NFKD").String()).Call("toUpperCase").String()
	} else {
		text = strings.ToUpper(text)
	}
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Mn, unicode.Cf) || strings.ContainsRune(ignoredLetters, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// ignoredLetters are the apostrophes, and the Arabic tatweel.
const ignoredLetters = "'`‘’‛ʹʻʼʽˈ′\u0640"

// wordsOf are the words of a query, each folded: they are looked for in any order.
func wordsOf(query string) []string {
	return strings.FieldsFunc(foldText(query), func(r rune) bool { return unicode.In(r, unicode.White_Space, unicode.Dash) })
}
