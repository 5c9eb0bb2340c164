//go:build js

package ui

import (
	"slices"
	"testing"

	"rollcall/shared"
)

func textOf(id string) string { return byID(id).Get("textContent").String() }

// onlookersShown returns the number of those who watch, or "" if it is hidden.
func onlookersShown() string {
	if byID("watchers").Call("closest", "[hidden]").Truthy() {
		return ""
	}
	return textOf("watchers")
}

// Before joining, the page follows who comes, changes and goes, and the join is a message
// on the same connection.
func TestThePageWatchesUntilOneJoins(t *testing.T) {
	prepare(t)
	local.del(savedItem)
	r := start(t)
	r.watched(member(1), member(2))
	r.eventually("it shows who is here", func() bool { return slices.Equal(memberIDs(), []string{"u1", "u2"}) && textOf("count") == "2" })
	if textOf("connection") != string(msgs.NotJoined) || onlookersShown() != "" {
		t.Errorf("it says %q, and that %q watch", textOf("connection"), onlookersShown())
	}
	bea := member(1)
	bea.Name = "Bea"
	r.send(shared.Watchers{Count: 2}, shared.NewUser{Rev: r.next(), User: member(3)}, shared.UserUpdated{Rev: r.next(), User: bea})
	r.eventually("one arrives, one has another name", func() bool {
		return slices.Equal(texts("#people .name"), []string{"Bea", "Person 2", "Person 3"}) && textOf("name-hint") == "\u2068Bea\u2069, \u2068Person 2\u2069 and 1 other are here"
	})
	if got := onlookersShown(); got != "2" {
		t.Errorf("%q watch", got)
	}
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u2", Reason: shared.ReasonLeft})
	r.eventually("one leaves", func() bool { return slices.Equal(memberIDs(), []string{"u1", "u3"}) })
	if tab.get(joinedItem) != "" || readSaved().find(shared.Lobby) != nil {
		t.Error("the page keeps a room that nobody has joined")
	}

	r.submit("Me")
	e := r.receive()
	r.eventually("it is joining", func() bool { return r.state() == stateConnecting && textOf("connection") == string(msgs.Connecting) })
	r.answerJoin(e, []shared.User{bea, member(3)})
	r.eventually("three are here, and nobody watches", func() bool { return textOf("count") == "3" && onlookersShown() == "" })
	if len(r.conns) != 0 {
		t.Error("it connects once more")
	}
}

// Who has left a large room watches it again, and is sent what has changed.
func TestAfterLeavingThePageWatches(t *testing.T) {
	many := members(shared.ResumeAbove + 1)
	r := joinedPage(t, many...)
	left := shared.Resume{Epoch: "f", Rev: r.rev}
	byID("leave").Call("click")
	if e := r.receive(); e != (shared.Leave{}) {
		t.Fatalf("the server is told %T", e)
	}
	r.conn.Close(shared.CloseLeft, "left")
	r.eventually("asked again", asked)
	r.accept()
	watch, ok := r.receive().(shared.Watch)
	if !ok || watch.Resume == nil || *watch.Resume != left {
		t.Fatalf("the page goes on with %+v", watch)
	}
	gone := shared.DisconnectUser{Rev: r.next(), ID: r.page.you, Reason: shared.ReasonLeft}
	r.send(shared.Resumed{Epoch: left.Epoch, Rev: left.Rev}, gone, shared.NewUser{Rev: r.next(), User: member(500)})
	r.eventually("it shows who is here", func() bool { return textOf("count") == "102" && slices.Contains(memberIDs(), "u500") })
	if slices.Contains(memberIDs(), r.page.you) {
		t.Error("I am still here")
	}
	r.send(shared.DisconnectUser{Rev: r.next(), ID: "u1", Reason: shared.ReasonLeft})
	r.eventually("it follows", func() bool { return textOf("count") == "101" })

	held := shared.Resume{Epoch: "f", Rev: r.rev}
	r.submit("Me")
	join, ok := r.receive().(shared.GotANewUser)
	if !ok || join.Resume == nil || *join.Resume != held {
		t.Fatalf("the page joins with %+v", join)
	}
	me := shared.User{ID: r.page.you, Name: "Me", Status: shared.StatusActive, JoinedAt: 1 << 41}
	r.send(shared.Resumed{Epoch: "f", Rev: r.rev, You: me.ID}, shared.NewUser{Rev: r.next(), User: me})
	r.eventually("in the room", func() bool { return r.state() == stateLive && textOf("count") == "102" })
}

// Where there is no place for watchers, the page asks for who is here, and joins.
func TestNoPlaceForWatchers(t *testing.T) {
	fakeFetch(t, `return Promise.resolve(new Response('<b id=count>1</b><script id=roster type=application/json>{"you":"","room":"lobby","epoch":"f","rev":8,"users":[{"id":"u7","name":"Person 7","status":"active","joined_at":7}]}</script>'))`)
	prepare(t)
	serve([]shared.User{member(1)}, "1")
	r := start(t)
	r.accept()
	r.receive()
	r.send(shared.Errorf(shared.CodeRoomFull, "the room has as many watchers as it may"))
	r.eventually("it has asked", func() bool { return slices.Equal(memberIDs(), []string{"u7"}) })
	if problemShown() != "" || !asked() || len(r.conns) != 0 {
		t.Errorf("the problem is %q, a name is asked for: %v; connections: %d", problemShown(), asked(), len(r.conns))
	}
	r.submit("Me")
	r.accept()
	r.answerJoin(r.receive(), []shared.User{member(7)})
}

// A page that has lost its connection asks for who is here, and shows what the watch has
// when that goes on.
func TestAWatchGoesOnAfterThePageHasPolled(t *testing.T) {
	fakeFetch(t, `return Promise.resolve(new Response('<b id=count>90</b><script id=roster type=application/json>{"you":"","room":"lobby","epoch":"f","rev":12,"users":[{"id":"u7","name":"Person 7","status":"active","joined_at":7}],"more":true}</script>'))`)
	prepare(t)
	r := start(t)
	r.watched(members(3)...)
	r.conn.Break()
	r.eventually("it has asked", func() bool { return slices.Equal(memberIDs(), []string{"u7"}) && textOf("count") == "90" })
	r.accept()
	watch, ok := r.receive().(shared.Watch)
	if !ok || watch.Resume == nil || watch.Resume.Rev != r.rev {
		t.Fatalf("the page goes on with %+v", watch)
	}
	r.send(shared.Resumed{Epoch: "f", Rev: r.rev}, shared.NewUser{Rev: r.next(), User: member(3)})
	r.eventually("it shows what the server has", func() bool {
		return slices.Equal(memberIDs(), []string{"u0", "u1", "u2", "u3"}) && textOf("count") == "4"
	})
}
