package wires_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"rollcall/bench/crowd"
	"rollcall/bench/wires"
	"rollcall/shared"
)

// lie is what the server sends to the first of two clients, and the error that must
// be found; "" means that nothing is wrong.
type lie struct {
	messages []string
	wrong    string
}

// checkLies gives each lie to a client of a new wire, and the truth to another.
func checkLies(t *testing.T, newWire func() crowd.Wire, greeting func(client int) string, truth string, lies map[string]lie) {
	for name, l := range lies {
		t.Run(name, func(t *testing.T) {
			err := hear(t, newWire(), greeting, [2][]string{l.messages, {truth}})
			if l.wrong == "" && err != nil || l.wrong != "" && (err == nil || !strings.Contains(err.Error(), l.wrong)) {
				t.Errorf("found: %v; should be: %q", err, l.wrong)
			}
		})
	}
}

// hear has two clients without a connection decode messages, asks for the truth, which
// is the last message of the second client, and compares what both hold with that.
func hear(t *testing.T, wire crowd.Wire, greeting func(client int) string, messages [2][]string) error {
	w, err := crowd.New(netip.AddrPort{}, wire)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	clients := w.Add(2, crowd.Spec{
		Room: func(int) string { return "lobby" },
		Name: func(i int) string { return fmt.Sprint("member-", i) },
	})
	for i, c := range clients {
		if text := greeting(i); text != "" {
			if err := c.Decoder().Text([]byte(text)); err != nil {
				return err
			}
		}
	}
	_, _ = wire.Ask(clients) // it can't be sent
	for i, c := range clients {
		for _, m := range messages[i] {
			if err := c.Decoder().Text([]byte(m)); err != nil {
				return err
			}
		}
	}
	return wire.Check(clients, clients)
}

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

func message(events ...shared.Event) string { return string(shared.Encode(events...)) }

func TestRollcallLies(t *testing.T) {
	arrival := func(rev uint64) shared.Event { return shared.NewUser{Rev: rev, User: user(1)} }
	heartbeat := shared.Heartbeat{Rev: 2, Count: 2, Hash: shared.HashUser(user(0)) ^ shared.HashUser(user(1))}
	wrongBeat := heartbeat
	wrongBeat.Hash ^= 1
	later := message(roster(2, 0, 1))
	first, second := roster(2, 0), roster(2, 1)
	first.More = true
	lies := map[string]lie{}
	say := func(name, wrong string, messages ...string) { lies[name] = lie{messages, wrong} }
	say("the truth, in a snapshot", "", later)
	say("the truth, in parts", "", message(first), message(second))
	say("the truth, in a diff", "", message(roster(1, 0), arrival(2), heartbeat))
	say("the truth, with a departure", "", message(roster(0, 0, 1)), message(shared.DisconnectUser{Rev: 1, ID: user(1).ID}, arrival(2)))
	say("a member too few", "the server 2 at 2", message(roster(2, 0)))
	say("a hole", "revision 2 after 0", message(roster(0, 0), arrival(2)))
	say("a repetition", "revision 2 after 2", message(roster(1, 0), arrival(2), arrival(2)))
	say("a diff that is missing", "has 1 members at 1", message(roster(1, 0)))
	say("a wrong heartbeat", "heartbeat", later, message(wrongBeat))
	say("a name that differs", "the server 2 at 2", strings.Replace(later, `"member-1"`, `"member-7"`, 1))
	say("a ghost", "nobody of us", message(roster(2, 0, 7)))
	say("another epoch of the room", "in epoch", strings.Replace(later, `"epoch":"e"`, `"epoch":"f"`, 1))
	say("parts at different revisions", "goes on at 3", message(first), message(roster(3, 1)))
	say("an error", "too_slow", message(shared.Errorf(shared.CodeTooSlow, "no")))
	say("a message that breaks off", "ends in the middle", later[:200])
	say("a separator at the end", "ends in the middle", later+"\n")
	say("an event nobody caused", "has 2 members at 3", later, message(shared.UserUpdated{Rev: 3, User: user(1)}))
	say("a departure of nobody", "never there", message(roster(1, 0), shared.DisconnectUser{Rev: 2, ID: "x"}))
	none := func(int) string { return "" }
	checkLies(t, func() crowd.Wire { return wires.NewRollcall() }, none, later, lies)

	one, other := message(arrival(2)), strings.Replace(message(arrival(2)), "member-1", "member-7", 1)
	err := hear(t, wires.NewRollcall(), none, [2][]string{{message(roster(1, 0)), one}, {message(roster(1, 0)), other}})
	if err == nil || !strings.Contains(err.Error(), "for another") {
		t.Errorf("clients that are sent different diffs of one revision: %v", err)
	}
}

func TestSocketIOLies(t *testing.T) {
	self, other := `42["existing_users",[{"id":"s0","name":"a"}]]`, `42["new_user",{"id":"s1","name":"b"}]`
	truth := `42["existing_users",[{"id":"s0","name":"a"},{"id":"s1","name":"b"}]]`
	greeting := func(client int) string { return fmt.Sprintf(`40{"sid":"s%d"}`, client) }
	checkLies(t, wires.NewSocketIO, greeting, truth, map[string]lie{
		"the truth":          {[]string{self, other}, ""},
		"the truth, twice":   {[]string{self, other, other}, ""},
		"nothing":            {nil, "does not believe"},
		"one who is missing": {[]string{self}, "does not believe"},
		"one who went":       {[]string{self, other, `42["disconnect_user","s1"]`}, "does not believe"},
		"a ghost":            {[]string{self, `42["new_user",{"id":"s9","name":"b"}]`}, "nobody of us"},
		"another event":      {[]string{`42["hello"]`}, "unexpected packet"},
	})
}

func TestCentrifugeLies(t *testing.T) {
	info := func(client int) string { return fmt.Sprintf(`{"client":"c%d","user":"u"}`, client) }
	push := func(what string) string {
		return fmt.Sprintf(`{"push":{"channel":"lobby",%q:{"info":%s}}}`, what, info(1))
	}
	presence := func(other int) string {
		return fmt.Sprintf(`{"id":3,"presence":{"presence":{"c0":%s,"c%d":%s}}}`, info(0), other, info(other))
	}
	self := fmt.Sprintf(`{"id":3,"presence":{"presence":{"c0":%s}}}`, info(0))
	greeting := func(client int) string { return fmt.Sprintf(`{"id":1,"connect":{"client":"c%d"}}`, client) }
	checkLies(t, wires.NewCentrifuge, greeting, presence(1), map[string]lie{
		"the truth":          {[]string{self + "\n" + push("join") + "\n" + push("join")}, ""},
		"one who is missing": {[]string{self}, "does not believe"},
		"one who went":       {[]string{presence(1), push("leave")}, "does not believe"},
		"a ghost":            {[]string{presence(9)}, "nobody of us"},
		"an error":           {[]string{`{"id":2,"error":{"code":100,"message":"internal"}}`}, "unexpected reply"},
	})
}
