//go:build !js

package e2e

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// program returns the program of docs/clients.md in a language.
func program(t *testing.T, language string) string {
	t.Helper()
	_, code, ok := strings.Cut(readFile(t, "../../docs/clients.md"), "\n```"+language+"\n")
	code, _, closed := strings.Cut(code, "```\n")
	if !ok || !closed {
		t.Fatalf("docs/clients.md has no program in %s", language)
	}
	return code
}

// line is an end of a connection of scripted, for the test.
type line struct {
	t  *testing.T
	ws *websocket.Conn
}

// scripted is a server whose connections the test plays by hand.
func scripted(t *testing.T) (url string, connections <-chan line) {
	t.Helper()
	lines := make(chan line)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{shared.Subprotocol}, InsecureSkipVerify: true})
		if err != nil || ws.Subprotocol() != shared.Subprotocol || r.URL.Query().Get("room") != "stand-up" {
			t.Errorf("a handshake for %s with %q: %v", r.URL, ws.Subprotocol(), err)
			return
		}
		lines <- line{t, ws}
		<-t.Context().Done()
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "http", "ws", 1) + "/ws?room=stand-up", lines
}

func (l line) send(events ...shared.Event) {
	l.t.Helper()
	if err := l.ws.Write(l.t.Context(), websocket.MessageText, shared.Encode(events...)); err != nil {
		l.t.Fatal(err)
	}
}

// joins waits for a got_a_new_user.
func (l line) joins() (e shared.GotANewUser) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	_, frame, err := l.ws.Read(ctx)
	var envelope struct {
		Event string
		Data  *shared.GotANewUser
	}
	envelope.Data = &e
	if err = cmp.Or(err, json.Unmarshal(frame, &envelope)); err != nil || envelope.Event != shared.EventGotANewUser {
		l.t.Fatalf("%s: %v", frame, err)
	}
	return e
}

// next waits for a connection.
func next(t *testing.T, connections <-chan line) line {
	t.Helper()
	select {
	case l := <-connections:
		return l
	case <-time.After(patience):
		t.Fatal("the client does not connect")
		return line{}
	}
}

// python returns the first Python that has websockets: Debian's packages are for its own.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import websockets").Run() == nil {
			return name
		}
	}
	t.Fatal("this test needs Python with websockets (on Debian: apt-get install python3-websockets)")
	return ""
}

