package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

// cluster is other nodes in memory.
type cluster struct {
	mu      sync.Mutex // for others, which an API that has started asks by itself
	others  []*API
	answers [][]byte // of other nodes, whatever is asked
	missing []string
	err     error
	most    int // bytes of an answer
}

func (c *cluster) nodes() *Nodes {
	return &Nodes{
		Ask: func(_ context.Context, query []byte, take func([]byte) error) ([]string, error) {
			missing := slices.Clone(c.missing)
			answers := slices.Clone(c.answers)
			for _, o := range c.started() {
				answers = append(answers, o.Answer(query, c.most))
			}
			for i, answer := range answers {
				if take(answer) != nil {
					missing = append(missing, fmt.Sprint("node ", i))
				}
			}
			return missing, c.err
		},
		Missing: func(string) ([]string, error) { return c.missing, c.err },
	}
}

func (c *cluster) started() []*API {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.others)
}

// add adds a node and returns its hub.
func (c *cluster) add(t testing.TB) *hub.Hub {
	t.Helper()
	h := hub.New(hub.Config{})
	t.Cleanup(h.Close)
	a := New(Config{Node: fmt.Sprint("node-", len(c.others)), Shared: true, Nodes: new(cluster).nodes()})
	a.Start(h)
	t.Cleanup(a.Stop)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.others = append(c.others, a)
	return h
}

