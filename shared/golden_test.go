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

var dot = shared.User{ID: "AAAAAAAAAAAAAAA7", Name: "Dot", Status: shared.StatusAway, Note: "back at 2", NoteUntil: 1767229200000, JoinedAt: 1767225601000}

var eve = shared.User{ID: "AAAAAAAAAAAAAAB2", Name: "Eve", Status: shared.StatusActive, Devices: 3, JoinedAt: 1767225601000}

var standUp = shared.RoomInfo{Title: "Stand-up 9 <h>", Topic: "what's next & \"who\" 🍜", Locked: true}

// golden is a frame in testdata/wire and the events in it. Other implementations of
// the protocol can test themselves with these files.
type golden struct {
	file   string
	read   direction
	events []shared.Event
}

var goldens = []golden{
	{"watch", toServer, []shared.Event{shared.Watch{Detail: shared.DetailCount}}},
	{"watch_resumes", toServer, []shared.Event{shared.Watch{
		Detail: shared.DetailRoster, Resume: &shared.Resume{Epoch: "K7Q2", Rev: 41}}}},
	{"watch_and_join", toServer, []shared.Event{
		shared.Watch{Detail: shared.DetailRoster}, shared.GotANewUser{Name: "Ana", Resume: &shared.Resume{Epoch: "K7Q2", Rev: 41}}}},
	{"got_a_new_user", toServer, []shared.Event{shared.GotANewUser{Name: "Ana María"}}},
	{"got_a_new_user_resumes", toServer, []shared.Event{shared.GotANewUser{
		Name: "Ana María", Key: "correct-horse-battery-staple", Resume: &shared.Resume{Epoch: "K7Q2", Rev: 41}}}},
	{"got_a_new_user_returns", toServer, []shared.Event{shared.GotANewUser{
		Name: "Ana María", Key: "correct-horse-battery-staple", JoinedAt: 1767225600000}}},
	{"update_user", toServer, []shared.Event{shared.UpdateUser{
		Name: new("Ana"), Status: new(shared.StatusIdle), Note: new("")}}},
	{"update_user_status", toServer, []shared.Event{shared.UpdateUser{Status: new(shared.StatusAway)}}},
	{"update_user_note_until", toServer, []shared.Event{shared.UpdateUser{
		Note: new("at lunch"), NoteUntil: new(int64(1767229200000))}}},
	{"remove_user", toServer, []shared.Event{shared.RemoveUser{ID: ben.ID}, shared.RemoveUser{ID: chi.ID, Ban: true}}},
	{"update_room", toServer, []shared.Event{
		shared.UpdateRoom{Title: new("Stand-up 9 <h>"), Topic: new("")}, shared.UpdateRoom{Locked: new(true)}}},
	{"update_role", toServer, []shared.Event{shared.UpdateRole{ID: ben.ID, Role: shared.RoleHost}, shared.UpdateRole{ID: ana.ID}}},
	{"knock", toServer, []shared.Event{shared.Knock{Name: "Ana María", Key: "correct-horse-battery-staple"}, shared.Knock{}}},
	{"answer_knock", toServer, []shared.Event{shared.AnswerKnock{ID: ben.ID, LetIn: true}, shared.AnswerKnock{ID: chi.ID}}},
	{"leave", toServer, []shared.Event{shared.Leave{}}},
	{"ping", toServer, []shared.Event{shared.Ping{}}},
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
	{"existing_users_to_a_watcher", toClient, []shared.Event{shared.ExistingUsers{
		Room: "lobby", Epoch: "K7Q2", Rev: 41, Users: []shared.User{ana}}}},
	{"existing_users_of_a_locked_room", toClient, []shared.Event{shared.ExistingUsers{
		You: ana.ID, Room: "lobby", Epoch: "K7Q2", Rev: 41, Info: standUp, Users: []shared.User{ana}}}},
	{"resumed", toClient, []shared.Event{shared.Resumed{Epoch: "K7Q2", Rev: 41, You: ana.ID}}},
	{"new_user", toClient, []shared.Event{shared.NewUser{Rev: 42, User: ben}}},
	{"user_updated_note_until", toClient, []shared.Event{shared.UserUpdated{Rev: 43, User: dot}}},
	{"new_user_with_role_and_info", toClient, []shared.Event{shared.NewUser{Rev: 42, User: shared.User{
		ID: ana.ID, Name: ana.Name, Status: shared.StatusActive, JoinedAt: ana.JoinedAt,
		Role: shared.RoleHost, Info: info("team", "R&D <3", "desk", "", "Ort", "Zürich")}}}},
	{"user_updated_since", toClient, []shared.Event{shared.UserUpdated{Rev: 43, User: shared.User{
		ID: ana.ID, Name: ana.Name, Status: shared.StatusIdle, JoinedAt: ana.JoinedAt, StatusSince: ana.JoinedAt + 60_000}}}},
	{"user_updated_devices", toClient, []shared.Event{shared.UserUpdated{Rev: 43, User: eve}}},
	{"user_updated", toClient, []shared.Event{shared.UserUpdated{Rev: 43, User: chi}}},
	{"disconnect_user", toClient, []shared.Event{shared.DisconnectUser{Rev: 44, ID: ben.ID, Reason: shared.ReasonLeft}}},
	{"room_info", toClient, []shared.Event{
		shared.RoomInfoChanged{Rev: 45, RoomInfo: standUp}, shared.RoomInfoChanged{Rev: 46, RoomInfo: shared.RoomInfo{Title: "Stand-up"}}}},
	{"heartbeat", toClient, []shared.Event{shared.Heartbeat{Rev: 1<<53 + 1, Count: 3, Hash: 0x00c0ffee00000001}}},
	{"occupancy", toClient, []shared.Event{shared.Occupancy{Members: 3, Sessions: 4, Watchers: 12}}},
	{"watchers", toClient, []shared.Event{shared.Watchers{Count: 12}, shared.DisconnectUser{Rev: 45, ID: ben.ID, Reason: shared.ReasonLeft}}},
	{"announcement", toClient, []shared.Event{
		shared.Announcement{Text: `doors close at 5 & "not" <later> 🚪`, By: "Ana María", At: 1767229200000},
		shared.Announcement{Text: "hello", At: 1767229200001}}},
	{"announcement_of_an_act", toClient, []shared.Event{
		shared.Announcement{Text: ben.Name, By: "Ana María", At: 1767229200000, Act: shared.ActBanned},
		shared.Announcement{By: "Ana María", At: 1767229200001, Act: shared.ActLocked}}},
	{"knocks", toClient, []shared.Event{
		shared.Knocks{Knocks: []shared.Knocker{{ID: ben.ID, Name: ben.Name}, {ID: chi.ID, Name: chi.Name}}}, shared.Knocks{Knocks: []shared.Knocker{}}}},
	{"knock_answered", toClient, []shared.Event{shared.KnockAnswered{LetIn: true}, shared.KnockAnswered{AgainMS: 60_000}, shared.KnockAnswered{}}},
	{"error_kicked", toClient, []shared.Event{shared.Error{Code: shared.CodeKicked, Message: "you were removed from the room", By: "Ana", Reason: "R&D only"}}},
	{"error_banned", toClient, []shared.Event{shared.Error{Code: shared.CodeBanned, Message: "you are banned from the room", By: "Ana", Until: 1767229200000}}},
	{"pong", toClient, []shared.Event{shared.Pong{}}},
	{"error", toClient, []shared.Event{shared.Errorf(shared.CodeBadName, "the name has a character that can't be seen (U+%04X): take it out", 7)}},
	{"error_retry", toClient, []shared.Event{shared.Error{Code: shared.CodeTooOften, Message: "wait a second", RetryAfterMS: 1000}}},
	{"diffs", toClient, []shared.Event{
		shared.NewUser{Rev: 42, User: chi},
		shared.UserUpdated{Rev: 43, User: ben},
		shared.DisconnectUser{Rev: 44, ID: ana.ID, Reason: shared.ReasonNodeLost},
		shared.Heartbeat{Rev: 44, Count: 2, Hash: 0xffffffffffffffff}}},
}

// info returns the Info of keys and values.
func info(pairs ...string) shared.Info {
	all := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	i, err := shared.NewInfo(all)
	if err != nil {
		panic(err)
	}
	return i
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

// Every file in testdata/wire has a line in goldens, and every event has a file:
// otherwise no test would check it.
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

// newerPeer is the file of a frame that only a later version of the protocol can send.
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
		shared.Unknown{Name: "poll_opened", Rev: 45},
		shared.Heartbeat{Rev: 45, Hash: 0},
	}
	if got := mustRead(t, toClient, frame); !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %#v\nwant %#v", got, want)
	}
	r := shared.NewRoster("lobby", "K7Q2")
	mustApply(t, &r, shared.ExistingUsers{Room: "lobby", Epoch: "K7Q2", Rev: 41})
	mustApply(t, &r, want...)                        // up to the proof, behind a diff that it does not know
	for _, e := range mustRead(t, toServer, frame) { // a server knows none of them
		if _, ok := e.(shared.Unknown); !ok {
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
		for line := range strings.SplitSeq(string(frame), string(shared.Separator)) { // each line is a valid frame, too
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
