package ui

import (
	"fmt"
	"slices"
	"testing"

	"rollcall/shared"
)

// The latest moves are kept, each member's last one.
func TestMovesAreBounded(t *testing.T) {
	var ms moves
	for i := range 3 * moveMost {
		ms.add(move{user: member(i)})
		ms.add(move{user: shared.User{ID: "back", Name: fmt.Sprint("Back ", i)}})
	}
	if len(ms) != moveMost {
		t.Fatalf("%d moves are kept", len(ms))
	}
	if names := ms.names(); names[moveMost-1] != "Back 35" || !slices.Contains(names, "Person 35") || slices.Contains(names, "Back 34") {
		t.Errorf("kept are %q", names)
	}
	ms.forget("back")
	if ms.has("back") || !ms.has("u35") {
		t.Errorf("kept are %q", ms.names())
	}
}
