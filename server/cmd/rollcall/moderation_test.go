package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/cli"
	"rollcall/shared"
	"rollcall/shared/api"
)

// What is done by one server holds on the other, whoever is connected to which.
func TestModerationOfSeveralServers(t *testing.T) {
	one, two, process := pair(t)
	join := func(r running, name string) *websocket.Conn {
		return r.joinAs(t, "standup", shared.GotANewUser{Name: name, Key: "the-key-of-somebody-called-" + name})
	}
	id := shared.MemberID("the-key-of-somebody-called-Ada")
	ada := join(two, "Ada") // of whom only the other server has a connection
	hears(t, ada, "existing_users")
	one.says(t, "who standup", exitOK, "Ada")
	one.says(t, "announce standup 'Back in five'", exitOK, "")
	hears(t, ada, "Back in five")
	one.says(t, "lock standup", exitOK, "")
	hears(t, ada, `"locked":true`)
	hears(t, join(two, "Cy"), "locked")
	one.says(t, "unlock standup", exitOK, "")
	hears(t, ada, "room_info")
	client := &api.Client{Server: one.url, Key: os.Getenv("ROLLCALL_API_KEY")}
	for _, change := range []struct {
		api.RoomChange
		want string
	}{
		{api.RoomChange{Title: new("Stand-up"), Topic: new("What is next")}, `"title":"Stand-up","topic":"What is next","locked":false`},
		{api.RoomChange{Topic: new(""), Locked: new(true)}, `"title":"Stand-up","topic":"","locked":true`},
		{api.RoomChange{Title: new(""), Locked: new(false)}, `"title":"","topic":"","locked":false`},
	} {
		if got, err := client.ChangeRoom(t.Context(), "standup", change.RoomChange); err != nil || len(got.MissingNodes) > 0 {
			t.Errorf("%+v: %+v, %v", change.RoomChange, got, err)
		}
		hears(t, ada, change.want)
	}
	one.says(t, "kick standup "+id+" -reason loud", exitOK, "")
	hears(t, ada, `"reason":"loud"`)
	both := []*websocket.Conn{join(one, "Ada"), join(two, "Ada")}
	for _, c := range both {
		hears(t, c, "existing_users")
	}
	one.says(t, "ban standup "+id+" -for 1h -address", exitOK, "")
	for _, c := range both { // then both know
		hears(t, c, `"banned"`)
	}
	for _, c := range []*websocket.Conn{join(one, "Ada"), join(two, "Ada"), join(one, "Mallory"), join(two, "Mallory")} {
		hears(t, c, `"banned"`)
	}
	one.says(t, "bans standup", exitOK, "Ada")
	one.says(t, "unban standup "+id, exitOK, "")
	for _, r := range []running{one, two} {
		for end := time.Now().Add(within); ; { // the other server may hear of it later
			frame, err := read(t, join(r, "Ada"))
			if err == nil && strings.Contains(frame, "existing_users") {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s, %v", frame, err)
			}
		}
	}
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	one.says(t, "ban standup "+id+" -for 1h", cli.ExitIncomplete, "nodes did not answer: "+nodeName())
}
