package ui

import (
	"testing"
	"time"

	"rollcall/shared"
)

func TestGhostsAreFewAndGoInTime(t *testing.T) {
	start := time.Unix(1000, 0)
	var gs ghosts
	for i := range ghostMost + 3 {
		gs.add(ghost{user: member(i), reason: shared.ReasonClosed, until: start.Add(time.Duration(i) * time.Second)})
	}
	if len(gs) != ghostMost {
		t.Fatalf("there are %d ghosts, want %d", len(gs), ghostMost)
	}
	if first := gs[0].user.ID; first != "u3" {
		t.Errorf("the first ghost is %s, want u3: the oldest make room", first)
	}
	if gs.expire(start) {
		t.Error("ghosts expire before their time")
	}
	if !gs.expire(start.Add(5*time.Second)) || gs[0].user.ID != "u6" {
		t.Errorf("after 5 s the first ghost is %s, want u6", gs[0].user.ID)
	}
}

func TestOneWhoIsBackIsNoGhost(t *testing.T) {
	var gs ghosts
	gs.add(ghost{user: member(1)})
	gs.add(ghost{user: member(2)})
	gs.forget("u1")
	if len(gs) != 1 || gs[0].user.ID != "u2" {
		t.Fatalf("the ghosts are %v, want u2 alone", gs)
	}
}

func TestOneWhoLeavesTwiceIsOneGhost(t *testing.T) {
	var gs ghosts
	gs.add(ghost{user: member(1), reason: shared.ReasonLeft})
	again := member(1)
	again.JoinedAt = 9000
	gs.add(ghost{user: again, reason: shared.ReasonTimeout})
	if len(gs) != 1 || gs[0].reason != shared.ReasonTimeout {
		t.Fatalf("the ghosts are %v, want the later one", gs)
	}
}
