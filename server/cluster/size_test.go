package cluster

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// longest returns a member with the longest texts allowed, which JSON escapes.
func longest(i int) shared.User {
	return shared.User{
		ID:     shared.MemberID(fmt.Sprintf("a key of the tests %03d", i)),
		Name:   strings.Repeat("<", shared.MaxNameRunes-4) + fmt.Sprintf(" %03d", i),
		Note:   strings.Repeat("&", shared.MaxNoteRunes),
		Status: shared.StatusActive, JoinedAt: time.Now().UnixMilli(),
	}
}

// largest returns an info as large as one may be, all of which JSON escapes.
func largest(t *testing.T) shared.Info {
	pairs := map[string]string{}
	for i := range shared.MaxInfoPairs {
		key := strings.Repeat("<", i+1)
		pairs[key] = strings.Repeat("&", shared.MaxInfoBytes/shared.MaxInfoPairs-len(key))
	}
	info, err := shared.NewInfo(pairs)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// What the hub tells of its members arrives as it was.
func TestOperationsCarryWholeChanges(t *testing.T) {
	u := longest(1)
	u.NoteUntil, u.Role, u.Info, u.StatusSince = u.JoinedAt+7, shared.RoleHost, largest(t), u.JoinedAt+1
	for _, c := range []hub.Change{
		{Kind: hub.ChangeHere, Record: hub.Record{User: u, Masked: true, Stamp: 3, Sessions: 2, Ending: 1}},
		{Kind: hub.ChangeHere, Record: hub.Record{User: longest(2), Stamp: 4}},
		{Kind: hub.ChangeGone, ID: u.ID, Reason: shared.ReasonTimeout, At: u.JoinedAt + 5},
		{Kind: hub.ChangeLeft, ID: u.ID, At: 9},
		{Kind: hub.ChangeRoom, Room: hub.RoomRecord{Info: shared.RoomInfo{Title: "t", Topic: "u", Locked: true}, Stamp: 5, Node: "n"}},
		{Kind: hub.ChangeRoom, Room: hub.RoomRecord{Info: shared.RoomInfo{Locked: true}, Hosting: hub.Hosting{Hosts: u.ID, Locked: true, Left: 9}, Stamp: 5, Node: "n"}},
		{Kind: hub.ChangeKick, ID: u.ID, By: "Ada", Why: "too loud", At: 9},
		{Kind: hub.ChangeAnnounce, Announcement: &shared.Announcement{Text: "hello", By: "Ada", At: 7}},
		{Kind: hub.ChangeAnnounce, Announcement: &shared.Announcement{By: "Ada", At: 7, Act: shared.ActLocked}},
		{Kind: hub.ChangeBan, Ban: &hub.Ban{ID: u.ID, Name: "Bo", From: 5, Until: 6, By: "Ada", Reason: "loud", Address: true, Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}},
		{Kind: hub.ChangeBan, Ban: &hub.Ban{ID: u.ID, From: 7, Until: 8, Kept: 9, Lifted: true}},
		{Kind: hub.ChangeKnocks, Knocks: []shared.Knocker{{ID: u.ID, Name: "Ada"}, {ID: longest(2).ID, Name: "Bo"}}},
		{Kind: hub.ChangeKnocks},
		{Kind: hub.ChangeKnockAnswered, ID: u.ID, LetIn: true},
		{Kind: hub.ChangeKnockAnswered, ID: u.ID},
	} {
		var o op
		if b, err := json.Marshal(opOf("lobby", c)); err != nil || json.Unmarshal(b, &o) != nil {
			t.Fatal(err)
		}
		if got, err := o.toChange(); err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%+v arrives as %+v: %v", c, got, err)
		}
	}
}

