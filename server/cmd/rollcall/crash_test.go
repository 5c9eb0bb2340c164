//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// pipe is one whose end to write may be another process's, and may be full.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(); _ = w.Close() })
	return r, w
}

// fill writes to a pipe until it is full. The process at it must not write meanwhile.
func fill(t *testing.T, w *os.File) {
	t.Helper()
	fd := int(w.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for size := 4096; size > 0; {
		if _, err := syscall.Write(fd, make([]byte, size)); err == syscall.EAGAIN {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
}

// startWith is startProcess with a standard error of the test's.
func startWith(t *testing.T, stderr *os.File, args ...string) (cmd *exec.Cmd, r running) {
	t.Helper()
	cmd = exec.Command(os.Args[0], append([]string{"serve", "-addr", "localhost:0"}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, running{url: announced(t, stdout)}
}

// ends waits for a process that is about to end, and returns its exit code.
func ends(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	late := time.AfterFunc(within, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

// comes connects as soon as its address has room for it, and joins.
func (r running) comes(t *testing.T) (ws *websocket.Conn) {
	t.Helper()
	await(t, "there is a place for one more", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		var err error
		ws, _, err = websocket.Dial(ctx, r.url+"/ws?room=standup", nil)
		return err == nil
	})
	t.Cleanup(func() { _ = ws.CloseNow() })
	if err := ws.Write(t.Context(), websocket.MessageText, shared.Encode(shared.GotANewUser{Name: "Ada"})); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, ws); err != nil {
		t.Fatal(err)
	}
	return ws
}

// Who logs is not ended by the end of who reads, nor held by one that is stuck: people
// come and go meanwhile, in the two places that they have, and the program can be stopped.
func TestWhoeverReadsTheLog(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, r, w *os.File){
		"has ended": func(_ *testing.T, r, _ *os.File) { _ = r.Close() },
		"is stuck":  func(t *testing.T, _, w *os.File) { fill(t, w) },
	} {
		t.Run(name, func(t *testing.T) {
			r, w := pipe(t)
			cmd, server := startWith(t, w, "-exempt", "192.0.2.0/24", "-max-address-connections", "2")
			ws := server.comes(t)
			end(t, r, w)
			for range 5 {
				_ = ws.Close(websocket.StatusNormalClosure, "") // which is a line of the log
				ws = server.comes(t)
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if got, err := read(t, ws); err != nil || !strings.Contains(got, `"code":"stopping"`) {
				t.Errorf("%s, %v", got, err)
			}
			_, _ = read(t, ws) // answers the close
			if code := ends(t, cmd); code != exitOK {
				t.Errorf("it ended with %d", code)
			}
		})
	}
}

// A reader that comes back is given what was written meanwhile.
func TestAReaderOfTheLogThatComesBack(t *testing.T) {
	r, w := pipe(t)
	cmd, server := startWith(t, w)
	fill(t, w)
	for range 3 {
		ws := server.join(t, "standup", "Ada")
		if _, err := read(t, ws); err != nil {
			t.Fatal(err)
		}
		_ = ws.Close(websocket.StatusNormalClosure, "")
	}
	_ = w.Close() // so that the process has the only one
	text := make(chan string, 1)
	go func() {
		all, _ := io.ReadAll(r)
		text <- string(all)
	}()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := ends(t, cmd); code != exitOK {
		t.Errorf("it ended with %d", code)
	}
	if got := <-text; strings.Count(got, `msg="session ended"`) != 3 {
		t.Errorf("%q", strings.Trim(got, "\x00"))
	}
}

// The reason why a program does not start reaches the log before it ends, and nobody is
// waited for who does not read it.
func TestTheLastWord(t *testing.T) {
	r, w := pipe(t)
	run := func() int {
		cmd := exec.Command(os.Args[0], "serve", "-nope")
		cmd.Env = append(os.Environ(), asProgram+"=1")
		cmd.Stderr = w
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return ends(t, cmd)
	}
	line := make([]byte, 1000)
	code := run()
	n, err := r.Read(line)
	if want := "rollcall: unknown flag --nope"; code != exitUsage || err != nil || !strings.HasPrefix(string(line[:n]), want) {
		t.Errorf("%d, %q, %v", code, line[:n], err)
	}
	fill(t, w)
	if code := run(); code != exitUsage {
		t.Errorf("nobody reads: %d", code)
	}
}

// After a crash the program is started again; for settings that make no sense it is not.
func TestACrashIsNoWrongSetting(t *testing.T) {
	_, w := pipe(t)
	cmd, _ := startWith(t, w)
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil { // Go's way to have it crash
		t.Fatal(err)
	}
	crashed := ends(t, cmd)
	unit, err := os.ReadFile(filepath.Join("../../../docs/deploy", "rollcall.service"))
	if err != nil {
		t.Fatal(err)
	}
	var final []string
	for line := range strings.Lines(string(unit)) {
		if codes, ok := strings.CutPrefix(line, "RestartPreventExitStatus="); ok {
			final = strings.Fields(codes)
		}
	}
	if len(final) != 1 || final[0] != strconv.Itoa(exitUsage) {
		t.Errorf("the unit does not start again after %q, want %d", final, exitUsage)
	}
	for _, code := range []int{exitOK, exitFailure, exitUsage} {
		if crashed == code {
			t.Errorf("a crash ends it with %d, which has another meaning", code)
		}
	}
}
