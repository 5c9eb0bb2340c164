package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// asks asks all nodes and returns their answers, in order, and who is missing.
func (m *machine) asks(t *testing.T, query string) (answers, missing []string) {
	t.Helper()
	missing, err := m.cluster.Ask(t.Context(), []byte(query), func(answer []byte) error {
		answers = append(answers, string(answer))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(answers)
	return answers, missing
}

func TestAskAllNodes(t *testing.T) {
	a := inside(t, "a")
	b := inside(t, "b", a.embedded.Address())
	inside(t, "c", a.embedded.Address())
	until(t, "both others answer", func() bool {
		if _, err := a.cluster.Ask(t.Context(), []byte(`1`), func([]byte) error { return nil }); err != nil {
			return false
		}
		answers, missing := a.asks(t, `{"x":1}`)
		return slices.Equal(answers, []string{`["b",{"x":1}]`, `["c",{"x":1}]`}) && len(missing) == 0
	})
	until(t, "a node whose answer is refused is missing", func() bool { // others may be, too, on a busy machine
		missing, err := a.cluster.Ask(t.Context(), []byte(`1`), func(answer []byte) error {
			if strings.Contains(string(answer), "b") {
				return errors.New("no")
			}
			return nil
		})
		return err == nil && slices.Equal(missing, []string{"b"})
	})
	b.cluster.Close(0)
	until(t, "a node that has said goodbye is not missing", func() bool {
		answers, missing := a.asks(t, `2`)
		return slices.Equal(answers, []string{`["c",2]`}) && len(missing) == 0
	})
}

// A node that answers nothing, or crashes over the query, is missing; what others say that
// was not asked for is ignored.
func TestNodesThatDoNotAnswer(t *testing.T) {
	a := inside(t, "a")
	broken := inside(t, "broken", a.embedded.Address())
	breaks := func(query []byte) []byte {
		if string(query) == `"nothing"` {
			return nil
		}
		panic("planted")
	}
	broken.answer.Store(&breaks)
	conn, err := nats.Connect("", a.embedded.options()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	asked := make(chan message, 100)
	if _, err := conn.Subscribe("rollcall.all", func(raw *nats.Msg) {
		var m message
		if json.Unmarshal(raw.Data, &m) == nil && m.Kind == kindAsk {
			asked <- m
		}
	}); err != nil {
		t.Fatal(err)
	}
	say := func(to, text string) {
		t.Helper()
		if err := conn.Publish("rollcall."+to, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "they know each other", func() bool {
		say("all", `{"kind":"hello","from":"old","info":{"name":"old","sessions":1}}`)
		return len(a.cluster.Nodes()) == 3 && len(broken.cluster.Nodes()) == 3
	})
	for _, query := range []string{`"nothing"`, `"crash"`, `"again"`} {
		until(t, "both are missing", func() bool {
			say("all", `{"kind":"hello","from":"old","info":{"name":"old","sessions":1}}`)
			missing, err := a.cluster.Ask(t.Context(), []byte(query), func(answer []byte) error {
				t.Errorf("%s: %s", query, answer)
				return nil
			})
			return err == nil && slices.Equal(missing, []string{"broken", "old"})
		})
		m := <-asked
		say("node."+a.cluster.ID(), fmt.Sprintf(`{"kind":"answer","from":"old","ask":%d,"body":"late"}`, m.Ask))
		say("node."+a.cluster.ID(), `{"kind":"answer","from":"old","ask":4711,"body":"never asked"}`)
	}
}

// Who has not told a room yet, or can't be heard, is missing there.
func TestMissingInARoom(t *testing.T) {
	a := inside(t, "a")
	b := inside(t, "b", a.embedded.Address())
	b.enter(t, "Bo")
	missing := func(room string) string {
		names, err := a.cluster.Missing(room)
		return fmt.Sprint(names, err)
	}
	until(t, "of a room that is not replicated all are missing", func() bool { return missing("lobby") == "[b] <nil>" })
	a.hub.Preload("lobby", 0)
	until(t, "nobody is, once the other has told it", func() bool {
		a.hub.Preload("lobby", 0)
		return missing("lobby") == "[] <nil>" && a.hub.View("lobby", 1).Count == 1
	})
	b.cluster.Close(0)
	until(t, "a node that has said goodbye is not missing", func() bool { return missing("other") == "[] <nil>" })
}

func TestANodeThatKnowsNobodyYet(t *testing.T) {
	c := New(Config{})
	if _, err := c.Missing("lobby"); !errors.Is(err, ErrStarting) {
		t.Errorf("%v", err)
	}
	if _, err := c.Ask(t.Context(), []byte(`1`), nil); !errors.Is(err, ErrStarting) {
		t.Errorf("%v", err)
	}
}
