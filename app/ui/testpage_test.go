//go:build js

package ui

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/client/pipetest"
)

// patience bounds the wait for anything that must happen, on a busy machine.
const patience = 3 * time.Minute

// testPage is a page in the document of a real browser, with a server that the test
// plays.
type testPage struct {
	t     *testing.T
	page  *Page
	conns chan *pipetest.End // the server's ends of the page's connections
	conn  *pipetest.End
	rev   uint64
}

// before is the server's page, as far as the program reads it.
const before = `<strong id="count"></strong><form id="name-form"><input id="name-field" name="name"></form>`

// prepare puts the server's elements into the document, and deletes what an earlier test
// has stored.
func prepare(t *testing.T) {
	t.Helper()
	for _, item := range []string{keyItem, nameItem, joinedItem, sinceItem, inputItem, orderItem, filterItem} {
		local.del(item)
		tab.del(item)
	}
	place, body := document().Call("createElement", "div"), document().Get("body")
	place.Set("innerHTML", before)
	body.Call("prepend", place)
	t.Cleanup(func() { body.Get("firstElementChild").Call("remove") })
}

// serve embeds a roster into the server's elements.
func serve(users []shared.User, count string) {
	byID("count").Set("textContent", count)
	island := document().Call("createElement", "script")
	island.Set("type", "application/json")
	island.Set("id", "roster")
	text, _ := json.Marshal(shared.ExistingUsers{Room: shared.Lobby, Epoch: "e", Rev: 1, Users: users})
	island.Set("textContent", string(text))
	document().Get("body").Get("firstElementChild").Call("append", island)
}

// start runs the program on the prepared document.
func start(t *testing.T) *testPage {
	t.Helper()
	r := &testPage{t: t, page: &Page{}, conns: make(chan *pipetest.End, 8)}
	r.page.connect = func(context.Context) (client.Conn, error) {
		mine, theirs := pipetest.New(16)
		go keepAlive(t.Context(), theirs)
		r.conns <- theirs
		return mine, nil
	}
	r.run(r.page)
	return r
}

// keepAlive sends the page an event that it ignores every 10 s, until the test ends or the
// connection does: a test that takes long between two steps is not taken for a dead server.
// A pong must come sooner, so a ping that the test does not answer still ends a connection.
func keepAlive(ctx context.Context, conn *pipetest.End) {
	every := time.NewTicker(10 * time.Second)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
		if conn.Write(ctx, []byte(`{"event":"still_here","data":{}}`)) != nil {
			return
		}
	}
}

// empty takes the page's place at the end of a test. What the page has asked go-app for then
// is not done, in what may be the next test's document.
type empty struct{ app.Compo }

func (*empty) Render() app.UI { return app.Div() }

// run mounts root, which is the page or contains it, until the test ends.
func (r *testPage) run(root app.Composer) {
	r.t.Helper()
	engine := app.NewTestEngine()
	if err := engine.Load(root); err != nil {
		r.t.Fatal(err)
	}
	go engine.(interface{ Start(framerate int) }).Start(60)
	r.t.Cleanup(func() {
		r.onUI(func() {
			if err := engine.Load(&empty{}); err != nil {
				r.t.Error(err)
			}
		})
	})
	r.eventually("the page runs", r.page.mounted)
	done := make(chan struct{}) // a collection of garbage may have interrupted OnMount, which fills the form
	r.page.ctx.Dispatch(func(ctx app.Context) {
		ctx.PreventUpdate() // a test may count the renderings
		close(done)
	})
	<-done
}

// joinedPage returns a page whose user, called Me, is in the room with the given others.
func joinedPage(t *testing.T, others ...shared.User) *testPage {
	t.Helper()
	prepare(t)
	r := start(t)
	r.submit("Me")
	r.welcome(others...)
	return r
}

// watched plays the server's part when the page begins to watch, and returns when the page
// shows it.
func (r *testPage) watched(users ...shared.User) {
	r.t.Helper()
	r.accept()
	r.answerWatch(r.receive(), users)
	r.eventually("it watches", func() (yes bool) {
		r.onUI(func() { yes = r.page.conn.watching() })
		return yes
	})
	r.rendered()
}

func (r *testPage) answerWatch(e shared.Event, users []shared.User) {
	r.t.Helper()
	if w, ok := e.(shared.Watch); !ok || w.Detail != shared.DetailRoster {
		r.t.Fatalf("the page does not watch, but sends %+v", e)
	}
	r.rev = 9
	r.send(shared.ExistingUsers{Room: shared.Lobby, Epoch: "f", Rev: r.rev, Users: users})
}

