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

// counted is a page that counts how often it is rendered.
type counted struct {
	Page
	rendered int
}

func (c *counted) Render() app.UI {
	c.rendered++
	return c.Page.Render()
}

// begun is a page from its start until all that the start has asked for is done.
func begun(t *testing.T) *counted {
	t.Helper()
	c := &counted{}
	c.connect = func(context.Context) (client.Conn, error) {
		mine, _ := pipetest.New(16)
		return mine, nil
	}
	engine := app.NewTestEngine()
	if err := engine.Load(c); err != nil {
		t.Fatal(err)
	}
	go engine.(interface{ Start(framerate int) }).Start(60)
	(&rig{t: t}).eventually("the page runs", func() bool { return c.release != nil })
	c.ctx.Dispatch(c.OnNav) // go-app tells where the page is
	c.ctx.Dispatch(c.OnAppInstallChange)
	drawn := make(chan struct{})
	c.ctx.Dispatch(func(ctx app.Context) {
		ctx.PreventUpdate()
		ctx.Defer(func(app.Context) { close(drawn) })
	})
	<-drawn
	t.Cleanup(c.OnDismount)
	return c
}

// Each rendering makes all cards anew, so a start that asks for none has but one.
func TestTheStartRendersOnce(t *testing.T) {
	prepare(t)
	serve([]shared.User{{ID: "A", Name: "Ada"}, {ID: "B", Name: "Bo"}}, "2")
	if c := begun(t); c.rendered != 1 || c.sheet.len() != 2 {
		t.Errorf("%d cards were rendered %d times", c.sheet.len(), c.rendered)
	}
	if !dialogOpen() {
		t.Error("nobody is asked for a name")
	}
}

func TestTheStartRendersWhatItChanges(t *testing.T) {
	t.Run("the tab joins", func(t *testing.T) {
		prepare(t)
		local.set(nameItem, "Me")
		tab.set(joinedItem, shared.Lobby)
		if begun(t); byID("connection").Get("textContent").String() == string(say.NotJoined) {
			t.Error("the page does not say that it is joining")
		}
	})
	t.Run("the rooms are asked for", func(t *testing.T) {
		prepare(t)
		at := func(fragment string) { app.Window().Get("history").Call("replaceState", nil, "", fragment) }
		at("#" + roomsFragment)
		t.Cleanup(func() { at("#") })
		if begun(t); !one("#panel:modal").Truthy() {
			t.Error("the panel is not open")
		}
	})
}

// The browser tells of a closed panel some time after, when another may be open.
func TestALateWordOfAPanelClosesNoOther(t *testing.T) {
	prepare(t)
	r := start(t)
	r.onUI(func() { r.page.open(panelInvite) })
	r.eventually("a panel is open", func() bool { return one("#panel:modal #room-address").Truthy() })
	told := make(chan struct{}, 2)
	panel := byID("panel")
	release := listen(panel, "close", func() { told <- struct{}{} })
	t.Cleanup(release)
	panel.Call("close")
	r.onUI(func() { r.page.open(panelRooms) })
	<-told
	r.onUI(func() {})
	r.eventually("the other is open", func() bool { return one("#panel:modal #room-field").Truthy() })
	r.onUI(func() {})
	if r.page.panel != panelRooms {
		t.Errorf("the panel is %v", r.page.panel)
	}
	r.page.ctx.Dispatch(func(app.Context) { byID("panel").Call("close") })
	r.eventually("it closes", func() bool { return !byID("panel").Truthy() })
}