// However rooms are spread over nodes, and however few fit into an answer, the pages have
// each of them once, in order.
func TestPagesOfSeveralNodes(t *testing.T) {
	for _, most := range []int{1 << 20, 400} {
		c := &cluster{most: most}
		r := newRig(t, c.nodes())
		hubs := []*hub.Hub{r.hub, c.add(t), c.add(t)}
		var want []string
		sessions := 0
		for i := range 60 {
			room := fmt.Sprintf("room-%02d", i)
			want = append(want, room)
			for _, h := range hubs[rand.IntN(3):] {
				enter(t, h, room, "Ada")
				sessions++
			}
		}
		ada := enter(t, r.hub, "room-00", "Ada")
		sessions++
		for _, list := range []string{"rooms", "members/" + ada + "/rooms"} {
			var got []string
			sum := 0
			for cursor, n := "", 0; ; n++ {
				page := into[struct {
					Rooms []api.Room
					api.More
				}](t, r, fmt.Sprintf("%s?limit=7&cursor=%s", list, cursor))
				for _, room := range page.Rooms {
					got = append(got, room.Room)
					sum += room.Sessions
				}
				if cursor = page.Next; cursor == "" {
					break
				}
				if len(page.Rooms) == 0 || n > 60 {
					t.Fatalf("page %d: %+v", n, page)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s with answers of %d bytes: %q", list, most, got)
			}
			if list == "rooms" && sum != sessions {
				t.Errorf("%d sessions, want %d", sum, sessions)
			}
		}
	}
}

// One room is what all nodes have of it: people once, connections and watchers summed up.
func TestARoomOnSeveralNodes(t *testing.T) {
	c := &cluster{answers: [][]byte{
		[]byte(`{"rooms":[{"room":"standup","title":"Stand-up","locked":true,"members":3,"sessions":2,"watchers":4,"since":1000,"colour":"red"}]}`),
		[]byte(`{"rooms":[{"room":"standup","members":0,"sessions":0,"watchers":1,"since":0}]}`),
	}}
	r := newRig(t, c.nodes())
	enter(t, r.hub, "standup", "Ada")
	info := shared.RoomInfo{Title: "Stand-up", Locked: true}
	want := api.Room{Room: "standup", RoomInfo: info, Members: 3, Sessions: 3, Watchers: 5, Since: 1000}
	if got := into[api.RoomAnswer](t, r, "rooms/standup"); got.Room != want || len(got.MissingNodes) != 0 {
		t.Errorf("%+v", got)
	}
}

// A node that does not answer, or answers something else, is named.
func TestNodesThatAreMissing(t *testing.T) {
	for _, answer := range []string{
		``, `null garbage`, `{"rooms":[{"room":"NO","members":1}]}`, `{"rooms":[{"room":"other","members":1}]}`,
		`{"rooms":[{"room":"standup","members":-1}]}`, `{"rooms":[{"room":"standup"},{"room":"standup"}]}`, `{"more":true}`,
		`{"rooms":[{"room":"standup","since":-5}]}`, `{"rooms":[{"room":"standup","title":" x"}]}`, `{"places":[{"room":"standup","member":{"id":"x"}}]}`,
	} {
		c := &cluster{answers: [][]byte{[]byte(answer)}, missing: []string{"lost"}}
		r := newRig(t, c.nodes())
		enter(t, r.hub, "standup", "Ada")
		got := into[api.RoomAnswer](t, r, "rooms/standup")
		if !slices.Equal(got.MissingNodes, []string{"lost", "node 0"}) || got.Members != 1 {
			t.Errorf("%s: %+v", answer, got)
		}
	}
	r := newRig(t, (&cluster{missing: []string{"lost"}}).nodes())
	enter(t, r.hub, "standup", "Ada")
	if got := into[api.Members](t, r, "rooms/standup/members"); !slices.Equal(got.MissingNodes, []string{"lost"}) || len(got.Members) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestANodeThatDoesNotKnowTheOthersYet(t *testing.T) {
	r := newRig(t, (&cluster{err: errors.New("starting")}).nodes())
	for _, path := range []string{"rooms", "rooms/a", "rooms/a/members", "members/AAAAAAAAAAAAAAAA/rooms"} {
		res := r.get(path, r.keys[api.ScopeRead])
		if p := problemOf(t, res); p.Type != api.Starting || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %+v, %v", path, p, res.Header)
		}
	}
}

// Queries of other nodes are bounded, whatever is in them.
func TestQueriesOfOtherNodes(t *testing.T) {
	r := newRig(t, nil)
	for i := range 20 {
		enter(t, r.hub, fmt.Sprint("room-", i), "Ada")
	}
	for query, want := range map[string]int{
		`"limit":5`: 5, `"limit":-5`: 1, `"limit":0`: 1, `"limit":1000000`: 20, `"limit":100,"colour":"red"`: 20,
		`"limit":100,"prefix":"room-1"`: 11, `"limit":100,"after":"room-8"`: 1,
	} {
		var p part
		if err := json.Unmarshal(r.Answer([]byte(`{"kind":"rooms",`+query+`}`), 1<<20), &p); err != nil || len(p.Rooms) != want {
			t.Errorf("%s: %d rooms, %v", query, len(p.Rooms), err)
		}
	}
	for _, query := range []string{``, `[]`, `{"kind":"rooms","limit":"x"}`, `{`, `{}`, `{"kind":"dance","limit":5}`} {
		if answer := r.Answer([]byte(query), 1<<20); answer != nil {
			t.Errorf("%s: %s", query, answer)
		}
	}
	if answer := r.Answer([]byte(`{"kind":"rooms","limit":100}`), 300); len(answer) > 300 || !strings.Contains(string(answer), `"more":true`) {
		t.Errorf("%d bytes: %s", len(answer), answer)
	}
}

// A crash costs the call in which it happens.
func TestACrash(t *testing.T) {
	c := &cluster{others: []*API{nil}}
	r := newRig(t, c.nodes())
	res := r.get("rooms", r.keys[api.ScopeRead])
	if p := problemOf(t, res); p.Type != api.Internal || p.Detail != "" {
		t.Errorf("%+v", p)
	}
	if log := r.log.String(); !strings.Contains(log, "crashed") || !strings.Contains(log, res.Header.Get("X-Request-Id")) || !strings.Contains(log, "status=500") {
		t.Error(log)
	}
	if res := r.get("rooms/a/members", r.keys[api.ScopeRead]); res.StatusCode != http.StatusOK {
		t.Errorf("the next: %s", res.Status)
	}
}
