//go:build deploy

package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/shared/client"
)

// manager is a systemd of its own, in namespaces of its own, which knows no units but
// those of the example and what they refer to.
type manager struct {
	addr string // of the socket
	pid  int    // of systemd, as this machine sees it
}

// stubs are the units that those of the example refer to.
var stubs = []string{"sysinit", "basic", "sockets", "shutdown", "network-online", "multi-user", "umount"}

// beginning is what systemd's process does first, in its namespaces.
const beginning = `mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /opt && cp "$1" "$2"/rollcall.toml /opt/ && chmod 755 /opt/rollcall || exit 1
container=other SYSTEMD_UNIT_PATH="$2" exec /lib/systemd/systemd --system --unit=boot.target`

// startManager starts systemd with the units of the documents, in which only paths and
// the port are replaced.
func startManager(t *testing.T) *manager {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("to start systemd takes root")
	}
	m := &manager{addr: freePort(t)}
	dir := t.TempDir()
	replace := strings.NewReplacer("/usr/local/bin/rollcall", "/opt/rollcall", "/etc/rollcall.toml", "/opt/rollcall.toml", "127.0.0.1:8000", m.addr, "127.0.0.1:9100", freePort(t))
	for _, name := range []string{"rollcall.socket", "rollcall.service", "rollcall.toml"} {
		text, err := os.ReadFile(filepath.Join("../../../docs/deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, name), replace.Replace(string(text)))
	}
	for _, name := range stubs {
		put(t, filepath.Join(dir, name+".target"), "[Unit]\nDefaultDependencies=no\n")
	}
	put(t, filepath.Join(dir, "boot.target"), "[Unit]\nDefaultDependencies=no\nWants=rollcall.socket rollcall.service\n")
	cmd := exec.Command("unshare", "--kill-child", "--fork", "--pid", "--mount", "--mount-proc", "--cgroup", "--uts", "--ipc",
		"sh", "-c", beginning, "sh", os.Getenv("ROLLCALL_BIN"), dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // and with it, all that systemd has started
		_ = cmd.Wait()
	})
	await(t, "systemd runs", func() bool {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", cmd.Process.Pid))
		_, err := fmt.Sscan(string(children), &m.pid)
		return err == nil && m.ctl("is-active", "boot.target") == nil
	})
	return m
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ctl has systemd do something.
func (m *manager) ctl(args ...string) error {
	cmd := exec.Command("nsenter", append([]string{"-t", fmt.Sprint(m.pid), "-m", "-p", "systemctl"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.New(strings.TrimSpace(string(out)) + ": " + err.Error())
	}
	return nil
}

// The units of the documents, under a real systemd: the program runs without rights;
// a restart refuses nobody and shows nobody leaving; after kill -9 it is there again.
func TestUnderSystemd(t *testing.T) {
	m := startManager(t)
	url := "http://" + m.addr + "/rollcall"
	if status, _ := (running{url: url}).get(t, "/r/standup"); status != http.StatusOK {
		t.Fatalf("the page: %d", status)
	}
	m.checkRights(t)
	c, err := client.Open("ws://"+m.addr+"/rollcall/ws", client.Options{Room: "standup", Name: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := &witness{c: c}
	go w.watch()
	await(t, "Ada is there", func() bool { _, n, _ := w.at(); return n == 1 })
	other, err := client.Open("ws://"+m.addr+"/rollcall/ws", client.Options{Room: "standup", Name: "Grace"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	await(t, "Grace too", func() bool { _, n, _ := w.at(); return n == 2 })
	before, _, _ := w.at()

	restarted := make(chan error, 1)
	go func() { restarted <- m.ctl("restart", "rollcall.service") }()
	for over := false; !over; time.Sleep(10 * time.Millisecond) { // visits, all the while
		select {
		case err := <-restarted:
			if err != nil {
				t.Fatal(err)
			}
			over = true
		default:
			(running{url: url}).get(t, "/healthz") // which fails the test if it is refused
		}
	}
	await(t, "both are on the next", func() bool { epoch, n, _ := w.at(); return epoch != before && n == 2 })
	if _, _, lost := w.at(); len(lost) > 0 {
		t.Errorf("a restart was seen: %v", lost)
	}

	killed := m.process(t)
	if err := m.ctl("kill", "-s", "KILL", "rollcall.service"); err != nil {
		t.Fatal(err)
	}
	await(t, "after kill -9 it is there again", func() bool { p := m.process(t); return p != killed && p != "0" })
	if status, _ := (running{url: url}).get(t, "/healthz"); status != http.StatusOK {
		t.Errorf("after kill -9: %d", status)
	}
}

// process is the number of the one that serves, as systemd sees it; "0" if there is none.
func (m *manager) process(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("nsenter", "-t", fmt.Sprint(m.pid), "-m", "-p", "systemctl", "show", "-p", "MainPID", "--value", "rollcall.service").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// checkRights looks at the process that serves: a user of its own, and no way to more.
func (m *manager) checkRights(t *testing.T) {
	t.Helper()
	out, err := exec.Command("nsenter", "-t", fmt.Sprint(m.pid), "-m", "-p", "sh", "-c",
		"cat /proc/"+m.process(t)+"/status").Output()
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(line, ":")
		status[name] = strings.TrimSpace(value)
	}
	for name, want := range map[string]string{"CapEff": "0000000000000000", "CapBnd": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2"} {
		if status[name] != want {
			t.Errorf("%s of the process is %s, want %s", name, status[name], want)
		}
	}
	if strings.HasPrefix(status["Uid"], "0\t") || status["Uid"] == "" {
		t.Errorf("it runs as %s", status["Uid"])
	}
}
