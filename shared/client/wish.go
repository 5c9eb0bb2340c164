package client

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// wish is what a person wants one text of their member, the name or the note,
// to be. The same member may have other clients, so that what the room shows
// is adopted unless this client has asked for something else.
type wish struct {
	want  string
	shown string   // what the room showed last
	known bool     // on this connection, so that it shows it still
	open  bool     // want was asked for here and has not been shown since
	told  []string // on this connection and not shown since, the oldest first
	again bool     // the last of them is to be told once more
}

// maxTold bounds wish.told. Of more the oldest are forgotten: an answer to them
// could be taken for one to the same text told later.
const maxTold = 16

// set makes v the wish. What is shown anyway needs no saying, unless the
// server was told something else and will show that.
func (w *wish) set(v string) {
	w.want = v
	w.open = !w.known || v != w.shown || len(w.told) > 0
}

// due reports whether the server must be told.
func (w *wish) due() bool {
	n := len(w.told)
	return w.open && (n == 0 || w.told[n-1] != w.want || w.again)
}

// tell returns what the server is to be told, as told. If it may be shown
// already, normalized, no change will say so; then it is granted.
func (w *wish) tell() *string {
	told := w.want
	if (len(w.told) == 0 || w.again) && normalizes(told, w.shown) {
		w.drop()
		return &told
	}
	w.again = false
	w.told = append(w.told, told)
	if len(w.told) > maxTold {
		w.told = slices.Delete(w.told, 0, 1)
	}
	return &told
}

// retell tells it once more, unless it is shown before: the server may not have
// taken it. It may have, too, so that it counts as told until then.
func (w *wish) retell() { w.again = len(w.told) > 0 }

// part forgets what was told and shown: the connection has ended.
func (w *wish) part() { w.told, w.again, w.known = nil, false, false }

// meet takes in what a whole roster shows, of which nobody knows whether it is
// from before or after what was told.
func (w *wish) meet(shown string) {
	w.shown, w.known = shown, true
	w.retell()
	w.adopt(len(w.told) == 0 && shown == w.want)
}

// see takes in a change of what the room shows. It answers the first that was
// told like this, and all before that.
func (w *wish) see(shown string) {
	if shown == w.shown {
		return // another part of the member has changed
	}
	w.shown = shown
	granted := shown == w.want
	if i := slices.IndexFunc(w.told, func(told string) bool { return normalizes(told, shown) }); i >= 0 {
		granted = granted || w.told[i] == w.want
		w.told = w.told[i+1:]
	}
	w.adopt(len(w.told) == 0 && granted)
}

// adopt wants what is shown, unless there is a wish that has not been granted.
func (w *wish) adopt(granted bool) {
	if granted {
		w.open, w.again = false, false
	}
	if !w.open {
		w.want = w.shown
	}
}

// reopen asks once more: the member is a new one, who knows nothing of it.
func (w *wish) reopen() { w.open = true }

// drop gives the wish up for what is shown.
func (w *wish) drop() { w.want, w.open, w.told, w.again = w.shown, false, nil, false }

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
