package ui

import "testing"

func TestRoomAt(t *testing.T) {
	for path, want := range map[string]string{
		"/":             "lobby",
		"/r/standup":    "standup",
		"/r/lobby":      "lobby",
		"/r/frühstück":  "frühstück",
		"/r/研发":         "研发",
		"/r/":           "",
		"/r/Stand up":   "",
		"/r/a/b":        "",
		"/r/standup/":   "",
		"/shell":        "",
		"/rr/standup":   "",
		"/r/\"><script": "",
	} {
		if got := roomAt(path); got != want {
			t.Errorf("the room at %q is %q, want %q", path, got, want)
		}
	}
}