// No operation is longer than its size, whatever texts it has.
func TestAnOperationIsNoLongerThanItsSize(t *testing.T) {
	hash := shared.Hash(math.MaxUint64)
	texts := []string{"", "a", strings.Repeat("\x00<\u2028\xff", 90), strings.Repeat("&", 700)}
	for _, text := range texts {
		u := shared.User{
			ID: text, Name: text, Note: text, NoteUntil: math.MinInt64, Status: shared.Status(text), JoinedAt: math.MinInt64,
			Role: shared.Role(text), Info: largest(t), StatusSince: math.MinInt64,
			Devices: math.MaxInt32,
		}
		o := op{
			Op: text, Room: text, Sub: math.MaxUint64, User: &u, Masked: true, At: math.MinInt64, Stamp: math.MaxUint64, ID: text, Why: text,
			Node: text, Hold: math.MinInt64, Count: math.MinInt64, Hash: &hash,
			Sessions: shared.MaxDevices, Ending: shared.MaxDevices, Info: &shared.RoomInfo{Title: text, Topic: text, Locked: true},
			Act: shared.Act(text), Knocks: slices.Repeat([]shared.Knocker{{ID: text, Name: text}}, shared.MaxKnocks), LetIn: true, Hosting: hub.Hosting{Hosts: text, Locked: true, Left: math.MinInt64},
			By: text, Text: text, Ban: &hub.Ban{
				ID: text, Name: text, From: math.MinInt64, Until: math.MinInt64, Kept: math.MinInt64, By: text, Reason: text, Lifted: true, Address: true,
				Addresses: slices.Repeat([]netip.Prefix{netip.MustParsePrefix("1234:5678:9abc:def0:1234:5678:9abc:def0/128")}, 16),
			},
		}
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if len(b)+1 > o.size() {
			t.Errorf("%d bytes, and its size is %d", len(b), o.size())
		}
	}
	m := message{Kind: kindIntroducing, From: strings.Repeat("x", 64), Stream: math.MaxUint64, Fresh: true, Seq: math.MaxUint64, HoldMS: math.MinInt64}
	if b := m.encode(); len(b) > messageSize {
		t.Errorf("a message without operations has %d bytes", len(b))
	}
}

// kindIntroducing is longer than every kind.
const kindIntroducing = "introducing"

// A room is replicated whole over servers that take small messages only, also when they
// begin to take smaller ones than those in the history.
func TestServersThatTakeSmallMessages(t *testing.T) {
	o := &outside{t: t, most: 64 << 10}
	o.start()
	n := NATS{URLs: []string{fmt.Sprintf("nats://u:p@127.0.0.1:%d", o.port)}}
	a, b := newMachine(t, "a", n), newMachine(t, "b", n)
	until(t, "they know each other", func() bool { return len(a.cluster.Nodes()) == 2 && len(b.cluster.Nodes()) == 2 })
	const people = 300
	for i := range people {
		u := longest(i)
		a.enter(t, u.Name).Receive(shared.Encode(shared.UpdateUser{Note: &u.Note}))
	}
	b.enter(t, "Bo")
	count := func(m *machine) int { return m.hub.View(shared.Lobby, 0).Count }
	until(t, "all are shown at b", func() bool { return count(b) == people+1 })

	o.stop()
	o.most = natsMinBytes
	o.start()
	t.Cleanup(o.stop)
	a.enter(t, "Ada")
	until(t, "news come after that, too", func() bool { return count(b) == people+2 && count(a) == people+2 })
}

