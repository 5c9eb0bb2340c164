package wires_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/bench/crowd"
	"rollcall/bench/wires"
	"rollcall/shared"
)

func user(member int) shared.User {
	return shared.User{
		ID:   shared.MemberID(fmt.Sprintf("the-key-of-member-%06d", member)),
		Name: fmt.Sprint("member-", member), Status: shared.StatusActive, JoinedAt: int64(member),
	}
}

func roster(rev uint64, members ...int) shared.ExistingUsers {
	s := shared.ExistingUsers{Room: "lobby", Epoch: "e", Rev: rev, Users: []shared.User{}}
	for _, m := range members {
		s.Users = append(s.Users, user(m))
	}
	return s
}

func arrival(rev uint64, member int) shared.Event {
	return shared.NewUser{Rev: rev, User: user(member)}
}

func message(events ...shared.Event) string { return string(shared.Encode(events...)) }

func TestRollcallLies(t *testing.T) {
	heartbeat := shared.Heartbeat{Rev: 2, Count: 2, Hash: shared.HashUser(user(0)) ^ shared.HashUser(user(1))}
	wrongBeat := heartbeat
	wrongBeat.Hash ^= 1
	later := roster(2, 0, 1)
	first, second := roster(2, 0), roster(2, 1)
	first.More = true
	asked := func(said ...string) func(int) []string {
		return func(client int) []string {
			if client == 0 {
				return said
			}
			return []string{message(later)}
		}
	}
	silent := func(int) []string { return nil }
	checkLies(t, func() crowd.Wire { return wires.NewRollcall() }, silent, message(later), map[string]lie{
		"the truth, in a snapshot":       {asked(message(later)), ""},
		"the truth, in parts":            {asked(message(first), message(second)), ""},
		"the truth, in a diff":           {asked(message(roster(1, 0), arrival(2, 1), heartbeat)), ""},
		"the truth, with a departure":    {asked(message(roster(0, 0, 1)), message(shared.DisconnectUser{Rev: 1, ID: user(1).ID}, arrival(2, 1))), ""},
		"a member too few":               {asked(message(roster(2, 0))), "the server 2 at 2"},
		"a hole":                         {asked(message(roster(0, 0), arrival(2, 1))), "revision 2 after 0"},
		"a repetition":                   {asked(message(roster(1, 0), arrival(2, 1), arrival(2, 1))), "revision 2 after 2"},
		"a diff that came too late":      {asked(message(roster(1, 0))), "has 1 members at 1"},
		"a wrong heartbeat":              {asked(message(later, wrongBeat)), "heartbeat"},
		"a name that differs":            {asked(strings.Replace(message(later), `"member-1"`, `"member-7"`, 1)), "the server 2 at 2"},
		"a ghost":                        {asked(message(roster(2, 0, 7))), "nobody of us"},
		"another life of the room":       {asked(strings.Replace(message(later), `"epoch":"e"`, `"epoch":"f"`, 1)), "epoch"},
		"parts at different revisions":   {asked(message(first), message(roster(3, 1))), "goes on at 3"},
		"an error":                       {asked(message(shared.Errorf(shared.CodeTooSlow, "no"))), "too_slow"},
		"a message that breaks off":      {asked(message(later)[:200]), "ends in the middle"},
		"a separator at the end":         {asked(message(later) + "\n"), "ends in the middle"},
		"an event nobody caused":         {asked(message(shared.UserUpdated{Rev: 3, User: user(1)})), "unexpected user_updated"},
		"a departure of nobody":          {asked(message(roster(1, 0), shared.DisconnectUser{Rev: 2, ID: "x"})), "never there"},
		"a diff that others got changed": {divided, "for another"},
	})
}

// divided tells two clients different things under the same revision.
func divided(client int) []string {
	if client == 0 {
		return []string{message(roster(1, 0), arrival(2, 1))}
	}
	return []string{message(roster(1, 0)), strings.Replace(message(arrival(2, 1)), "member-1", "member-7", 1)}
}
