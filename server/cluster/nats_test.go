package cluster

import (
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"rollcall/server/hub"
	"rollcall/shared"
)

const secret = "a secret of the tests"

// within bounds each wait; nothing takes nearly as long.
const within = time.Minute

// until waits until a condition holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// machine is a node with a hub and a real NATS connection.
type machine struct {
	cluster  *Cluster
	hub      *hub.Hub
	embedded *Embedded
	link     Transport
	broken   atomic.Bool                               // the next change in a room panics
	answer   atomic.Pointer[func(query []byte) []byte] // to queries; the name and the query if nil
}

func newMachine(t *testing.T, name string, n NATS) *machine {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	m := &machine{cluster: New(Config{Name: name, Grace: 10 * time.Millisecond, Log: log}), embedded: n.Embedded}
	mesh := m.cluster.Mesh()
	tell := mesh.Tell
	mesh.Tell = func(room string, c hub.Change) {
		if m.broken.Swap(false) {
			panic("planted")
		}
		tell(room, c)
	}
	m.hub = hub.New(hub.Config{Grace: 10 * time.Millisecond, Mesh: mesh})
	m.cluster.AnswerWith(func(query []byte, _ int) []byte {
		if f := m.answer.Load(); f != nil {
			return (*f)(query)
		}
		return fmt.Appendf(nil, `["%s",%s]`, name, query)
	})
	link, err := m.cluster.Dial(n)
	if err != nil {
		t.Fatal(err)
	}
	m.link = link
	m.cluster.Start(m.hub, link)
	t.Cleanup(func() {
		m.cluster.Close(0)
		m.hub.Close()
	})
	return m
}