// playClient goes through what docs/clients.md promises with a client that shows whom it sees
// with see, until the server says that it is over.
func playClient(t *testing.T, connections <-chan line, see func(names string)) {
	t.Helper()
	info, err := shared.NewInfo(map[string]string{"team": "R&D <3", "Ort": "Zürich", "Zz": ""})
	if err != nil {
		t.Fatal(err)
	}
	ada := shared.User{ID: "AAAAAAAAAAAAAAA2", Name: "Ada", Status: "active", Devices: 2, Note: "tea 🍜", NoteUntil: 1767229200000, JoinedAt: 1767225600000, Role: shared.RoleHost, Info: info, StatusSince: 1767225600001}
	bob, cleo := ada, shared.User{ID: "AAAAAAAAAAAAAAA4", Name: "Cleo", Status: "idle", JoinedAt: 1767225600002}
	bob.ID, bob.Name, bob.Info = "AAAAAAAAAAAAAAA3", "Bob", shared.Info{}
	events := []shared.Event{
		shared.ExistingUsers{You: ada.ID, Room: "stand-up", Epoch: "E", Rev: 7, More: true, Info: shared.RoomInfo{}, Users: []shared.User{ada}},
		shared.ExistingUsers{You: ada.ID, Room: "stand-up", Epoch: "E", Rev: 7, Info: shared.RoomInfo{Title: "Stand-up", Locked: true}, Users: []shared.User{bob}},
		shared.Watchers{Count: 1},
		shared.NewUser{Rev: 8, User: cleo},
		shared.DisconnectUser{Rev: 9, ID: bob.ID, Reason: shared.ReasonLeft},
		shared.RoomInfoChanged{Rev: 10, RoomInfo: shared.RoomInfo{Topic: "what's <next>"}},
		shared.Unknown{Name: "poll_opened", Rev: 11},
	}
	var held reducer
	for _, e := range events {
		_ = held.apply(e)
	}
	proof := shared.Heartbeat{Rev: 11, Count: 2, Hash: held.roster.Hash()}

	l := next(t, connections)
	first := l.joins()
	if first.JoinedAt != 0 {
		t.Errorf("it joins as one that comes back: %+v", first)
	}
	l.send(events...)
	see("Ada, Cleo")
	l.send(proof) // is right: there is no answer before that to the next
	cleo.Name = "Cleopatra"
	l.send(shared.UserUpdated{Rev: 12, User: cleo}, shared.Heartbeat{Rev: 12, Count: 2, Hash: proof.Hash}) // is wrong
	if again := l.joins(); again.Resume == nil || again.Key != first.Key {
		t.Errorf("after a wrong hash it sends %+v", again)
	}
	l.send(shared.ExistingUsers{You: ada.ID, Epoch: "E", Rev: 12, Users: []shared.User{ada}})
	see("Ada")
	l.send(shared.NewUser{Rev: 14, User: bob}) // misses one
	if again := l.joins(); again.Resume == nil {
		t.Errorf("after a hole it sends %+v", again)
	}
	_ = l.ws.Close(websocket.StatusCode(shared.CloseLocked), "no word of the server")

	l = next(t, connections)
	if again := l.joins(); again.Key != first.Key || again.Name != first.Name || again.JoinedAt != ada.JoinedAt {
		t.Errorf("it comes back as %+v, was %+v", again, first)
	}
	l.send(shared.ExistingUsers{You: ada.ID, Epoch: "F", Rev: 1, Users: []shared.User{ada, bob}})
	see("Ada, Bob")
	l.send(shared.Errorf(shared.CodeLocked, "the room is locked"))
	_ = l.ws.Close(websocket.StatusCode(shared.CloseLocked), "")
}

// The client in Python of docs/clients.md keeps what that page promises.
func TestClientInPython(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "client.py")
	if err := os.WriteFile(file, []byte(program(t, "python")), 0o600); err != nil {
		t.Fatal(err)
	}
	url, connections := scripted(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, python(t), file, url, "Eve")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	shown := bufio.NewScanner(out)
	playClient(t, connections, func(names string) {
		t.Helper()
		for shown.Scan() {
			if shown.Text() == names {
				return
			}
		}
		t.Fatalf("it ended before it showed %q: %s", names, complaints.String())
	})
	for shown.Scan() {
		t.Logf("shown at the end: %s", shown.Text())
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(complaints.String(), "the room is locked") {
		t.Errorf("it ended with %v, %s", err, complaints.String())
	}
}

// And so does the one in JavaScript.
func TestClientInJavaScript(t *testing.T) {
	t.Parallel()
	url, connections := scripted(t)
	tb := sit(t, startServer(t), 0, "page")
	tb.goElsewhere(elsewhere(t).URL)
	eval[bool](tb, fmt.Sprintf(`(url) => {
		%s
		globalThis.shown = "";
		follow(url, "Eve", (users) => { shown = users.map((u) => u.name).join(", ") });
		return true;
	}`, program(t, "js")), url)
	playClient(t, connections, func(names string) {
		t.Helper()
		tb.holds("it shows "+names, `(names) => shown === names`, names)
		eval[any](tb, `() => { // what it waits for from now on, other than the server's silence
			globalThis.waits = [];
			const wait = setTimeout.original ?? setTimeout;
			globalThis.setTimeout = Object.assign((do_, ms) => { if (ms < 60_000) waits.push(ms); return wait(do_, ms) }, { original: wait });
			WebSocket.prototype.close = function () { globalThis.lastState = this.readyState };
		}`)
	})
	tb.holds("the last connection has ended", `() => lastState === WebSocket.CLOSED`)
	if waits := eval[[]float64](tb, `() => waits`); len(waits) > 0 {
		t.Errorf("after the server's last word it waits %v ms to connect", waits)
	}
}