// welcome plays the server's part in a join on a new connection, on which the page may
// watch first.
func (r *testPage) welcome(others ...shared.User) {
	r.t.Helper()
	r.accept()
	e := r.receive()
	if _, joins := e.(shared.GotANewUser); !joins {
		r.answerWatch(e, others)
		e = r.receive()
	}
	r.answerJoin(e, others)
}

// answerJoin plays the server's part in a join. Me is the last to have arrived.
func (r *testPage) answerJoin(e shared.Event, others []shared.User) {
	r.t.Helper()
	hello, ok := e.(shared.GotANewUser)
	if !ok {
		r.t.Fatalf("the page does not join, but sends %+v", e)
	}
	r.rev++
	you := shared.MemberID(hello.Key)
	me := shared.User{ID: you, Name: hello.Name, Status: shared.StatusActive, JoinedAt: 1 << 40}
	r.send(shared.ExistingUsers{You: you, Room: shared.Lobby, Epoch: "f", Rev: r.rev, Users: append(slices.Clone(others), me)})
	r.eventually("live", func() bool { return r.state() == stateLive })
}

func (r *testPage) accept() {
	r.t.Helper()
	select {
	case r.conn = <-r.conns:
	case <-time.After(patience):
		r.t.Fatal("the page does not connect")
	}
}

func (r *testPage) send(events ...shared.Event) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.conn.Write(ctx, shared.Encode(events...)); err != nil {
		r.t.Fatal(err)
	}
}

// receive returns the next event from the page, other than its status.
func (r *testPage) receive() shared.Event {
	r.t.Helper()
	for {
		e := r.hear()
		if u, ok := e.(shared.UpdateUser); !ok || u.Status == nil {
			return e
		}
	}
}

// receiveStatus returns the next status that the page sends.
func (r *testPage) receiveStatus() shared.Status {
	r.t.Helper()
	for {
		if u, ok := r.hear().(shared.UpdateUser); ok && u.Status != nil {
			return *u.Status
		}
	}
}

func (r *testPage) hear() shared.Event {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	frame, err := r.conn.Read(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	var h lastEvent
	if err := shared.ReadClient(frame, &h); err != nil {
		r.t.Fatal(err)
	}
	return h.event
}

// lastEvent keeps the last event of a frame.
type lastEvent struct{ event shared.Event }

func (h *lastEvent) Watch(e shared.Watch) error             { return h.keep(e) }
func (h *lastEvent) GotANewUser(e shared.GotANewUser) error { return h.keep(e) }
func (h *lastEvent) UpdateUser(e shared.UpdateUser) error   { return h.keep(e) }
func (h *lastEvent) Leave(e shared.Leave) error             { return h.keep(e) }
func (h *lastEvent) RemoveUser(e shared.RemoveUser) error   { return h.keep(e) }
func (h *lastEvent) UpdateRoom(e shared.UpdateRoom) error   { return h.keep(e) }
func (h *lastEvent) UpdateRole(e shared.UpdateRole) error   { return h.keep(e) }
func (h *lastEvent) Knock(e shared.Knock) error             { return h.keep(e) }
func (h *lastEvent) AnswerKnock(e shared.AnswerKnock) error { return h.keep(e) }
func (h *lastEvent) Ping(e shared.Ping) error               { return h.keep(e) }
func (h *lastEvent) Unknown(shared.Unknown) error           { return nil }

func (h *lastEvent) keep(e shared.Event) error {
	h.event = e
	return nil
}

// next returns the next revision.
func (r *testPage) next() uint64 {
	r.rev++
	return r.rev
}

// onUI runs do on the UI goroutine and waits for it.
func (r *testPage) onUI(do func()) {
	done := make(chan struct{})
	r.page.ctx.Dispatch(func(app.Context) {
		defer close(done)
		do()
	})
	<-done
}

// submit submits the form for the name, or that of the own card.
func (r *testPage) submit(name string) {
	byID("name-field").Set("value", name)
	query(":is(#name-form, #card-form) [type=submit]").Call("click")
}

func (r *testPage) state() string {
	return byID("connection").Get("dataset").Get("state").String()
}

func (r *testPage) eventually(what string, ok func() bool) {
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

// texts returns the text contents of the elements.
func texts(selector string) (out []string) {
	for _, e := range all(selector) {
		out = append(out, e.Get("textContent").String())
	}
	return out
}
