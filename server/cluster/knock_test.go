package cluster

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"rollcall/server/hub"
	"rollcall/shared"
)

// listener is a client that keeps all that it is sent.
type listener struct {
	quiet
	mu   sync.Mutex
	text []byte
}

func (l *listener) Write(parts [][]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(append(l.text, bytes.Join(parts, nil)...), '\n')
	return nil
}

// heard reports whether the latest event of a name contains a text.
func (l *listener) heard(event, text string) func() bool {
	return func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		all := string(l.text)
		i := strings.LastIndex(all, `{"event":"`+event+`"`)
		if i < 0 {
			return false
		}
		latest, _, _ := strings.Cut(all[i:], "\n")
		return strings.Contains(latest, text)
	}
}

// connect connects a client that keeps what it is sent, and sends its first events.
func (m *machine) connect(t *testing.T, events ...shared.Event) (*listener, *hub.Session) {
	t.Helper()
	l := &listener{}
	s, err := m.hub.Connect(shared.Lobby, l)
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(events...))
	return l, s
}

// Hosts on other nodes than whoever knocks are told, also on one that comes later, and answer.
// Those of a node that is gone knock no more.
func TestKnocksReachHostsOnAllNodes(t *testing.T) {
	a := inside(t, "a")
	b := inside(t, "b", a.embedded.Address())
	until(t, "both know each other", func() bool { return len(a.cluster.Nodes())+len(b.cluster.Nodes()) == 4 })
	id := func(name string) string { return shared.MemberID(keyOf(name)) }
	join := func(name string) shared.Event { return shared.GotANewUser{Name: name, Key: keyOf(name)} }
	knock := func(name string) shared.Event { return shared.Knock{Name: name, Key: keyOf(name)} }
	watch := shared.Watch{Detail: shared.DetailRoster}

	a.enter(t, "Bo")
	ada, host := a.connect(t, join("Ada"), shared.UpdateRole{ID: id("Ada"), Role: shared.RoleHost},
		shared.UpdateRole{ID: id("Bo"), Role: shared.RoleHost}, shared.UpdateRoom{Locked: new(true)})
	until(t, "the room is locked", ada.heard(shared.EventAnnouncement, `"act":"locked"`))
	cy, s := b.connect(t, watch, knock("Cy"))
	until(t, "the host hears Cy", ada.heard(shared.EventKnocks, `"name":"Cy"`))
	host.Receive(shared.Encode(shared.AnswerKnock{ID: id("Cy"), LetIn: true}))
	until(t, "Cy is let in", cy.heard(shared.EventKnockAnswered, `"let_in":true`))
	s.Receive(shared.Encode(join("Cy")))
	until(t, "Cy is there", func() bool { return a.shows() == "Ada Bo Cy" && b.shows() == "Ada Bo Cy" })
	until(t, "nobody knocks", ada.heard(shared.EventKnocks, `"knocks":[]`))

	b.connect(t, watch, knock("Dee"))
	until(t, "the host hears Dee", ada.heard(shared.EventKnocks, `"name":"Dee"`))
	c := inside(t, "c", a.embedded.Address())
	until(t, "the third knows both", func() bool { return len(c.cluster.Nodes()) == 3 })
	bo, host := c.connect(t, join("Bo"))
	until(t, "the host on the third hears Dee", bo.heard(shared.EventKnocks, `"name":"Dee"`))
	host.Receive(shared.Encode(shared.AnswerKnock{ID: id("Dee")}))
	until(t, "the other host hears of the answer", ada.heard(shared.EventKnocks, `"knocks":[]`))

	b.connect(t, watch, knock("Eve"))
	until(t, "both hosts hear Eve", func() bool {
		return ada.heard(shared.EventKnocks, `"name":"Eve"`)() && bo.heard(shared.EventKnocks, `"name":"Eve"`)()
	})
	b.link.Close() // without goodbye, as if killed
	until(t, "Eve knocks no more", ada.heard(shared.EventKnocks, `"knocks":[]`))
}
