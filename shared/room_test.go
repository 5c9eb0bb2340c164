package shared_test

import (
	"strings"
	"testing"

	"rollcall/shared"
)

func TestCheckRoom(t *testing.T) {
	for room, fine := range map[string]bool{
		shared.Lobby:            true,
		"a":                     true,
		"0":                     true,
		"-":                     true,
		"stand-up-2026":         true,
		"azby09-":               true,
		strings.Repeat("r", 64): true,
		"":                      false,
		strings.Repeat("r", 65): false,
		"Lobby":                 false,
		"stand up":              false,
		"a_b":                   false,
		"a/b":                   false,
		"..":                    false,
		"a.b":                   false,
		"a:b":                   false, // just after '9'
		"a`b":                   false, // just before 'a'
		"a{b":                   false, // just after 'z'
		"a\n":                   false,
		"a\x00":                 false,
		"a%20":                  false,
		`"><script>`:            false,
		"\xff":                  false,
		"café":                  true,
		"а":                     true, // Cyrillic
		"研发-周会":                 true,
		"हिन्दी":                true,
		"٣":                     true,
		strings.Repeat("研", 64): true,
		strings.Repeat("研", 65): false,
		strings.Repeat("𐐨", 48): true,
		strings.Repeat("𐐨", 49): false, // 196 bytes
		"a\u0301":               true,
		"\u0301a":               false, // a mark without a letter
		"a-\u0301":              false,
		"a" + strings.Repeat("\u0301", shared.MaxMarks):   true,
		"a" + strings.Repeat("\u0301", shared.MaxMarks+1): false,
		"a\u20dd":  false, // an enclosing mark
		"a\u200db": false,
		"a\u3164":  false, // a letter without a glyph
		"a\u2028b": false,
		"a+b":      false,
		"a*":       false,
		"🎉":        false,
	} {
		err := shared.CheckRoom(room)
		wantCode(t, err, shared.CodeBadRoom, !fine)
		if fine != (err == nil) {
			t.Errorf("CheckRoom(%+q) = %v", room, err)
		}
	}
}

func TestRoomPath(t *testing.T) {
	for _, base := range []string{"/", "/rollcall/"} {
		for room, want := range map[string]string{"lobby": "", "stand-up": "r/stand-up", "lobby2": "r/lobby2", "frühstück": "r/fr%C3%BChst%C3%BCck"} {
			if got := shared.RoomPath(base, room); got != base+want {
				t.Errorf("RoomPath(%q, %q) = %q", base, room, got)
			}
		}
		if got := shared.SocketPath(base); got != base+"ws" {
			t.Errorf("SocketPath(%q) = %q", base, got)
		}
		if got := shared.OpenPath(base); got != base+"open" {
			t.Errorf("OpenPath(%q) = %q", base, got)
		}
	}
}

func TestCheckRoomInfo(t *testing.T) {
	const title, topic = shared.CodeBadTitle, shared.CodeBadTopic
	for what, c := range map[string]struct {
		info shared.RoomInfo
		want shared.Code
	}{
		"says nothing":          {shared.RoomInfo{}, ""},
		"is locked":             {shared.RoomInfo{Locked: true}, ""},
		"has the longest texts": {shared.RoomInfo{Title: strings.Repeat("𝒜", 64), Topic: strings.Repeat("𝒜", 140)}, ""},
		"has a title too long":  {shared.RoomInfo{Title: strings.Repeat("a", 65)}, title},
		"has a title of space":  {shared.RoomInfo{Title: " "}, title},
		"has a title to trim":   {shared.RoomInfo{Title: "Stand-up "}, title},
		"has a hidden title":    {shared.RoomInfo{Title: "\u200b"}, title},
		"has a blank title":     {shared.RoomInfo{Title: "\u2800"}, title},
		"has a turning title":   {shared.RoomInfo{Title: "up\u202e"}, title},
		"has a title of lines":  {shared.RoomInfo{Title: "a\nb"}, title},
		"has a title of bytes":  {shared.RoomInfo{Title: "\xff"}, title},
		"has a topic too long":  {shared.RoomInfo{Topic: strings.Repeat("a", 141)}, topic},
		"has a topic to trim":   {shared.RoomInfo{Topic: " today"}, topic},
		"has a topic of lines":  {shared.RoomInfo{Topic: "a\nb"}, topic},
		"has a topic of bytes":  {shared.RoomInfo{Topic: "\xff"}, topic},
		"has a topic of a pest": {shared.RoomInfo{Topic: "a" + strings.Repeat("\u0300", 7)}, topic},
	} {
		err := shared.CheckRoomInfo(c.info)
		if (err == nil) != (c.want == "") {
			t.Errorf("a room that %s: %v", what, err)
		}
		if err != nil {
			wantCode(t, err, c.want, true)
		}
	}
}

func TestTitlesAndTopicsAreCleaned(t *testing.T) {
	title, err1 := shared.CleanTitle("  Stand-up \u00a0 9 ")
	topic, err2 := shared.CleanTopic("\u3000today ")
	if title != "Stand-up 9" || topic != "today" || err1 != nil || err2 != nil {
		t.Errorf("they are %q, %v and %q, %v", title, err1, topic, err2)
	}
}
