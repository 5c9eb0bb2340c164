package cluster

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// Nodes are held to the rules that clients are held to: nothing that breaks them reaches a
// roster, an operator's terminal or a subject.
func TestInvalidOperationsAreRefused(t *testing.T) {
	good := longest(1)
	with := func(change func(*op)) op {
		u := good
		o := op{Op: opHere, Room: shared.Lobby, User: &u}
		change(&o)
		return o
	}
	ops := map[string]op{
		"no user":              with(func(o *op) { o.User = nil }),
		"no name":              with(func(o *op) { o.User.Name = "" }),
		"a name too long":      with(func(o *op) { o.User.Name = strings.Repeat("x", 65) }),
		"an escape in a name":  with(func(o *op) { o.User.Name = "\x1b[2J" }),
		"an override":          with(func(o *op) { o.User.Name = "a\u202eb" }),
		"space around a name":  with(func(o *op) { o.User.Name = " Ada " }),
		"a note too long":      with(func(o *op) { o.User.Note = strings.Repeat("x", 141) }),
		"a line in a note":     with(func(o *op) { o.User.Note = "a\nb" }),
		"a status":             with(func(o *op) { o.User.Status = "levitating" }),
		"an id with markup":    with(func(o *op) { o.User.ID = `"><b>a member b` }),
		"an id too long":       with(func(o *op) { o.User.ID = strings.Repeat("A", 1000) }),
		"a stamp at its end":   with(func(o *op) { o.Stamp = 1<<64 - 1 }),
		"joined before time":   with(func(o *op) { o.User.JoinedAt = -1 }),
		"a room without info":  {Op: opRoom, Room: shared.Lobby, Stamp: 1, Node: "n"},
		"a room of nobody":     {Op: opRoom, Room: shared.Lobby, Stamp: 1, Info: &shared.RoomInfo{}},
		"a room never set":     {Op: opRoom, Room: shared.Lobby, Info: &shared.RoomInfo{Locked: true}},
		"a room set too often": {Op: opRoom, Room: shared.Lobby, Stamp: 1 << 60, Node: "n", Info: &shared.RoomInfo{}},
		"a title too long":     {Op: opRoom, Room: shared.Lobby, Stamp: 1, Node: "n", Info: &shared.RoomInfo{Title: strings.Repeat("x", 65)}},
		"an escape in a topic": {Op: opRoom, Room: shared.Lobby, Stamp: 1, Node: "n", Info: &shared.RoomInfo{Topic: "\x1b[2J"}},
		"a kick of nobody":     {Op: opKick, Room: shared.Lobby},
		"a kick by an escape":  {Op: opKick, Room: shared.Lobby, ID: good.ID, By: "\x1b[2J"},
		"a kick with a line":   {Op: opKick, Room: shared.Lobby, ID: good.ID, Why: "a\nb"},
		"nothing announced":    {Op: opAnnounce, Room: shared.Lobby, At: 1},
		"announced at no time": {Op: opAnnounce, Room: shared.Lobby, Text: "hello"},
		"an override in it":    {Op: opAnnounce, Room: shared.Lobby, Text: "a\u202eb", At: 1},
		"too much announced":   {Op: opAnnounce, Room: shared.Lobby, Text: strings.Repeat("x", 281), At: 1},
		"no ban":               {Op: opBan, Room: shared.Lobby},
		"a ban of nobody":      {Op: opBan, Room: shared.Lobby, Ban: &hub.Ban{From: 1, Until: 2}},
		"a ban from never":     {Op: opBan, Room: shared.Lobby, Ban: &hub.Ban{ID: good.ID, Until: 2}},
		"a ban beyond all":     {Op: opBan, Room: shared.Lobby, Ban: &hub.Ban{ID: good.ID, From: 1 << 62, Until: 2}},
		"a ban by an escape":   {Op: opBan, Room: shared.Lobby, Ban: &hub.Ban{ID: good.ID, From: 1, Until: 2, By: "\x1b[2J"}},
		"a ban of a whole net": {Op: opBan, Room: shared.Lobby, Ban: &hub.Ban{ID: good.ID, From: 1, Until: 2, Addresses: make([]netip.Prefix, 17), Address: true}},
		"an act of a newer":    {Op: opAnnounce, Room: shared.Lobby, By: "Ada", At: 7, Act: "sung"},
		"hosts out of order":   {Op: opRoom, Room: shared.Lobby, Info: &shared.RoomInfo{}, Stamp: 7, Node: "n", Hosting: hub.Hosting{Hosts: "B A"}},
		"a host's lock alone":  {Op: opRoom, Room: shared.Lobby, Info: &shared.RoomInfo{}, Stamp: 7, Node: "n", Hosting: hub.Hosting{Locked: true}},
		"more knock than may":  {Op: opKnocks, Room: shared.Lobby, Knocks: slices.Repeat([]shared.Knocker{{ID: good.ID, Name: "Ada"}}, shared.MaxKnocks+1)},
		"nobody knocks":        {Op: opKnocks, Room: shared.Lobby, Knocks: []shared.Knocker{{Name: "Ada"}}},
		"an escape knocks":     {Op: opKnocks, Room: shared.Lobby, Knocks: []shared.Knocker{{ID: good.ID, Name: "\x1b[2J"}}},
		"nobody is answered":   {Op: opAnswered, Room: shared.Lobby, LetIn: true},
		"an unknown operation": with(func(o *op) { o.Op = "sing" }),
	}
	for what, o := range ops {
		if _, err := o.toChange(); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if _, err := with(func(*op) {}).toChange(); err != nil {
		t.Errorf("what is as it should be: %v", err)
	}
	told := hub.RoomRecord{Info: shared.RoomInfo{Title: "Stand-up", Locked: true}, Stamp: 7, Node: "n"}
	for _, rec := range []hub.RoomRecord{told, {}} {
		c, err := opOf(shared.Lobby, hub.Change{Kind: hub.ChangeRoom, Room: rec}).toChange()
		if err != nil || c.Kind != hub.ChangeRoom || c.Room != rec {
			t.Errorf("%+v arrives as %+v: %v", rec, c, err)
		}
	}
	c, err := op{Op: opGone, ID: good.ID, Why: "\x1b[2J"}.toChange()
	if err != nil || c.Reason != shared.ReasonClosed {
		t.Errorf("an unknown reason: %q, %v", c.Reason, err)
	}

	for _, from := range []string{"", "*", ">", "a.b", "a b", "a\r\nPUB x 0", strings.Repeat("a", 65), "é"} {
		if _, err := decode(message{Kind: kindHello, From: from}.encode()); err == nil {
			t.Errorf("a node is called %q", from)
		}
	}
	for _, text := range []string{"\x1b[2J", "a\tb", "a\nb", strings.Repeat("a", 257)} {
		for _, i := range []nodeInfo{{Name: text}, {Version: text}} {
			if _, err := decode(message{Kind: kindHello, From: "x", Info: &i}.encode()); err == nil {
				t.Errorf("a node says %+v of itself", i)
			}
		}
	}
	if _, err := decode([]byte(`{"kind":"ops","from":"x","stream":1}`)); err == nil {
		t.Error("operations without a number are taken")
	}
}

// Invalid operations of a node are logged at most once a second. Its valid ones are
// processed, and what it can make others remember is bounded.
func TestANodeThatSendsInvalidOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := New(Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
		h := hub.New(hub.Config{Mesh: c.Mesh()})
		c.Start(h, nowhere{})
		for i := range 2 * maxNodes {
			c.Receive(message{Kind: kindHello, From: fmt.Sprint("node-", i)}.encode())
		}
		if n := len(c.peers); n != maxNodes {
			t.Errorf("%d nodes are heard", n)
		}
		log.Reset()
		from, seq := "node-1", uint64(1)
		say := func(o op) {
			c.Receive(message{Kind: kindOps, From: from, Stream: streamTo(c, from), Seq: seq, Ops: []op{o}}.encode())
			seq++
		}
		for range 1000 {
			say(op{Op: opSubscribe, Room: "no room at all", Sub: 1})
			say(op{Op: opRetained, Room: shared.Lobby, Node: "*"})
		}
		if n := strings.Count(log.String(), "can't take"); n != 1 {
			t.Errorf("%d lines:\n%.1000s", n, log.String())
		}
		if p := c.peers[from]; len(p.subs) != 0 || len(p.out.toSync.names) != 0 {
			t.Errorf("wants %d rooms, has %d to be synced", len(p.subs), len(p.out.toSync.names))
		}
		c.Receive(message{Kind: kindBye, From: from, HoldMS: 1 << 62}.encode())
		if hold := c.peers[from].hold; hold != maxHold {
			t.Errorf("its members are shown for %v", hold)
		}
		time.Sleep(time.Second)
		c.Close(0)
		h.Close()
	})
}
