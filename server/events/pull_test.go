package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

// network is nodes that share rooms in memory.
type network struct {
	nodes   []*node
	starts  error // of who asks
	missing []string
	most    int
	lies    []byte // an answer of somebody else
}

type node struct {
	name  string
	inbox chan func() // what others tell, in order
	*hub.Hub
	*Log
}

// add adds a node.
func (n *network) add(t *testing.T) *node {
	t.Helper()
	self := &node{name: fmt.Sprint("node-", len(n.nodes)), inbox: make(chan func(), 1000)}
	go func() {
		for do := range self.inbox {
			do()
		}
	}()
	t.Cleanup(func() { close(self.inbox) })
	loaded := make(chan struct{})
	close(loaded)
	self.Hub = hub.New(hub.Config{Mesh: &hub.Mesh{
		Node: self.name, Opened: func(string) <-chan struct{} { return loaded }, Closed: func(string) {},
		Tell: func(room string, c hub.Change) {
			for _, other := range n.nodes {
				if other != self {
					other.inbox <- func() { other.Remote(room, self.name, []hub.Change{c}) }
				}
			}
		},
	}})
	self.Log = Observe(self.Hub, Config{Node: self.name, Shared: true, Ask: func(_ context.Context, query []byte, take func([]byte) error) (missing []string, err error) {
		for _, other := range n.nodes {
			if other != self {
				if take(other.Answer(query, n.most)) != nil {
					missing = append(missing, other.name)
				}
			}
		}
		if n.lies != nil && take(n.lies) != nil {
			missing = append(missing, "a liar")
		}
		return slices.Concat(missing, n.missing), n.starts
	}})
	n.nodes = append(n.nodes, self)
	return self
}

// Every node tells the events of all, however few fit into an answer.
func TestEventsOfSeveralNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{most: 1200}
		a, b := n.add(t), n.add(t)
		defer a.Hub.Close()
		defer b.Hub.Close()
		before := a.Places()
		enter(t, b.Hub, "elsewhere", "Cy")
		synctest.Wait()
		r, _ := follow(t, a.Log, "", nil)
		since, lost := follow(t, a.Log, "", before)
		want(t, "lost", lost, false)
		bo := enter(t, b.Hub, "lobby", "Bo")
		synctest.Wait()
		want(t, "told by b", lines(r.read()), []string{"room.occupied lobby 1", "member.joined lobby Bo 1"})
		enter(t, a.Hub, "lobby", "Ada") // in this test a does not know who was there before
		synctest.Wait()
		want(t, "told by a", lines(r.read()), []string{"room.occupied lobby 1", "member.joined lobby Ada 1"})
		for i := range 10 {
			bo.Receive(shared.Encode(shared.UpdateUser{Name: new(fmt.Sprint("Bo ", i))}))
			time.Sleep(time.Second)
		}
		bo.Receive(shared.Encode(shared.Leave{}))
		synctest.Wait()
		r.read()
		want(t, "the last of them", r.last["lobby"].Type, api.MemberLeft)
		all := lines(since.read())
		want(t, "of before, too", slices.Contains(all, "room.occupied elsewhere 1"), true)
		want(t, "as many", len(all), 2+2+2+10+1)
	})
}

// A cursor that a node hands out is never before what its rooms show of other nodes.
func TestPlacesOfOtherNodesAreLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{most: 1 << 20}
		a, b := n.add(t), n.add(t)
		defer a.Hub.Close()
		defer b.Hub.Close()
		ctx, cancel := context.WithCancel(t.Context())
		go a.Pull(ctx)
		time.Sleep(10 * pullEvery)
		enter(t, b.Hub, "lobby", "Ada")
		time.Sleep(2 * pullEvery)
		want(t, "at once", a.Places()[b.name], uint64(0))
		time.Sleep(3 * settleAfter)
		want(t, "later", a.Places()[b.name], uint64(2))
		cancel()
		synctest.Wait()
	})
}

