package client_test

import (
	"errors"
	"strings"
	"testing"

	"rollcall/shared"
	"rollcall/shared/client"
)

// What a host asks for is sent once, in order, and not again on a new connection.
func TestAHostAsks(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		r := room("e1")
		c, l := s.joined(r)
		drain(t, c)
		other := shared.MemberID("somebody else has this key")
		must(t, c.Claim(t.Context()))
		must(t, c.MakeHost(t.Context(), other))
		must(t, c.SetRoom(t.Context(), shared.UpdateRoom{Title: new("Stand-up"), Locked: new(true)}))
		must(t, c.Remove(t.Context(), other))
		must(t, c.Ban(t.Context(), other))
		must(t, c.GiveUp(t.Context()))
		for _, role := range []shared.UpdateRole{{ID: you, Role: shared.RoleHost}, {ID: other, Role: shared.RoleHost}} {
			if got := receive[shared.UpdateRole](l); got != role {
				t.Errorf("the client sends %+v, want %+v", got, role)
			}
		}
		if got := receive[shared.UpdateRoom](l); *got.Title != "Stand-up" || got.Topic != nil || !*got.Locked {
			t.Errorf("the client sends %+v", got)
		}
		for _, ban := range []bool{false, true} {
			if got := receive[shared.RemoveUser](l); got != (shared.RemoveUser{ID: other, Ban: ban}) {
				t.Errorf("the client sends %+v", got)
			}
		}
		if got := receive[shared.UpdateRole](l); got != (shared.UpdateRole{ID: you}) {
			t.Errorf("the client sends %+v", got)
		}
		l.send(shared.Announcement{By: "Ada", At: 1, Act: shared.ActLocked}, shared.Errorf(shared.CodeHosted, "no"))
		events := drain(t, c)
		if len(events) != 2 {
			t.Errorf("the program is told %v", events)
		}
		l.Break()
		l, _ = s.join(r)
		drain(t, c)
		l.expectNothing()
	})
}

func TestWhatAHostCantAsk(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		if err := c.Claim(t.Context()); !errors.Is(err, client.ErrNotIn) {
			t.Errorf("before the room has it: %v", err)
		}
		s.join(room("e1"))
		drain(t, c)
		for what, err := range map[string]error{
			"no id":     c.Remove(t.Context(), "x"),
			"no title":  c.SetRoom(t.Context(), shared.UpdateRoom{Title: new("\u202e")}),
			"no topic":  c.SetRoom(t.Context(), shared.UpdateRoom{Topic: new(strings.Repeat("x", 141))}),
			"no member": c.MakeHost(t.Context(), ""),
		} {
			if err == nil {
				t.Errorf("%s: asked for", what)
			}
		}
		s.down.Store(true)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := c.GiveUp(t.Context()); !errors.Is(err, client.ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
	})
}
