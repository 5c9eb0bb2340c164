//go:build unix

package handover

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// enters returns the error of entering a handover in dir.
func enters(t *testing.T, dir string) error {
	t.Helper()
	l := New(dir, slog.New(slog.DiscardHandler))
	h := hub.New(hub.Config{Mesh: l.Mesh()})
	err := l.Enter(h)
	h.Close()
	l.Close()
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What another user could have written is refused, and left unchanged.
func TestWhatIsNotOursAlone(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	const kept = "what only its owner may change"
	for name, c := range map[string]struct {
		prepare func(dir string) error
		want    string
	}{
		"open to a group": {func(dir string) error { return os.Chmod(dir, 0o770) }, "others may write"},
		"open to all":     {func(dir string) error { return os.Chmod(dir, 0o777|os.ModeSticky) }, "others may write"},
		"of another user": {func(dir string) error { return os.Chown(dir, 65534, -1) }, "another user"},
		"with a link for the rooms": {func(dir string) error {
			return os.Symlink(outside, filepath.Join(dir, fileName))
		}, "not a regular file"},
		"with a pipe for the rooms": {func(dir string) error {
			return syscall.Mkfifo(filepath.Join(dir, fileName), 0o600)
		}, "not a regular file"},
		"with rooms of another user": {func(dir string) error {
			file := filepath.Join(dir, fileName)
			return errors.Join(os.WriteFile(file, nil, 0o600), os.Chown(file, 65534, -1))
		}, "another user"},
		"with rooms that others write": {func(dir string) error {
			file := filepath.Join(dir, fileName)
			return errors.Join(os.WriteFile(file, nil, 0o600), os.Chmod(file, 0o666))
		}, "others may write"},
		"with a link for the socket": {func(dir string) error {
			return os.Symlink(outside, filepath.Join(dir, socketName))
		}, "not a socket"},
		"with a file for the socket": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, socketName), nil, 0o600)
		}, "not a socket"},
		"with a socket of another user": {func(dir string) error {
			l, err := net.Listen("unix", filepath.Join(dir, socketName))
			if err != nil {
				return err
			}
			t.Cleanup(func() { _ = l.Close() })
			return os.Chown(filepath.Join(dir, socketName), 65534, -1)
		}, "not a socket"},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, os.WriteFile(outside, []byte(kept), 0o600))
			dir := t.TempDir()
			if err := c.prepare(dir); errors.Is(err, os.ErrPermission) {
				t.Skip("it takes root to give a file away")
			} else {
				must(t, err)
			}
			if err := enters(t, dir); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if text, err := os.ReadFile(outside); string(text) != kept {
				t.Errorf("outside: %q, %v", text, err)
			}
		})
	}
	if err := enters(t, filepath.Join(t.TempDir(), "new", "and", "deep")); err != nil {
		t.Errorf("a new directory: %v", err)
	}
	linked := filepath.Join(t.TempDir(), "linked") // as systemd's are
	must(t, os.Symlink(t.TempDir(), linked))
	if err := enters(t, linked); err != nil {
		t.Errorf("a link to a directory of our own: %v", err)
	}
}

// Writing the file follows no link.
func TestLeavingFollowsNoLink(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	must(t, os.WriteFile(outside, []byte("kept"), 0o600))
	for _, name := range []string{fileName, tempName} {
		dir := t.TempDir()
		h, l, end := start(t, dir)
		join(t, h, "Ada")
		must(t, os.Symlink(outside, filepath.Join(dir, name)))
		must(t, l.Leave())
		end()
		if text, err := os.ReadFile(outside); string(text) != "kept" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		h, _, end = start(t, dir)
		join(t, h, "Bo")
		await(t, h, "Ada", "Bo")
		end()
	}
}

// told returns a file as a server leaves it, with one more line.
func told(more string) string {
	user := func(name string) string {
		u := shared.User{ID: shared.MemberID("the-secret-key-of-" + name), Name: name, Status: shared.StatusActive, JoinedAt: 1}
		here, _ := json.Marshal(line{Room: shared.Lobby, Changes: []hub.Change{{Kind: hub.ChangeHere, Record: hub.Record{User: u, Stamp: 1}}}})
		return string(here)
	}
	return `{"node":"OLD"}` + "\n" + user("Ada") + "\n" + more + "\n" + user("Cy") + "\n" + `{"all":true}`
}