// When a node is gone, all that are left tell of its people, with the same ids.
func TestTheEventsOfALostNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{most: 1 << 20}
		a, b := n.add(t), n.add(t)
		defer a.Hub.Close()
		defer b.Hub.Close()
		ra, _ := follow(t, a.Log, "", nil)
		enter(t, a.Hub, "lobby", "Ada")
		enter(t, b.Hub, "lobby", "Ada")
		bo := hub.Record{User: shared.User{ID: shared.MemberID("cy"), Name: "Cy", Status: shared.StatusActive, JoinedAt: 1}, Stamp: 1}
		for _, node := range n.nodes {
			node.Remote("lobby", "lost", []hub.Change{{Kind: hub.ChangeHere, Record: bo}})
		}
		synctest.Wait()
		ra.read()
		for _, node := range n.nodes {
			node.Remote("lobby", "lost", []hub.Change{{Kind: hub.ChangeBegin}, {Kind: hub.ChangeEnd, Reason: shared.ReasonNodeLost}})
		}
		synctest.Wait()
		all := ra.read()
		want(t, "events", lines(all), []string{"member.left lobby Cy 1 node_lost", "member.left lobby Cy 1 node_lost"})
		if len(all) == 2 && (all[0].ID != all[1].ID || all[0].Node == all[1].Node) {
			t.Errorf("%+v", all)
		}
	})
}

// Somebody who is connected to two nodes, and leaves both at once, is told of as gone.
func TestLeavingTwoNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{most: 1 << 20}
		a, b := n.add(t), n.add(t)
		defer a.Hub.Close()
		defer b.Hub.Close()
		r, _ := follow(t, a.Log, "", nil)
		for _, node := range n.nodes {
			enter(t, node.Hub, "lobby", "Cy")
		}
		ada := enter(t, a.Hub, "lobby", "Ada")
		synctest.Wait()
		enter(t, b.Hub, "lobby", "Ada")
		synctest.Wait()
		ada.Receive(shared.Encode(shared.Leave{}))
		synctest.Wait()
		r.read()
		r.agrees(a.Hub, "lobby")
	})
}

// What another node says that makes no sense is not taken, and the node is one that has not
// answered.
func TestAnswersThatMakeNoSense(t *testing.T) {
	event := func(change func(*api.Event)) []byte {
		e := api.Event{Type: api.RoomOccupied, Node: "liar", Seq: 1, Data: api.EventData{Room: "lobby"}}
		change(&e)
		text, _ := json.Marshal(e)
		encoded, _ := json.Marshal(answer{Node: "liar", Events: []json.RawMessage{text}})
		return encoded
	}
	good := event(func(*api.Event) {})
	for _, lie := range [][]byte{
		nil, []byte("{"), []byte(`{"node":""}`), []byte(`{"node":"a:b"}`), []byte(`{"node":"node-0"}`), []byte(`{"node":"liar","events":[7]}`),
		event(func(e *api.Event) { e.Seq = 2 }), event(func(e *api.Event) { e.Node = "node-0" }),
		event(func(e *api.Event) { e.Type = "a\ndata: b" }), event(func(e *api.Event) { e.Data.Room = "a b" }),
	} {
		synctest.Test(t, func(t *testing.T) {
			n := &network{most: 1 << 20}
			a := n.add(t)
			defer a.Hub.Close()
			n.lies = good
			r, _ := follow(t, a.Log, "", Places{})
			want(t, "what makes sense", len(r.read()), 1)
			n.lies = lie
			if lie == nil {
				n.lies = []byte{}
			}
			_, _, missing, err := a.Follow(t.Context(), "", nil)
			want(t, string(lie), []any{missing, err}, []any{[]string{"a liar"}, nil})
			n.starts = errors.New("starting")
			if _, _, _, err = a.Follow(t.Context(), "", nil); err == nil {
				t.Error("a node that knows no others yet lets follow")
			}
		})
	}
}
