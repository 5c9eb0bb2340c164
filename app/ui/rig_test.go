//go:build js

package ui

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/client/pipetest"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// rig is a page in the document of a real browser, and a server that the test
// plays itself.
type rig struct {
	t     *testing.T
	page  *Page
	conns chan *pipetest.End // the server's ends of the connections that the page makes
	conn  *pipetest.End
	rev   uint64
}

// before is the page that the server sent, as far as the program reads it.
const before = `<strong id="count"></strong><dialog id="name-dialog" open><form><input id="name-field" name="name"></form></dialog>`

// prepare puts the server's elements into the document, and forgets what an
// earlier test has kept. It returns the place that the program takes.
func prepare(t *testing.T) {
	t.Helper()
	for _, item := range []string{keyItem, nameItem, joinedItem, touchedItem} {
		local.del(item)
		tab.del(item)
	}
	place, body := document().Call("createElement", "div"), document().Get("body")
	place.Set("innerHTML", before)
	body.Call("prepend", place)
	t.Cleanup(func() { body.Get("firstElementChild").Call("remove") })
}

// serve puts a roster into the server's elements.
func serve(users []shared.User, count string) {
	byID("count").Set("textContent", count)
	island := document().Call("createElement", "script")
	island.Set("type", "application/json")
	island.Set("id", "roster")
	text, _ := json.Marshal(shared.ExistingUsers{Room: shared.Lobby, Epoch: "e", Rev: 1, Users: users})
	island.Set("textContent", string(text))
	document().Get("body").Get("firstElementChild").Call("append", island)
}

// start lets the program take the page over.
func start(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, page: &Page{}, conns: make(chan *pipetest.End, 8)}
	r.page.connect = func(context.Context) (client.Conn, error) {
		mine, theirs := pipetest.New(16)
		r.conns <- theirs
		return mine, nil
	}
	engine := app.NewTestEngine()
	if err := engine.Load(r.page); err != nil {
		t.Fatal(err)
	}
	go engine.(interface{ Start(framerate int) }).Start(60)
	r.eventually("the page runs", func() bool { return r.page.release != nil })
	t.Cleanup(func() { r.onUI(r.page.OnDismount) })
	return r
}

// joined is a page whose person, called Me, is in the room with the given others.
func joined(t *testing.T, others ...shared.User) *rig {
	t.Helper()
	prepare(t)
	r := start(t)
	r.submit("Me")
	r.welcome(others...)
	return r
}

// welcome is the server's side of a join. Me comes last.
func (r *rig) welcome(others ...shared.User) {
	r.t.Helper()
	r.accept()
	hello, ok := r.receive().(shared.GotANewUser)
	if !ok {
		r.t.Fatalf("the page begins with %T", hello)
	}
	r.rev = 10
	you := shared.MemberID(hello.Key)
	me := shared.User{ID: you, Name: hello.Name, Status: shared.StatusActive, JoinedAt: 1 << 40}
	r.send(shared.ExistingUsers{You: you, Room: shared.Lobby, Epoch: "f", Rev: r.rev, Users: append(others, me)})
	r.eventually("live", func() bool { return r.state() == stateLive })
}

func (r *rig) accept() {
	r.t.Helper()
	select {
	case r.conn = <-r.conns:
	case <-time.After(patience):
		r.t.Fatal("the page does not connect")
	}
}

func (r *rig) send(events ...shared.Event) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.conn.Write(ctx, shared.Encode(events...)); err != nil {
		r.t.Fatal(err)
	}
}

// receive is the next event that the page sends, but for what it says of the
// person's status.
func (r *rig) receive() shared.Event {
	r.t.Helper()
	for {
		e := r.hear()
		if u, ok := e.(shared.UpdateUser); !ok || u.Status == nil {
			return e
		}
	}
}

// receiveStatus is the next status that the page sends.
func (r *rig) receiveStatus() shared.Status {
	r.t.Helper()
	for {
		if u, ok := r.hear().(shared.UpdateUser); ok && u.Status != nil {
			return *u.Status
		}
	}
}

func (r *rig) hear() shared.Event {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	frame, err := r.conn.Read(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	var h heard
	if err := shared.ReadClient(frame, &h); err != nil {
		r.t.Fatal(err)
	}
	return h.last
}

// heard keeps the last event of a frame.
type heard struct{ last shared.Event }

func (h *heard) GotANewUser(e shared.GotANewUser) error { return h.keep(e) }
func (h *heard) UpdateUser(e shared.UpdateUser) error   { return h.keep(e) }
func (h *heard) Leave(e shared.Leave) error             { return h.keep(e) }
func (h *heard) Unknown(string) error                   { return nil }

func (h *heard) keep(e shared.Event) error {
	h.last = e
	return nil
}

// next is the revision after the last.
func (r *rig) next() uint64 {
	r.rev++
	return r.rev
}

// onUI runs do on the UI goroutine and waits for it.
func (r *rig) onUI(do func()) {
	done := make(chan struct{})
	r.page.ctx.Dispatch(func(app.Context) {
		defer close(done)
		do()
	})
	<-done
}

// submit sends the name dialog's form as a person does.
func (r *rig) submit(name string) {
	byID("name-field").Set("value", name)
	one("#name-dialog [type=submit]").Call("click")
}

func (r *rig) state() string {
	return byID("connection").Get("dataset").Get("state").String()
}

func (r *rig) eventually(what string, ok func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("not so after %v: %s", patience, what)
		}
	}
}

func all(selector string) (elements []app.Value) {
	list := document().Call("querySelectorAll", selector)
	for i := range list.Length() {
		elements = append(elements, list.Index(i))
	}
	return elements
}

// texts are what the elements say.
func texts(selector string) (out []string) {
	for _, e := range all(selector) {
		out = append(out, e.Get("textContent").String())
	}
	return out
}
