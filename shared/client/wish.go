package client

import (
	"unicode"
	"unicode/utf8"
)

// wish is what a person wants one text of their member, the name or the note,
// to be. The same member may have other clients, so that what the room shows
// is adopted unless this client has asked for something else.
type wish struct {
	want  string
	shown string  // what the room showed last
	known bool    // on this connection, so that it shows it still
	open  bool    // want was asked for here and has not been shown since
	told  *string // what the server was told last and has not shown yet
}

// set makes v the wish. What is shown anyway needs no saying, unless the
// server was told something else and will show that.
func (w *wish) set(v string) {
	w.want = v
	w.open = !w.known || v != w.shown || w.told != nil
}

// due reports whether the server must be told.
func (w *wish) due() bool { return w.open && (w.told == nil || *w.told != w.want) }

// tell returns what the server is to be told, as told. If it may be shown
// already, normalized, no change will say so; then it is granted.
func (w *wish) tell() *string {
	told := w.want
	if w.told == nil && normalizes(told, w.shown) {
		w.drop()
	} else {
		w.told = &told
	}
	return &told
}

// untell forgets what was told: the server did not take it.
func (w *wish) untell() { w.told = nil }

// part forgets what was told and shown: the connection has ended.
func (w *wish) part() { w.told, w.known = nil, false }

// see takes in what the room shows.
func (w *wish) see(shown string) {
	if shown == w.shown && w.told != nil {
		return // no answer yet
	}
	w.shown, w.known = shown, true
	if shown == w.want || w.told != nil && *w.told == w.want && normalizes(w.want, shown) {
		w.open, w.told = false, nil
	}
	if !w.open {
		w.want = shown
	}
}

// reopen asks once more: the member is a new one, who knows nothing of it.
func (w *wish) reopen() { w.open = true }

// drop gives the wish up for what is shown.
func (w *wish) drop() { w.want, w.open, w.told = w.shown, false, nil }

// normalizes reports whether shown can be what a server, which brings texts to
// Unicode NFC, makes of asked. It has no tables for that: it takes every
// character that was asked for in several code points for any one in its place.
func normalizes(asked, shown string) bool {
	for asked != "" && shown != "" {
		a, b := composed(asked), composed(shown)
		if asked[:a] != shown[:b] && utf8.RuneCountInString(asked[:a]) == 1 {
			return false
		}
		asked, shown = asked[a:], shown[b:]
	}
	return asked == shown
}

// composed returns the length in bytes of the first character of s with all
// that NFC may compose it with: marks, and the vowels and finals of Hangul.
func composed(s string) int {
	for i, r := range s {
		if i > 0 && !unicode.Is(unicode.M, r) && !(r >= 0x1160 && r <= 0x11FF) {
			return i
		}
	}
	return len(s)
}