// An invalid record is dropped, and neither the others nor the server are affected.
func TestRecordsThatCannotBe(t *testing.T) {
	record := func(change func(*hub.Record)) string {
		r := hub.Record{User: shared.User{ID: shared.MemberID("x"), Name: "Bad", Status: shared.StatusActive, JoinedAt: 1}, Stamp: 1}
		change(&r)
		text, err := json.Marshal(line{Room: shared.Lobby, Changes: []hub.Change{{Kind: hub.ChangeHere, Record: r}}})
		must(t, err)
		return string(text)
	}
	bad := map[string]string{
		"no id":            record(func(r *hub.Record) { r.User.ID = "" }),
		"an id of lines":   record(func(r *hub.Record) { r.User.ID = "\n" }),
		"no name":          record(func(r *hub.Record) { r.User.Name = "" }),
		"a long name":      record(func(r *hub.Record) { r.User.Name = strings.Repeat("Bad", 1<<16) }),
		"an escape":        record(func(r *hub.Record) { r.User.Name = "\x1b[2J" }),
		"a long note":      record(func(r *hub.Record) { r.User.Note = strings.Repeat("Bad", 1<<16) }),
		"no status":        record(func(r *hub.Record) { r.User.Status = "" }),
		"another status":   record(func(r *hub.Record) { r.User.Status = "there" }),
		"before all time":  record(func(r *hub.Record) { r.User.JoinedAt = -1 }),
		"after all time":   record(func(r *hub.Record) { r.User.JoinedAt = math.MaxInt64 }),
		"the last stamp":   record(func(r *hub.Record) { r.Stamp = math.MaxUint64 }),
		"no room":          strings.Replace(record(func(*hub.Record) {}), `"lobby"`, `""`, 1),
		"another room":     strings.Replace(record(func(*hub.Record) {}), `"lobby"`, `"../lobby"`, 1),
		"an unknown kind":  `{"room":"lobby","changes":[{"Kind":99}]}`,
		"no kind":          `{"room":"lobby","changes":[{}]}`,
		"gone, no id":      `{"room":"lobby","changes":[{"Kind":2,"ID":"x","Reason":"never heard of"}]}`,
		"a large room":     `{"room":"` + strings.Repeat("a", 1000) + `","changes":[{"Kind":4}]}`,
		"another's digest": `{"room":"lobby","changes":[{"Kind":6,"Digest":{"Count":-7}}]}`,
		"null":             `null`,
	}
	for name, more := range bad {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, fileName), []byte(told(more)), 0o600))
			h, _, end := start(t, dir)
			defer end()
			join(t, h, "Bo")
			await(t, h, "Ada", "Bo", "Cy")
		})
	}
	for name, text := range map[string]string{
		"no server":      `{"all":true}`,
		"a bad server":   strings.Replace(told(""), "OLD", `\u001b[2J`, 1),
		"another shape":  strings.Replace(told(""), `"lobby"`, `7`, 1),
		"a list":         `[]`,
		"a larger kind":  told(`{"room":"lobby","changes":[{"Kind":1e99}]}`),
		"a number twice": "7 7",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, fileName), []byte(text), 0o600))
			h, _, end := start(t, dir)
			defer end()
			join(t, h, "Bo")
			await(t, h, "Bo")
		})
	}
}

// The same over the socket, from a server that may be newer.
func TestAServerThatSaysWhatCannotBe(t *testing.T) {
	dir := t.TempDir()
	h, _, end := start(t, dir)
	defer end()
	join(t, h, "Bo")
	conn, err := net.Dial("unix", filepath.Join(dir, socketName))
	must(t, err)
	defer conn.Close()
	_, err = fmt.Fprintln(conn, told(`{"room":"lobby","changes":[{"Kind":1,"Record":{"User":{"id":"x","name":"\u001b[2J","status":"there"}}}]}`))
	must(t, err)
	await(t, h, "Ada", "Bo", "Cy")
}

// A file with a time in the future is removed and ignored.
func TestAFileOfTheFuture(t *testing.T) {
	for _, ahead := range []time.Duration{time.Hour, 30 * time.Second} {
		dir := t.TempDir()
		file := filepath.Join(dir, fileName)
		must(t, os.WriteFile(file, []byte(told("")), 0o600))
		then := time.Now().Add(ahead)
		must(t, os.Chtimes(file, then, then))
		h, _, end := start(t, dir)
		join(t, h, "Bo")
		await(t, h, "Bo")
		end()
		if _, err := os.Lstat(file); err == nil {
			t.Errorf("%v ahead: it is kept", ahead)
		}
	}
}

// scarce is a listener that fails for a while, as if the process had too many open files.
type scarce struct {
	fails  int
	closed chan struct{}
	conn   net.Conn
}

func (s *scarce) Accept() (net.Conn, error) {
	if s.fails > 0 {
		s.fails--
		return nil, &net.OpError{Op: "accept", Net: "unix", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	if c := s.conn; c != nil {
		s.conn = nil
		return c, nil
	}
	<-s.closed
	return nil, net.ErrClosed
}

func (s *scarce) Close() error   { close(s.closed); return nil }
func (s *scarce) Addr() net.Addr { return &net.UnixAddr{} }

// After failed accepts, connections are accepted again.
func TestAcceptingGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		l := New("", slog.New(slog.DiscardHandler))
		h := hub.New(hub.Config{Mesh: l.Mesh()})
		l.hub = h
		s := &scarce{fails: 20, closed: make(chan struct{}), conn: far}
		l.listener = s
		began := time.Now()
		l.running.Go(func() { l.accept(s) })
		var hello line
		if err := json.NewDecoder(near).Decode(&hello); err != nil || hello.Node != l.node {
			t.Errorf("%+v, %v", hello, err)
		}
		if took := time.Since(began); took < time.Second || took > 20*maxPause {
			t.Errorf("after %v", took)
		}
		_ = near.Close()
		h.Close()
		l.Close()
	})
}
