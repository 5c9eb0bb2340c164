//go:build js

package ui

import (
	"context"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/client/pipetest"
)

// countingPage counts how often it is rendered.
type countingPage struct {
	Page
	rendered int
}

func (c *countingPage) Render() app.UI {
	c.rendered++
	return c.Page.Render()
}

// startedPage returns a page that has done all that its start has asked for.
func startedPage(t *testing.T) *countingPage {
	t.Helper()
	c := &countingPage{}
	c.connect = func(context.Context) (client.Conn, error) {
		mine, theirs := pipetest.New(16)
		go keepAlive(t.Context(), theirs)
		return mine, nil
	}
	(&testPage{t: t, page: &c.Page}).run(c)
	c.ctx.Dispatch(c.OnNav) // go-app calls it, too
	c.ctx.Dispatch(c.OnAppInstallChange)
	drawn := make(chan struct{})
	c.ctx.Dispatch(func(ctx app.Context) {
		ctx.PreventUpdate()
		ctx.Defer(func(app.Context) { close(drawn) })
	})
	<-drawn
	return c
}

// A rendering makes all cards anew, so a start that changes nothing has only one.
func TestTheStartRendersOnce(t *testing.T) {
	prepare(t)
	serve([]shared.User{{ID: "A", Name: "Ada"}, {ID: "B", Name: "Bo"}}, "2")
	if c := startedPage(t); c.rendered != 1 || c.memberList.len() != 2 {
		t.Errorf("%d cards were rendered %d times", c.memberList.len(), c.rendered)
	}
	if !asked() {
		t.Error("nobody is asked for a name")
	}
}

func TestTheStartRendersWhatItChanges(t *testing.T) {
	t.Run("the tab joins", func(t *testing.T) {
		prepare(t)
		local.set(nameItem, "Me")
		tab.set(joinedItem, shared.Lobby)
		if startedPage(t); byID("connection").Get("textContent").String() == string(msgs.NotJoined) {
			t.Error("the page does not say that it is joining")
		}
	})
	t.Run("the rooms are asked for", func(t *testing.T) {
		prepare(t)
		at := func(fragment string) { app.Window().Get("history").Call("replaceState", nil, "", fragment) }
		at("#" + roomsFragment)
		t.Cleanup(func() { at("#") })
		if startedPage(t); !query("#panel:modal").Truthy() {
			t.Error("the panel is not open")
		}
	})
}

// The browser reports a closed panel some time afterwards, when another may be open.
func TestALateWordOfAPanelClosesNoOther(t *testing.T) {
	prepare(t)
	r := start(t)
	r.onUI(func() { r.page.open(panelInvite) })
	r.eventually("a panel is open", func() bool { return query("#panel:modal #room-address").Truthy() })
	told := make(chan struct{}, 2)
	panel := byID("panel")
	release := listen(panel, "close", func() { told <- struct{}{} })
	t.Cleanup(release)
	panel.Call("close")
	r.onUI(func() { r.page.open(panelRooms) })
	<-told
	r.onUI(func() {})
	r.eventually("the other is open", func() bool { return query("#panel:modal #room-field").Truthy() })
	r.onUI(func() {})
	if r.page.panel != panelRooms {
		t.Errorf("the panel is %v", r.page.panel)
	}
	r.page.ctx.Dispatch(func(app.Context) { byID("panel").Call("close") })
	r.eventually("it closes", func() bool { return !byID("panel").Truthy() })
}
