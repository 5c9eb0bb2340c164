//go:build unix

// Package storetest gives tests of other packages databases: files for SQLite, and
// PostgreSQL from the programs that are installed on this machine.
//
// PostgreSQL runs in a temporary directory, listens on a socket in there, and ends with the
// tests, however they end. Tests fail where its programs are missing.
package storetest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// startWithin bounds how long PostgreSQL may take to start or stop on a busy machine.
const startWithin = time.Minute

// shared is the server that the tests of a package have in common.
var shared struct {
	sync.Mutex
	*Server
}

// databases counts the databases that were made.
var databases atomic.Int64

// Each runs a test with an empty database of each kind, given its address.
func Each(t *testing.T, test func(t *testing.T, address string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, File(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// File returns the name of a file that does not exist yet.
func File(t testing.TB) string { return filepath.Join(t.TempDir(), "rollcall.db") }

// Postgres returns the address of an empty PostgreSQL database on a server that the tests of
// a package have in common. The package's TestMain must call Stop at the end.
func Postgres(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.Server == nil {
		shared.Server = start(t)
	}
	return shared.Database(t)
}

// Stop ends the server of Postgres, if one was started.
func Stop() {
	shared.Lock()
	defer shared.Unlock()
	if shared.Server != nil {
		shared.end()
		shared.Server = nil
	}
}

// Server is a PostgreSQL server.
type Server struct {
	dir     string
	bin     string
	as      *syscall.SysProcAttr
	running *exec.Cmd
	alive   io.WriteCloser // the server ends when this is closed
}

// Start starts a server for one test, which ends with it.
func Start(t testing.TB) *Server {
	t.Helper()
	s := start(t)
	t.Cleanup(s.end)
	return s
}

func start(t testing.TB) *Server {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{bin: bin, as: &syscall.SysProcAttr{}}
	if s.dir, err = os.MkdirTemp("/tmp", "rollcall-postgres-"); err != nil { // the path of a socket must be short
		t.Fatal(err)
	}
	if err := s.unprivileged(); err != nil {
		t.Fatal(err)
	}
	s.run(t, "initdb", "--pgdata="+s.data(), "--username=rollcall", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	s.Resume(t)
	return s
}

// Program returns the path of one of PostgreSQL's programs.
func Program(t testing.TB, name string) string {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(bin, name)
}

// programs returns the directory of PostgreSQL's programs.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path) // the other programs are beside it
		return filepath.Dir(path), err
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // where Debian has them
	if len(found) == 0 {
		return "", errors.New("these tests need PostgreSQL: on Debian, apt-get install postgresql, or as root make postgresql")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged has the server run as another user if this one is root, as which PostgreSQL
// does not run.
func (s *Server) unprivileged() error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	s.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.dir, uid, gid)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// run runs one of PostgreSQL's programs.
func (s *Server) run(t testing.TB, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir, cmd.SysProcAttr = s.dir, s.as
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// supervisor starts the server and ends it when nobody holds the other end of its input any
// more. If nothing was written there, as when the tests were killed, it removes the directory.
// Its arguments are the directory and the command of the server.
const supervisor = `dir=$1; shift; "$@" </dev/null & child=$!; said=$(cat); kill -QUIT $child; wait $child; [ "$said" ] || rm -rf "$dir"`

// Resume starts the server again after Halt.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s.running = exec.Command("sh", "-c", supervisor, "sh", s.dir, filepath.Join(s.bin, "postgres"),
		"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=40")
	s.running.Dir, s.running.SysProcAttr = s.dir, s.as
	s.running.Stdout, s.running.Stderr = log, log
	if s.alive, err = s.running.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.running.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(startWithin); !s.ready(); time.Sleep(20 * time.Millisecond) { // between looks
		if time.Now().After(end) {
			s.Halt()
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("PostgreSQL does not start:\n%s", text)
		}
	}
}

func (s *Server) ready() bool {
	cmd := exec.Command(filepath.Join(s.bin, "pg_isready"), "--quiet", "--host="+s.dir, "--username=rollcall")
	return cmd.Run() == nil
}

// Halt ends the server as if it had crashed. Its databases stay.
func (s *Server) Halt() {
	_, _ = io.WriteString(s.alive, "stay") // the directory does
	_ = s.alive.Close()
	_ = s.running.Wait()
}

// end ends the server for good.
func (s *Server) end() {
	s.Halt()
	_ = os.RemoveAll(s.dir)
}

// Database makes an empty database and returns its address.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := "test" + strconv.FormatInt(databases.Add(1), 10)
	s.run(t, "createdb", "--host="+s.dir, "--username=rollcall", name)
	return fmt.Sprintf("postgres://rollcall@/%s?host=%s", name, strings.ReplaceAll(s.dir, "/", "%2F"))
}
