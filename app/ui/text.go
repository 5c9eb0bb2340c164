package ui

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"rollcall/shared"
)

// words is every text of the page in one language. What depends on a number or
// a name is a function, because languages differ in more than words.
//
// Those texts that stand in the server's HTML too are repeated in
// web/page.html; the test that compares the two trees compares them as well.
type words struct {
	hereNow  string
	asOf     func(clock string) string
	pill     map[string]string // by data-state
	joining  string
	full     string
	retryIn  func(seconds int) string
	tryNow   string
	youAre   string
	rename   string
	leave    string
	people   string // the list's label
	nobody   string
	alone    string
	more     func(n int) string
	you      string
	since    string // followed by a time of day
	status   map[shared.Status]string
	gone     string
	reason   map[shared.Reason]string
	yourName string
	join     string
	save     string
	cancel   string

	renameTitle string
	renameHint  func(room string) string
	joinHint    func(people int) string
	closed      map[shared.Code]string

	arrived func(names []string) string
	left    func(names []string) string

	newVersion string
	reload     string
	later      string

	lostTitle string
	lostText  string
	lobby     string
}

// say is the language of the page.
var say = english

var english = words{
	hereNow: "here now",
	asOf:    func(clock string) string { return "as of " + clock },
	pill: map[string]string{
		stateConnecting:   "Connecting",
		stateLive:         "Live",
		stateReconnecting: "Reconnecting",
		stateOffline:      "Offline",
	},
	joining:  "Not joined",
	full:     "No room left",
	retryIn:  func(seconds int) string { return "in " + strconv.Itoa(seconds) + " s" },
	tryNow:   "Try now",
	youAre:   "You are",
	rename:   "Change name",
	leave:    "Leave",
	people:   "People here",
	nobody:   "Nobody is here yet.",
	alone:    "You are the first. Send someone the address of this page.",
	more:     func(n int) string { return "and " + strconv.Itoa(n) + " more" },
	you:      "you",
	since:    "here since",
	status:   map[shared.Status]string{shared.StatusIdle: "idle", shared.StatusAway: "away"},
	gone:     "left",
	yourName: "Your name",
	join:     "Join",
	save:     "Save",
	cancel:   "Cancel",
	reason: map[shared.Reason]string{
		shared.ReasonLeft:     "left the room",
		shared.ReasonClosed:   "closed the page",
		shared.ReasonTimeout:  "lost connection",
		shared.ReasonKicked:   "was sent away",
		shared.ReasonNodeLost: "lost connection",
	},

	renameTitle: "Change your name",
	renameHint:  func(room string) string { return "Everyone in " + room + " will see it." },
	joinHint: func(people int) string {
		switch people {
		case 0:
			return "Nobody is here yet. You will be the first."
		case 1:
			return "1 person is here"
		}
		return strconv.Itoa(people) + " people are here"
	},
	closed: map[shared.Code]string{
		shared.CodeLeft: "You left this room in another window.",
		"":              "The connection has ended. Join again when you like.",
	},

	arrived: func(names []string) string { return englishList(names, "arrived") },
	left:    func(names []string) string { return englishList(names, "left") },

	newVersion: "A new version is ready.",
	reload:     "Reload now",
	later:      "Later",

	lostTitle: "Nothing here",
	lostText:  "There is no room at this address. A room has a name of the characters a to z, 0 to 9 and -, for example /r/standup.",
	lobby:     "Go to the lobby",
}

func englishList(names []string, did string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0] + " " + did + "."
	case 2:
		return names[0] + " and " + names[1] + " " + did + "."
	}
	return strconv.Itoa(len(names)) + " people " + did + "."
}

// sentence makes the message of an Error one: "a name needs…" is "A name needs….".
func sentence(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + strings.TrimRight(s[size:], ".") + "."
}
