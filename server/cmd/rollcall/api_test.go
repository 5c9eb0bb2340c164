package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/cli"
	"rollcall/shared"
	"rollcall/shared/api"
)

// exampleBlock is a block of a shell in the documents, with the answer that follows it, if any.
var exampleBlock = regexp.MustCompile("(?s)```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?")

// keyFor adds a key to a file with the program's own command.
func keyFor(t *testing.T, file string) string {
	t.Helper()
	got := runToEnd(t, nil, "key", "-name", "test", "-scopes", "read,attendance,moderate,admin", "-file", file)
	if got.code != exitOK || got.stderr != "" {
		t.Fatalf("%+v", got)
	}
	return strings.TrimSpace(got.stdout)
}

// Every example in the document runs as it is, and answers what is written there: values
// differ, but nothing else.
func TestExamplesOfTheAPI(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("this test needs curl: install it (on Debian: apt-get install curl)")
	}
	text, err := os.ReadFile("../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(t.TempDir(), "keys")
	key := keyFor(t, keys)
	r := startProgram(t, "-api-keys-file", keys, "-attendance", "-database", filepath.Join(t.TempDir(), "rollcall.db"))
	const secret = "the-key-of-somebody-called-ada"
	if _, err := read(t, r.joinAs(t, "standup", shared.GotANewUser{Name: "Ada", Key: secret})); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ROLLCALL_API_KEY", key)
	r.says(t, "attendance standup", exitOK, "Ada") // which is written some time later
	blocks := exampleBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 6 {
		t.Fatalf("%d examples only", len(blocks))
	}
	for _, block := range blocks {
		run := exec.CommandContext(t.Context(), "sh", "-euc", block[1])
		run.Env = append(os.Environ(), "ROLLCALL_SERVER="+r.url, "ROLLCALL_API_KEY="+key, "no_proxy=*", "MEMBER="+shared.MemberID(secret))
		out, err := run.CombinedOutput()
		if err != nil {
			t.Errorf("%s%v: %s", block[1], err, out)
			continue
		}
		if block[2] == "" {
			continue
		}
		var got, want any
		if err := json.Unmarshal([]byte(block[2]), &want); err != nil {
			t.Fatalf("%s: %v", block[2], err)
		}
		if err := json.Unmarshal(out, &got); err != nil || shapeOf(got) != shapeOf(want) {
			t.Errorf("%sanswers %s, of the shape\n%s, documented is\n%s", block[1], out, shapeOf(got), shapeOf(want))
		}
	}
	if end := r.stop(); strings.Contains(end.stderr, key) || strings.Contains(end.stderr, "standup") {
		t.Error(end.stderr)
	}
}

// shapeOf describes a value of JSON by its fields and types; of a list by its first element.
func shapeOf(v any) string {
	switch v := v.(type) {
	case map[string]any:
		shapes := map[string]string{} // which prints in order
		for name, value := range v {
			shapes[name] = shapeOf(value)
		}
		return fmt.Sprint(shapes)
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		return "[" + shapeOf(v[0]) + "]"
	}
	return fmt.Sprintf("%T", v)
}

// say runs a command that asks a server.
func (r running) say(t *testing.T, args ...string) ran {
	t.Helper()
	t.Setenv("ROLLCALL_SERVER", r.url)
	return runToEnd(t, nil, args...)
}