// A stream is sent in messages that the transport takes. Where those in the history have
// become too large, the stream is reset.
func TestMessagesAreAsLargeAsTheTransportTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		h := hub.New(hub.Config{Mesh: c.Mesh()})
		net := &recorder{most: 32 << 10}
		c.Start(h, net)
		for i := range 100 {
			s, err := h.Connect(shared.Lobby, quiet{})
			if err != nil {
				t.Fatal(err)
			}
			s.Receive(shared.Encode(shared.GotANewUser{Name: longest(i).Name}))
		}
		c.Receive(message{Kind: kindOpen, From: "x", Stream: 7}.encode())
		c.Receive(message{Kind: kindOps, From: "x", Stream: streamTo(c, "x"), Seq: 1, Ops: []op{{Op: opSubscribe, Room: shared.Lobby, Sub: 1}}}.encode())
		time.Sleep(discoverWithin)
		synctest.Wait()
		here := 0
		for _, data := range net.sent {
			m, err := decode(data)
			if err != nil || len(data) > net.most {
				t.Errorf("a message of %d bytes: %v", len(data), err)
			}
			for _, o := range m.Ops {
				if o.Op == opHere {
					here++
				}
			}
		}
		if here != 100 {
			t.Errorf("%d members are told of", here)
		}
		net.sent, net.most = nil, 8<<10
		c.Receive(message{Kind: kindResend, From: "x", Stream: 7}.encode())
		synctest.Wait()
		if len(net.sent) != 1 || !strings.Contains(string(net.sent[0]), kindReset) {
			t.Errorf("%d messages, %.100s", len(net.sent), net.sent)
		}
		c.Close(0)
		h.Close()
	})
}

// streamTo returns the number of the stream that c has opened at a peer.
func streamTo(c *Cluster, peer string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peers[peer].in.stream
}

// The queue for a peer that takes nothing is bounded in bytes, and so is the outbox.
func TestQueuesAreBoundedInBytes(t *testing.T) {
	var s outStream
	s.stream = 1
	u := longest(1)
	for range maxQueueSize / 1024 {
		s.add(op{Op: opHere, Room: shared.Lobby, User: &u})
	}
	if !s.broken || s.queueSize > maxQueueSize+opSize*20 {
		t.Errorf("%d bytes are queued, broken: %v", s.queueSize, s.broken)
	}
	c := New(Config{})
	for range 100 {
		c.enqueueLocked("x", make([]byte, 1<<20))
	}
	if c.outboxSize > maxOutboxSize+1<<20 {
		t.Errorf("the outbox has %d bytes", c.outboxSize)
	}
	var d roomQueue
	for range 3 {
		d.add("a")
		d.add("b")
	}
	if a, _ := d.next(); a != "a" || len(d.names) != 1 || len(d.has) != 1 {
		t.Errorf("%v", d)
	}
	d.add("a")
	if len(d.names) != 2 {
		t.Errorf("%v", d)
	}
}

// Nothing is kept of a node that was removed, in any room.
func TestNothingIsKeptOfARemovedNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{Log: slog.New(slog.DiscardHandler)})
		h := hub.New(hub.Config{Mesh: c.Mesh()})
		c.Start(h, nowhere{})
		s, err := h.Connect(shared.Lobby, quiet{})
		if err != nil {
			t.Fatal(err)
		}
		go s.Receive(shared.Encode(shared.GotANewUser{Name: "Ada"}))
		for life := range 50 {
			from := fmt.Sprint("life-", life)
			c.Receive(message{Kind: kindHello, From: from}.encode())
			c.Receive(message{Kind: kindOps, From: from, Stream: streamTo(c, from), Seq: 1, Ops: []op{
				{Op: opSubscribe, Room: shared.Lobby, Sub: 1},
				{Op: opBegin, Room: shared.Lobby, Sub: 1},
			}}.encode())
			c.Receive(message{Kind: kindBye, From: from}.encode())
		}
		time.Sleep(lostAfter + maxHold)
		synctest.Wait()
		c.mu.Lock()
		for name, r := range c.rooms {
			if len(r.sync) > 0 || len(r.subscribers) > 0 {
				t.Errorf("%s keeps %d stages and %d listeners of nodes that are gone", name, len(r.sync), len(r.subscribers))
			}
		}
		if len(c.rooms) != 1 || len(c.peers) != 0 {
			t.Errorf("%d rooms, %d nodes", len(c.rooms), len(c.peers))
		}
		c.mu.Unlock()
		c.Close(0)
		h.Close()
	})
}
