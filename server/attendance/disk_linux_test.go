package attendance

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// onSmallDisk, in the environment, is a directory in which the test mounts a small disk.
const onSmallDisk = "TEST_ON_SMALL_DISK"

// noDisk is the exit code of a test that may mount no disk.
const noDisk = 77

// What happened while the disk was full is there when it has space again. The disk is one of
// a process of its own, which may mount it though its user may not.
func TestADiskThatIsFull(t *testing.T) {
	if dir := os.Getenv(onSmallDisk); dir != "" {
		err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m")
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
			os.Exit(noDisk)
		}
		check(t, err)
		fill(t, dir)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestADiskThatIsFull$")
	cmd.Env = append(os.Environ(), onSmallDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	switch out, err := cmd.CombinedOutput(); {
	case errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == noDisk:
		t.Log("no disk was filled: this machine lets no test mount one. TestAFullDisk of package store bounds the file instead")
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
}

// log is a log that may be read while it is written.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) says(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}

func fill(t *testing.T, dir string) {
	s := open(t, filepath.Join(dir, "rollcall.db"))
	said := new(log)
	n, begin := start(t, s, Config{Log: slog.New(slog.NewTextHandler(said, nil))}), time.Now()
	n.enter("lobby", "Ada")
	await(t, "Ada is written", func() bool { return len(stays(t, s, "lobby", begin)) == 1 })
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 4<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	const guests = 2000
	for i := range guests {
		leave(n, "lobby", fmt.Sprint("Guest-", i))
	}
	await(t, "an attempt has failed", func() bool { return said.says("takes nothing at the moment") })
	check(t, os.Remove(filler))
	await(t, "all is written", func() bool { return len(stays(t, s, "lobby", begin)) == guests+1 })
	want(t, "gaps", gaps(t, s, begin), []string(nil))
	n.stop()
	check(t, s.Close())
}