func TestTheCommandsThatAsk(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	r := startProgram(t, "-api-keys-file", emptyFile(t, keys), "-base", "/rollcall/")
	ada := r.joinAs(t, "standup", shared.GotANewUser{Name: "Ada", Key: "the-key-of-somebody-called-ada"})
	if _, err := read(t, ada); err != nil {
		t.Fatal(err)
	}
	id := shared.MemberID("the-key-of-somebody-called-ada")
	if got := r.say(t, "rooms"); got.code != cli.ExitRefused || !strings.Contains(got.stderr, "ROLLCALL_API_KEY") {
		t.Errorf("without a key: %+v", got)
	}
	t.Setenv("ROLLCALL_API_KEY", keyFor(t, keys)) // the server takes it within a second
	for end := time.Now().Add(within); r.say(t, "rooms").code == cli.ExitRefused; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a key that was added never counts")
		}
	}
	for line, want := range map[string]string{
		"rooms":                    "standup  1",
		"rooms -prefix stand":      "standup  1",
		"rooms -prefix x":          "MEMBERS",
		"rooms -o csv":             "room,members,sessions,watchers,since,locked,title\nstandup,1,1,0,",
		"rooms -o json":            `"room": "standup"`,
		"who standup":              "Ada   active",
		"who empty -o json":        "[]",
		"who standup -o csv":       "name,status,joined,note,id\nAda,active,",
		"where " + id:              "standup  Ada",
		"where " + id + " -o json": `"name": "Ada"`,
	} {
		if got := r.say(t, strings.Fields(line)...); got.code != exitOK || got.stderr != "" || !strings.Contains(got.stdout, want) {
			t.Errorf("%s: %+v", line, got)
		}
	}
	t.Setenv("ROLLCALL_API_KEY", "rollcall_ANOTHER")
	if got := r.say(t, "who", "standup"); got.code != cli.ExitRefused || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("with another key: %+v", got)
	}
	if got := runToEnd(t, nil, "rooms", "-server", "http://127.0.0.1:1"); got.code != exitFailure {
		t.Errorf("of nobody: %+v", got)
	}
}

// hears reads what a connection is sent until it has a text.
func hears(t *testing.T, c *websocket.Conn, text string) {
	t.Helper()
	for end := time.Now().Add(within); ; { // heartbeats go on for ever
		frame, err := read(t, c)
		if err != nil || time.Now().After(end) {
			t.Fatalf("%v before %q", err, text)
		}
		if strings.Contains(frame, text) {
			return
		}
	}
}

func TestTheCommandsThatModerate(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	t.Setenv("ROLLCALL_API_KEY", keyFor(t, keys))
	r := startProgram(t, "-api-keys-file", keys)
	join := func(name string) *websocket.Conn {
		return r.joinAs(t, "standup", shared.GotANewUser{Name: name, Key: "the-key-of-somebody-called-" + name})
	}
	does := func(line string, code int, want string) {
		t.Helper()
		got := r.say(t, wordsOf(line)...)
		if got.code != code || code == exitOK && got.stderr != "" || !strings.Contains(got.stdout+got.stderr, want) || want == "" && got.stdout != "" {
			t.Errorf("%s: %+v", line, got)
		}
	}
	id := shared.MemberID("the-key-of-somebody-called-Ada")
	for _, line := range []string{"lock standup", "announce standup x"} {
		does(line, exitFailure, "Nobody is in the room")
	}
	bo, ada := join("Bo"), join("Ada")
	hears(t, bo, "existing_users") // who joins later is not told
	hears(t, ada, "existing_users")
	does("announce standup '<b>Fire</b> -- now'", exitOK, "")
	hears(t, bo, "-- now")
	does("announce standup ' '", exitFailure, "body.text")
	does("lock standup", exitOK, "")
	hears(t, join("Cy"), `"locked"`)
	does("rooms -o csv", exitOK, ",true,")
	does("unlock standup", exitOK, "")
	does("kick standup "+id+" -reason 'too loud'", exitOK, "")
	hears(t, ada, "too loud")
	does("kick standup "+id, exitFailure, "They are not in the room")
	ada = join("Ada")
	hears(t, ada, "existing_users")
	does("ban standup "+id+" -for 1h -reason =loud", exitOK, "")
	hears(t, ada, `"banned"`)
	hears(t, join("Ada"), `"banned"`)
	does("bans standup", exitOK, "=loud")
	does("bans standup -o csv", exitOK, "name,until,by,reason,address,from,id\nAda,")
	does("bans standup -o csv", exitOK, ",test,'=loud,false,")
	does("bans standup -o json", exitOK, `"reason": "=loud"`)
	does("unban standup "+id, exitOK, "")
	does("unban standup "+id, exitFailure, "They are not banned")
	does("bans standup -o json", exitOK, "[]")
	hears(t, join("Ada"), "existing_users")
	for _, line := range []string{"ban standup " + id, "ban standup " + id + " -for 1", "kick Standup " + id, "kick standup x", "unban standup", "bans", "announce standup", "lock ''"} {
		if got := r.say(t, wordsOf(line)...); got.code != exitUsage {
			t.Errorf("%s: %+v", line, got)
		}
	}
	t.Setenv("ROLLCALL_API_KEY", "")
	does("kick standup "+id, cli.ExitRefused, "there is no key")
}