// inside returns a machine with an embedded NATS server.
func inside(t *testing.T, name string, join ...string) *machine {
	t.Helper()
	e, err := StartEmbedded(EmbeddedConfig{Listen: "127.0.0.1:0", Join: join, Secret: secret, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return newMachine(t, name, NATS{Embedded: e})
}

// quiet is a client that discards everything.
type quiet struct{}

func (quiet) Write([][]byte) error           { return nil }
func (quiet) Close(shared.CloseCode, string) {}

func (m *machine) enter(t *testing.T, name string) *hub.Session {
	t.Helper()
	s, err := m.hub.Connect(shared.Lobby, quiet{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: keyOf(name)}))
	return s
}

// keyOf returns the key of somebody with a name.
func keyOf(name string) string { return "the-secret-key-of-" + strings.ReplaceAll(name, " ", "-") }

// hosts returns the names of those whom the machine shows as hosts.
func (m *machine) hosts() string {
	var names []string
	for _, u := range m.hub.View(shared.Lobby, 99).Users {
		if u.Role == shared.RoleHost {
			names = append(names, u.Name)
		}
	}
	return strings.Join(names, " ")
}

// shows returns the names that the machine shows, sorted, for the order of two who came in one
// millisecond is not defined.
func (m *machine) shows() string {
	var names []string
	for _, u := range m.hub.View(shared.Lobby, 99).Users {
		names = append(names, u.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestNodesWithEmbeddedNATS(t *testing.T) {
	a := inside(t, "a")
	b := inside(t, "b", a.embedded.Address())
	c := inside(t, "c", b.embedded.Address()) // learns of a from b
	all := []*machine{a, b, c}
	for _, m := range all {
		until(t, "everybody knows everybody", func() bool { return len(m.cluster.Nodes()) == 3 })
	}
	sessions := []*hub.Session{a.enter(t, "Ada"), b.enter(t, "Bo"), c.enter(t, "Cy")}
	for _, m := range all {
		until(t, "everybody is shown everywhere", func() bool { return len(strings.Fields(m.shows())) == 3 })
	}
	info := shared.RoomInfo{Title: "Stand-up", Topic: "today"}
	if err := b.hub.SetRoomInfo(shared.Lobby, info); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		until(t, "the room says the same everywhere", func() bool { return m.hub.View(shared.Lobby, 0).Info == info })
	}
	sessions[2].Receive(shared.Encode(shared.Leave{}))
	until(t, "who left is gone", func() bool { return a.shows() == "Ada Bo" && b.shows() == "Ada Bo" })

	c.enter(t, "Cy again")
	until(t, "Cy is back", func() bool { return a.shows() == "Ada Bo Cy again" })
	c.link.Close() // without goodbye, as if killed
	c.embedded.Close()
	until(t, "the dead node's people are gone", func() bool { return a.shows() == "Ada Bo" && b.shows() == "Ada Bo" })
	until(t, "and the node", func() bool { return len(a.cluster.Nodes()) == 2 })
}

// A claim that is made on one node is seen on the other. Of two at the same moment, on two nodes,
// one and the same stands on both.
func TestClaimsOnTwoNodes(t *testing.T) {
	a := inside(t, "a")
	b := inside(t, "b", a.embedded.Address())
	nodes := []*machine{a, b}
	for _, m := range nodes {
		until(t, "both know each other", func() bool { return len(m.cluster.Nodes()) == 2 })
	}
	sessions := []*hub.Session{a.enter(t, "Ada"), b.enter(t, "Bo")}
	for _, m := range nodes {
		until(t, "both are shown on both", func() bool { return m.shows() == "Ada Bo" })
	}
	role := func(name string, role shared.Role) []byte {
		return shared.Encode(shared.UpdateRole{ID: shared.MemberID(keyOf(name)), Role: role})
	}
	sessions[0].Receive(role("Ada", shared.RoleHost))
	until(t, "the other node shows the host", func() bool { return b.hosts() == "Ada" })
	sessions[1].Receive(role("Bo", shared.RoleHost))
	sessions[0].Receive(role("Ada", shared.RoleMember))
	until(t, "the other node shows that it is given up", func() bool { return b.hosts() == "" })

	for range 3 { // more is more than a host may do at once
		var both sync.WaitGroup
		for i, name := range []string{"Ada", "Bo"} {
			both.Go(func() { sessions[i].Receive(role(name, shared.RoleHost)) })
		}
		both.Wait()
		until(t, "both show the same host", func() bool { return a.hosts() != "" && !strings.Contains(a.hosts(), " ") && a.hosts() == b.hosts() })
		for i, name := range []string{"Ada", "Bo"} {
			sessions[i].Receive(role(name, shared.RoleMember)) // whoever is none is refused
		}
		until(t, "there is none", func() bool { return a.hosts()+b.hosts() == "" })
	}
}

// When a panic ends a room on one node, the other nodes stop showing that node's members.
// Who returns is shown everywhere.
func TestARoomRecoversFromAPanic(t *testing.T) {
	a := inside(t, "a")
	b := inside(t, "b", a.embedded.Address())
	for _, m := range []*machine{a, b} {
		until(t, "both know both", func() bool { return len(m.cluster.Nodes()) == 2 })
	}
	s := a.enter(t, "Ada")
	b.enter(t, "Bo")
	both := func() bool { return a.shows() == "Ada Bo" && b.shows() == "Ada Bo" }
	until(t, "both are shown", both)
	before := a.hub.View(shared.Lobby, 0).Epoch

	a.broken.Store(true)
	name := "Countess"
	s.Receive(shared.Encode(shared.UpdateUser{Name: &name}))
	until(t, "nobody of the broken room is shown", func() bool { return b.shows() == "Bo" })
	if outcome := s.Outcome(); outcome.Code != shared.CodeInternal {
		t.Errorf("Ada was told %q", outcome.Code)
	}
	a.enter(t, "Ada")
	until(t, "both are shown again", both)
	if a.hub.View(shared.Lobby, 0).Epoch == before {
		t.Error("the room has the epoch of the one that broke")
	}
}

func TestANodeWithAnotherSecretIsRefused(t *testing.T) {
	a := inside(t, "a")
	e, err := StartEmbedded(EmbeddedConfig{
		Listen: "127.0.0.1:0", Join: []string{a.embedded.Address()}, Secret: "some other secret", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	stranger := newMachine(t, "stranger", NATS{Embedded: e})
	b := inside(t, "b", a.embedded.Address())
	for _, m := range []*machine{a, b} {
		until(t, "a and b know each other", func() bool { return len(m.cluster.Nodes()) == 2 })
	}
	if n := len(stranger.cluster.Nodes()); n != 1 || e.server.NumRoutes() != 0 {
		t.Errorf("the stranger knows %d nodes and has %d routes", n, e.server.NumRoutes())
	}
	if _, err := StartEmbedded(EmbeddedConfig{Listen: "127.0.0.1:0", Secret: "short"}); err == nil {
		t.Error("a short secret is taken")
	}
}

func TestAPortInUseIsReported(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = StartEmbedded(EmbeddedConfig{Listen: l.Addr().String(), Secret: secret, Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v", err)
	}
}

// outside is a NATS server beside the nodes, which can stop and start again.
type outside struct {
	t    *testing.T
	port int
	most int32 // max_payload in bytes; NATS' default if zero
	srv  *server.Server
}

func (o *outside) start() {
	o.t.Helper()
	options := &server.Options{Host: "127.0.0.1", Port: o.port, NoSigs: true, NoLog: true, Username: "u", Password: "p", MaxPayload: o.most}
	if o.port == 0 {
		options.Port = server.RANDOM_PORT
	}
	var err error
	if o.srv, err = server.NewServer(options); err != nil {
		o.t.Fatal(err)
	}
	o.srv.Start()
	if !o.srv.ReadyForConnections(within) {
		o.t.Fatal("NATS does not start")
	}
	o.port = o.srv.Addr().(*net.TCPAddr).Port
}

func (o *outside) stop() {
	o.srv.Shutdown()
	o.srv.WaitForShutdown()
}

func TestNATSGoesAndComesBackEmpty(t *testing.T) {
	o := &outside{t: t}
	o.start()
	n := NATS{URLs: []string{"nats://u:p@127.0.0.1:" + strconv.Itoa(o.port)}}
	a, b := newMachine(t, "a", n), newMachine(t, "b", n)
	a.enter(t, "Ada")
	b.enter(t, "Bo")
	both := func() bool { return a.shows() == "Ada Bo" && b.shows() == "Ada Bo" }
	until(t, "both are shown", both)
	before := a.hub.View(shared.Lobby, 0).Rev
	o.stop()
	until(t, "the nodes know", func() bool { return !a.link.Connected() && !b.link.Connected() })
	a.enter(t, "Cy") // while no message can be sent
	if a.shows() != "Ada Bo Cy" {
		t.Errorf("a shows %q", a.shows())
	}
	o.start()
	t.Cleanup(func() { o.stop() })
	until(t, "all are shown again", func() bool { return b.shows() == "Ada Bo Cy" })
	if rev := a.hub.View(shared.Lobby, 0).Rev; rev != before+1 {
		t.Errorf("a went from %d to %d: somebody was shown gone", before, rev)
	}
}

func TestNATSThatIsNotThereYet(t *testing.T) {
	o := &outside{t: t}
	o.start()
	o.stop()
	n := NATS{URLs: []string{"nats://u:p@127.0.0.1:" + strconv.Itoa(o.port)}}
	a, b := newMachine(t, "a", n), newMachine(t, "b", n)
	a.enter(t, "Ada")
	b.enter(t, "Bo")
	if a.shows() != "Ada" || b.shows() != "Bo" {
		t.Errorf("a shows %q, b %q", a.shows(), b.shows())
	}
	o.start()
	t.Cleanup(o.stop)
	until(t, "both are shown", func() bool { return a.shows() == "Ada Bo" && b.shows() == "Ada Bo" })
	for _, bad := range []NATS{
		{URLs: n.URLs, Cert: "only.pem"}, {URLs: n.URLs, CA: "missing.pem"}, {URLs: []string{"nats://:x:y"}},
	} {
		if _, err := New(Config{}).Dial(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// A new node has a large room whole before it lets anybody in.
func TestALargeRoomIsSyncedBeforeAnybodyIsLetIn(t *testing.T) {
	a := inside(t, "a")
	var joining sync.WaitGroup
	const people = 3000
	for i := range people {
		joining.Go(func() { a.enter(t, fmt.Sprint("person ", i)) })
	}
	joining.Wait()
	b := inside(t, "b", a.embedded.Address())
	until(t, "they know each other", func() bool { return len(b.cluster.Nodes()) == 2 && len(a.cluster.Nodes()) == 2 })
	b.cluster.patience = time.Hour
	b.enter(t, "Bo")
	if n := b.hub.View(shared.Lobby, 0).Count; n != people+1 {
		t.Errorf("let in with %d others", n-1)
	}
}
