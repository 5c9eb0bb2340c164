package shared_test

import (
	"strings"
	"testing"

	"rollcall/shared"
)

func TestCheckRoom(t *testing.T) {
	for room, fine := range map[string]bool{
		shared.Lobby:             true,
		"a":                      true,
		"0":                      true,
		"-":                      true,
		"stand-up-2026":          true,
		"azby09-":                true,
		strings.Repeat("r", 64):  true,
		"":                       false,
		strings.Repeat("r", 65):  false,
		"Lobby":                  false,
		"stand up":               false,
		"a_b":                    false,
		"a/b":                    false,
		"..":                     false,
		"a.b":                    false,
		"a:b":                    false, // just after '9'
		"a`b":                    false, // just before 'a'
		"a{b":                    false, // just after 'z'
		"café":                   false,
		"а":                      false, // Cyrillic
		"a\n":                    false,
		"a\x00":                  false,
		"a%20":                   false,
		`"><script>`:             false,
		"\xff":                   false,
		strings.Repeat("é", 500): false,
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
		for room, want := range map[string]string{"lobby": "", "stand-up": "r/stand-up", "lobby2": "r/lobby2"} {
			if got := shared.RoomPath(base, room); got != base+want {
				t.Errorf("RoomPath(%q, %q) = %q", base, room, got)
			}
		}
		if got := shared.SocketPath(base); got != base+"ws" {
			t.Errorf("SocketPath(%q) = %q", base, got)
		}
	}
}
