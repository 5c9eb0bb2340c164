package shared_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rollcall/shared"
)

var update = flag.Bool("update", false, "write the golden files in testdata/wire anew")

var (
	ana = shared.User{ID: "AAAAAAAAAAAAAAA2", Name: "Ana María", Status: shared.StatusActive, JoinedAt: 1767225600000}
	ben = shared.User{ID: "AAAAAAAAAAAAAAA3", Name: `<b>"Ben"</b> & 'co'`, Status: shared.StatusIdle, Note: "at lunch 🍜", JoinedAt: 1767225600001}
	chi = shared.User{ID: "AAAAAAAAAAAAAAA4", Name: "李 \\ 小龙", Status: shared.StatusAway, JoinedAt: 1767225601000}
)

// golden is a frame as it stands in testdata/wire. Another implementation of
// the protocol can check itself with these files.
type golden struct {
	file   string
	read   direction
	events []shared.Event
}

var goldens = []golden{
	{"got_a_new_user", toServer, []shared.Event{shared.GotANewUser{Name: "Ana María"}}},
	{"got_a_new_user_resumes", toServer, []shared.Event{shared.GotANewUser{
		Name: "Ana María", Key: "correct-horse-battery-staple", Resume: &shared.Resume{Epoch: "K7Q2", Rev: 41}}}},
	{"update_user", toServer, []shared.Event{shared.UpdateUser{
		Name: new("Ana"), Status: new(shared.StatusIdle), Note: new("")}}},
	{"update_user_status", toServer, []shared.Event{shared.UpdateUser{Status: new(shared.StatusAway)}}},
	{"leave", toServer, []shared.Event{shared.Leave{}}},
	{"join_and_update", toServer, []shared.Event{
		shared.GotANewUser{Name: "Ana"}, shared.UpdateUser{Note: new("here <3")}, shared.Leave{}}},

	{"existing_users", toClient, []shared.Event{shared.ExistingUsers{
		You: ana.ID, Room: "lobby", Epoch: "K7Q2", Rev: 41, Users: []shared.User{ana, ben, chi}}}},
	{"existing_users_none", toClient, []shared.Event{shared.ExistingUsers{
		You: ana.ID, Room: "stand-up", Epoch: "K7Q2", Users: []shared.User{}}}},
	{"existing_users_in_chunks", toClient, []shared.Event{
		shared.ExistingUsers{You: ben.ID, Room: "lobby", Epoch: "K7Q2", Rev: 41, More: true, Users: []shared.User{ana}},
		shared.ExistingUsers{You: ben.ID, Room: "lobby", Epoch: "K7Q2", Rev: 41, More: true, Users: []shared.User{ben}},
		shared.ExistingUsers{You: ben.ID, Room: "lobby", Epoch: "K7Q2", Rev: 41, Users: []shared.User{chi}}}},
	{"resumed", toClient, []shared.Event{shared.Resumed{Epoch: "K7Q2", Rev: 41, You: ana.ID}}},
	{"new_user", toClient, []shared.Event{shared.NewUser{Rev: 42, User: ben}}},
	{"user_updated", toClient, []shared.Event{shared.UserUpdated{Rev: 43, User: chi}}},
	{"disconnect_user", toClient, []shared.Event{shared.DisconnectUser{Rev: 44, ID: ben.ID, Reason: shared.ReasonLeft}}},
	{"heartbeat", toClient, []shared.Event{shared.Heartbeat{Rev: 1<<53 + 1, Count: 3, Hash: 0x00c0ffee00000001}}},
	{"error", toClient, []shared.Event{shared.Errorf(shared.CodeBadName, "the name has a control character (U+%04X)", 7)}},
	{"error_retry", toClient, []shared.Event{shared.Error{Code: shared.CodeTooOften, Message: "wait a second", RetryAfterMS: 1000}}},
	{"diffs", toClient, []shared.Event{
		shared.NewUser{Rev: 42, User: chi},
		shared.UserUpdated{Rev: 43, User: ben},
		shared.DisconnectUser{Rev: 44, ID: ana.ID, Reason: shared.ReasonNodeLost},
		shared.Heartbeat{Rev: 44, Count: 2, Hash: 0xffffffffffffffff}}},
}

func TestGolden(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.file, func(t *testing.T) {
			path := filepath.Join("testdata", "wire", g.file+".frame")
			encoded := shared.Encode(g.events...)
			if *update {
				if err := os.WriteFile(path, encoded, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(encoded, want) {
				t.Errorf("encoded\n%s\nwant\n%s", encoded, want)
			}
			if got := mustRead(t, g.read, want); !reflect.DeepEqual(got, g.events) {
				t.Errorf("decoded %#v\nwant %#v", got, g.events)
			}
		})
	}
}

// A file without its line in goldens, or an event without its file, would be
// checked by nobody.
func TestGoldenFilesAreComplete(t *testing.T) {
	covered := map[string]bool{}
	files := []string{newerPeer}
	for _, g := range goldens {
		files = append(files, g.file+".frame")
		for _, e := range g.events {
			covered[e.Event()] = true
		}
	}
	for name, event := range constants(t, "Event", "") {
		if !covered[event] {
			t.Errorf("no golden file has the event of %s", name)
		}
	}
	entries, err := os.ReadDir(filepath.Join("testdata", "wire"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(files, entry.Name()) {
			t.Errorf("testdata/wire/%s is read by no test", entry.Name())
		}
	}
}

// newerPeer is a frame that only a later version of the protocol could send.
const newerPeer = "from_a_newer_peer.frame"

func TestNewerPeerIsTolerated(t *testing.T) {
	frame, err := os.ReadFile(filepath.Join("testdata", "wire", newerPeer))
	if err != nil {
		t.Fatal(err)
	}
	want := []shared.Event{
		shared.NewUser{Rev: 42, User: ana},
		unknown("user_waved"),
		unknown("room_closed"),
		shared.UserUpdated{Rev: 43, User: shared.User{ID: ana.ID, Name: "Ana", Status: "dancing", JoinedAt: ana.JoinedAt}},
		shared.DisconnectUser{Rev: 44, ID: ana.ID, Reason: "vanished"},
	}
	if got := mustRead(t, toClient, frame); !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %#v\nwant %#v", got, want)
	}
	for _, e := range mustRead(t, toServer, frame) { // to a server they are all unknown
		if _, ok := e.(unknown); !ok {
			t.Errorf("a server takes %s from a client", e.Event())
		}
	}
}

func TestGoldenChunksMakeTheWholeRoster(t *testing.T) {
	var chunks, whole shared.Roster
	for file, roster := range map[string]*shared.Roster{"existing_users_in_chunks": &chunks, "existing_users": &whole} {
		frame, err := os.ReadFile(filepath.Join("testdata", "wire", file+".frame"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(frame), string(shared.Separator)) { // each may be a frame of its own
			for _, e := range mustRead(t, toClient, []byte(line)) {
				if err := roster.Apply(e); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if got, want := contents(&chunks), contents(&whole); !reflect.DeepEqual(got, want) || whole.Len() != 3 {
		t.Errorf("chunks make %+v\nthe whole %+v", got, want)
	}
}