func emptyFile(t *testing.T, name string) string {
	t.Helper()
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// The help of each command for users has an example, which the program understands.
func TestHelpHasExamples(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"rooms", "who", "where", "watch", "kick", "ban", "unban", "bans", "lock", "unlock", "announce", "key", "attendance", "erase", "backup"} {
		got := runToEnd(t, nil, command, "--help")
		_, example, ok := strings.Cut(got.stdout, "Example:\n\n")
		_, example, ok2 := strings.Cut(example, "rollcall ")
		line, _, _ := strings.Cut(example, "\n")
		if got.code != exitOK || !ok || !ok2 || !strings.HasPrefix(line, command) {
			t.Errorf("%s: %+v", command, got)
			continue
		}
		p := &program{ctx: t.Context()}
		if _, err := p.parse(wordsOf(strings.TrimSuffix(line, ")"))); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// wordsOf returns the words of a line as a shell has them.
func wordsOf(line string) (words []string) {
	for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1) {
		words = append(words, strings.Trim(word, "'"))
	}
	return words
}

// watch prints people as they come and go, until it is interrupted, which is no failure.
func TestWatchARoom(t *testing.T) {
	r := startProgram(t, "-grace", "1ms")
	ada := r.join(t, "standup", "Ada")
	if _, err := read(t, ada); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, w := io.Pipe()
	var stderr bytes.Buffer
	p := &program{ctx: ctx, stdout: w, stderr: &stderr}
	code := make(chan int, 1)
	go func() {
		code <- p.run([]string{"watch", "standup", "-o", "json", "-server", r.url})
		_ = w.Close()
	}()
	lines := json.NewDecoder(out)
	next := func() string {
		t.Helper()
		var line struct {
			Event  string
			Member shared.User
			Reason string
		}
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(line.Event + " " + line.Member.Name + " " + line.Reason)
	}
	if got := next(); got != "here Ada" {
		t.Errorf("%q", got)
	}
	bo := r.join(t, "standup", "Bo")
	if got := next(); got != "arrived Bo" {
		t.Errorf("%q", got)
	}
	_ = bo.Close(websocket.StatusNormalClosure, "")
	if got := next(); got != "left Bo closed" {
		t.Errorf("%q", got)
	}
	cancel()
	if got := <-code; got != exitOK || stderr.Len() != 0 {
		t.Errorf("%d, %s", got, &stderr)
	}
}

// The roll is the same from a server and from its database, while it runs.
func TestAttendanceFromTheServer(t *testing.T) {
	dir := t.TempDir()
	keys, file := filepath.Join(dir, "keys"), filepath.Join(dir, "rollcall.db")
	t.Setenv("ROLLCALL_API_KEY", keyFor(t, keys))
	r := startProgram(t, "-api-keys-file", keys, "-attendance", "-database", file)
	for _, name := range []string{"Ada", "=Bo"} {
		if _, err := read(t, r.joinAs(t, "standup", shared.GotANewUser{Name: name, Key: "the-key-of-somebody-called-" + name})); err != nil {
			t.Fatal(err)
		}
	}
	c := api.Client{Server: r.url, Key: os.Getenv("ROLLCALL_API_KEY")}
	if _, err := c.SetExpected(t.Context(), "standup", api.Expected{People: []api.ExpectedPerson{{Name: "ada"}, {Name: "Cy"}}}); err != nil {
		t.Fatal(err)
	}
	r.says(t, "attendance standup", exitOK, "Ada")
	r.says(t, "attendance standup", exitOK, "=Bo")
	for line, want := range map[string]string{
		"-o csv":  "name,id,identity,role,status,first_joined,last_left,seconds,visits,reasons\n",
		"-o json": `"status":"absent"`, "": "absent",
		"-to 2026-03-02 -from 2026-03-01 -o csv": ",absent,,,0,0,\n",
	} {
		args := append([]string{"attendance", "standup"}, strings.Fields(line)...)
		asked := r.say(t, args...)
		own := runToEnd(t, nil, append(args, "-database", file)...)
		if asked.code != exitOK || !strings.Contains(asked.stdout, want) || strings.Contains(asked.stdout, "\n=Bo,") {
			t.Errorf("%q: %+v", line, asked)
		}
		seconds := regexp.MustCompile(`[0-9:.T-]{10,}Z|,\d+,|"seconds":\d+|  \d+  `) // which pass
		if a, b := seconds.ReplaceAllString(asked.stdout, ""), seconds.ReplaceAllString(own.stdout, ""); a != b || own.code != exitOK {
			t.Errorf("%q: the server says\n%s, the database\n%s", line, a, b)
		}
	}
	t.Setenv("ROLLCALL_API_KEY", "")
	if got := r.say(t, "attendance", "standup"); got.code != cli.ExitRefused {
		t.Errorf("%+v", got)
	}
}

// A server that takes no attendance says so.
func TestNoAttendance(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	t.Setenv("ROLLCALL_API_KEY", keyFor(t, keys))
	r := startProgram(t, "-api-keys-file", keys, "-database", filepath.Join(t.TempDir(), "rollcall.db"))
	if got := r.say(t, "attendance", "standup"); got.code != exitFailure || !strings.Contains(got.stderr, "No attendance is taken here") || got.stdout != "" {
		t.Errorf("%+v", got)
	}
}

// A token with the claim api is a key.
func TestATokenIsAKey(t *testing.T) {
	file := secretFile(t, "0123456789abcdef0123456789abcdef")
	r := startProgram(t, "-auth", "jwt", "-jwt-hmac-secret-file", file)
	for token, want := range map[string]int{
		tokenOf(t, file, "-api", "read"):     exitOK,
		tokenOf(t, file, "-api", "moderate"): cli.ExitRefused,
		tokenOf(t, file):                     cli.ExitRefused,
		"":                                   cli.ExitRefused,
	} {
		t.Setenv("ROLLCALL_API_KEY", token)
		if got := r.say(t, "rooms"); got.code != want {
			t.Errorf("%+v, want %d", got, want)
		}
	}
}

// Without keys there is no API.
func TestNoAPIWithoutKeys(t *testing.T) {
	r, admin := watched(t)
	for _, path := range []string{"/api/v1/openapi.json", "/api/v1/rooms"} {
		if status, _ := r.get(t, path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
		if status, _ := admin.get(t, path); status != http.StatusNotFound {
			t.Errorf("%s of the operator: %d", path, status)
		}
	}
}

// pair starts two servers that share rooms, the second as a process of its own, and sets a
// key for the first.
func pair(t *testing.T) (one, two running, process *exec.Cmd) {
	t.Helper()
	dir := t.TempDir()
	secret, keys := filepath.Join(dir, "secret"), filepath.Join(dir, "keys")
	if err := os.WriteFile(secret, []byte("a secret of the tests\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	key, at := keyFor(t, keys), freePort(t)
	one = startProgram(t, "-cluster", at, "-cluster-secret-file", secret, "-api-keys-file", keys, "-grace", "10m")
	process, url, _ := startProcess(t, "-cluster", "127.0.0.1:0", "-join", at, "-cluster-secret-file", secret)
	t.Setenv("ROLLCALL_API_KEY", key)
	return one, running{url: url}, process
}

// says waits until a command ends with an exit code and prints some text.
func (r running) says(t *testing.T, line string, code int, want string) {
	t.Helper()
	for end := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		got := r.say(t, wordsOf(line)...)
		if got.code == code && strings.Contains(got.stdout+got.stderr, want) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %+v, want %d, %q", line, got, code, want)
		}
	}
}

// Of two servers that share rooms, the one that nobody of a room is connected to answers for
// it like the other, which has no API itself. When the other is gone it says so.
func TestAnyServerAnswersForAll(t *testing.T) {
	one, two, process := pair(t)
	ada := shared.GotANewUser{Name: "Ada", Key: "the-key-of-somebody-called-ada"}
	two.joinAs(t, "standup", ada)
	two.joinAs(t, "standup", ada)
	two.joinAs(t, "other", ada)
	id := shared.MemberID(ada.Key)
	one.says(t, "rooms -o csv", exitOK, "\nother,1,1,0,")
	one.says(t, "rooms -prefix stand", exitOK, "standup  1        2")
	one.says(t, "who standup", exitOK, "Ada   active")
	one.says(t, "where "+id, exitOK, "standup  Ada")
	one.says(t, "where "+id+" -o csv", exitOK, "\nother,Ada,")
	if _, err := read(t, one.joinAs(t, "standup", ada)); err != nil {
		t.Fatal(err)
	}
	one.says(t, "rooms -prefix stand", exitOK, "standup  1        3")
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"rooms", "who standup", "where " + id} {
		one.says(t, line, cli.ExitIncomplete, "nodes did not answer: "+nodeName())
	}
	one.says(t, "rooms", cli.ExitIncomplete, "standup  1        1")
}

// A stream has what happens on all servers, also on one without an API, goes on where it was
// cut, and ends when the server stops.
func TestFollowSeveralServers(t *testing.T) {
	one, two, _ := pair(t)
	c := &api.Client{Server: one.url, Key: os.Getenv("ROLLCALL_API_KEY")}
	one.says(t, "rooms", exitOK, "") // which knows the other by then
	names, cursor := []string{}, ""
	for len(names) < 3 {
		for e, err := range c.Follow(t.Context(), "standup", cursor) {
			if err != nil {
				t.Fatal(err)
			}
			if cursor = e.Cursor; e.Type == api.MemberJoined {
				names = append(names, e.Data.Member.Name)
				break // and begin anew
			}
			switch { // somebody comes once the stream has begun
			case e.Type == api.StreamFrom && e.Data.Lost:
				t.Errorf("%+v", e)
			case e.Type == api.StreamFrom && len(names) == 0:
				two.joinAs(t, "standup", shared.GotANewUser{Name: "Ada"})
			case e.Type == api.StreamFrom && len(names) == 1:
				one.joinAs(t, "standup", shared.GotANewUser{Name: "Bo"})
			case e.Type == api.StreamFrom:
				two.joinAs(t, "standup", shared.GotANewUser{Name: "Cy"})
			}
		}
	}
	if got := strings.Join(names, " "); got != "Ada Bo Cy" {
		t.Error(got)
	}
	for e, err := range c.Follow(t.Context(), "", cursor) {
		switch {
		case errors.Is(err, api.ErrStreamEnded):
		case err != nil:
			t.Error(err)
		case e.Type == api.StreamFrom:
			go one.stop()
		case e.Type == api.StreamEnd && e.Data.Reason != "stopping":
			t.Errorf("%+v", e)
		}
	}
}

// A page of another origin can't read an answer, nor ask with a header: no answer allows it,
// not even with -allow-origin, which is for WebSockets.
func TestNoPageOfAnotherOriginMayAsk(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	key := keyFor(t, keys)
	r := startProgram(t, "-api-keys-file", keys, "-allow-origin", "https://one.test")
	for _, method := range []string{http.MethodGet, http.MethodOptions} {
		req, err := http.NewRequestWithContext(t.Context(), method, r.url+"/api/v1/rooms", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", "https://one.test")
		req.Header.Set("Access-Control-Request-Headers", "authorization")
		if method == http.MethodGet {
			req.Header.Set("Authorization", "Bearer "+key)
		}
		res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if want := map[string]int{http.MethodGet: http.StatusOK, http.MethodOptions: http.StatusUnauthorized}[method]; res.StatusCode != want {
			t.Errorf("%s: %s", method, res.Status)
		}
		for name := range res.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s", method, name)
			}
		}
		if res.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", method, res.Header)
		}
	}
}
