package cluster

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// banned returns how many members are banned from a room, as the machine knows it.
func (m *machine) banned(room string) int {
	list, _ := m.hub.Bans(room, "", hub.MaxRoomBans)
	return len(list)
}

// A node that comes later has all bans, also of rooms that nobody is in, and has those of a
// room before it lets anybody in. It keeps them when the node is gone on which they were said.
func TestANewNodeHasAllBans(t *testing.T) {
	a := inside(t, "a")
	bo := a.enter(t, "Bo")
	id := a.hub.View(shared.Lobby, 1).Users[0].ID
	ban := func(room, id string) {
		t.Helper()
		if err := a.hub.Ban(hub.Ban{Room: room, ID: id, Until: time.Now().Add(time.Hour).UnixMilli(), By: "Ada"}); err != nil {
			t.Fatal(err)
		}
	}
	const many = 1200 // more than an operation's message holds
	for i := range many {
		ban(shared.Lobby, shared.MemberID(fmt.Sprintf("the key of a guest %d", i)))
	}
	ban("kitchen", id)
	b := inside(t, "b", a.embedded.Address())
	b.enter(t, "Cy")
	if n := b.banned(shared.Lobby); n != many {
		t.Errorf("whoever comes first to the new node finds %d bans of %d", n, many)
	}
	until(t, "the bans of a room that is not in use are there", func() bool { return b.banned("kitchen") == 1 })

	ban(shared.Lobby, id)
	until(t, "Bo is gone everywhere", func() bool { return b.shows() == "Cy" })
	if o := bo.Outcome(); o.Code != shared.CodeBanned {
		t.Errorf("Bo was told %+v", o)
	}
	if found, err := b.hub.Unban("kitchen", id, "Cy"); !found || err != nil {
		t.Errorf("the ban is not found: %v", err)
	}
	until(t, "the unban is heard", func() bool { return a.banned("kitchen") == 0 })
	a.cluster.Close(0)
	if _, banned := b.hub.BanOf(shared.Lobby, id); !banned {
		t.Error("the ban has gone with the node")
	}
}

// A kick and an announcement on one node reach the clients on another. A member whom a node
// that stopped has left behind is not shown any longer either.
func TestAKickReachesAllNodes(t *testing.T) {
	a := inside(t, "a")
	b := inside(t, "b", a.embedded.Address())
	c := inside(t, "c", a.embedded.Address())
	for _, m := range []*machine{a, b, c} {
		until(t, "all know all", func() bool { return len(m.cluster.Nodes()) == 3 })
	}
	a.enter(t, "Ada")
	bo := b.enter(t, "Bo")
	c.enter(t, "Cy")
	member := func(name string) (m shared.User) {
		for _, u := range a.hub.View(shared.Lobby, 9).Users {
			if u.Name == name {
				m = u
			}
		}
		return m
	}
	until(t, "all are shown", func() bool { return a.shows() == "Ada Bo Cy" && b.shows() == "Ada Bo Cy" })
	if found, err := a.hub.Kick(shared.Lobby, member("Bo").ID, "Ada", ""); !found || err != nil {
		t.Errorf("Bo is not found: %v", err)
	}
	until(t, "Bo was told", func() bool { return bo.Outcome().Code == shared.CodeKicked })
	until(t, "Bo is gone", func() bool { return a.shows() == "Ada Cy" && c.shows() == "Ada Cy" })

	cy, arrived := member("Cy").ID, member("Cy").JoinedAt
	b.enter(t, "Dee")
	c.cluster.Close(maxHold)
	until(t, "c has said goodbye", func() bool {
		lost := 0
		for _, m := range []*machine{a, b} {
			for _, n := range m.cluster.Nodes() {
				if n.Name == "c" && n.Lost {
					lost++
				}
			}
		}
		return lost == 2
	})
	old := hub.Change{Kind: hub.ChangeKick, ID: cy, At: arrived - 1}
	a.hub.Remote(shared.Lobby, "west", []hub.Change{old})
	until(t, "b knows of a kick before she arrived", func() bool {
		return slices.ContainsFunc(b.hub.SentAway(shared.Lobby), func(c hub.Change) bool { return reflect.DeepEqual(c, old) })
	})
	func() { // after that is applied
		b.cluster.receiving.Lock()
		defer b.cluster.receiving.Unlock()
	}()
	a.cluster.tick(time.Now())
	if got := a.shows() + ", " + b.shows(); got != "Ada Cy Dee, Ada Cy Dee" {
		t.Errorf("after a kick that is not about her, the others show %s", got)
	}
	if found, err := b.hub.Kick(shared.Lobby, cy, "Dee", ""); !found || err != nil {
		t.Errorf("Cy is not found: %v", err)
	}
	until(t, "Cy is gone", func() bool { return a.shows() == "Ada Dee" && b.shows() == "Ada Dee" })
}

// Who is banned is not shown when another node, which has not heard of it yet, tells that the
// member is on a third one that has stopped.
func TestNoRetainedMemberIsShownWhoIsBanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		h := hub.New(hub.Config{Mesh: c.Mesh()})
		c.Start(h, &recorder{})
		c.Receive(message{Kind: kindHello, From: "peer"}.encode())
		m := machine{cluster: c, hub: h}
		m.enter(t, "Bo")
		banned, other := longest(1), longest(2)
		banned.Name, other.Name = "Ada", "Cy"
		if err := h.Ban(hub.Ban{Room: shared.Lobby, ID: banned.ID, Until: time.Now().Add(time.Hour).UnixMilli()}); err != nil {
			t.Fatal(err)
		}
		c.mu.Lock()
		sub := c.rooms[shared.Lobby].sub
		c.mu.Unlock()
		held := func(u shared.User) op {
			return op{Op: opRetained, Room: shared.Lobby, Sub: sub, User: &u, Stamp: 1, Node: "gone", Hold: 9000, Why: string(shared.ReasonClosed)}
		}
		ops := message{Kind: kindOps, From: "peer", Stream: streamTo(c, "peer"), Seq: 1, Ops: []op{held(banned), held(other)}}
		c.Receive(ops.encode())
		if got := m.shows(); got != "Bo Cy" {
			t.Errorf("the node shows %s", got)
		}
		c.Close(0)
		h.Close()
	})
}
