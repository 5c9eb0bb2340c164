package abuse

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"rollcall/bench/process"
	"rollcall/shared/api"
)

// target is a server with its default limits, which apply to this machine's addresses too.
type target struct {
	*process.Process
	admin   string   // the address of its metrics
	key     string   // for its API
	hosts   []string // for its API, to moderate
	failure error
}

// start starts a server.
func start(binary string) (*target, error) {
	addr, err := process.FreeAddr()
	if err != nil {
		return nil, err
	}
	admin, err := process.FreeAddr()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "abuse")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // the server keeps what it has read
	keys := filepath.Join(dir, "keys")
	key, err := exec.Command(binary, "key", "-name", "attacker", "-file", keys).Output()
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	hosts, err := addHosts(keys)
	if err != nil {
		return nil, err
	}
	p, err := process.Start("", addr, binary, "serve", "-addr", addr.String(), "-admin", admin.String(), "-exempt", "192.0.2.0/24",
		"-log-level", "error", "-api-keys-file", keys)
	return &target{Process: p, admin: "http://" + admin.String() + "/metrics", key: strings.TrimSpace(string(key)), hosts: hosts}, err
}

// addHosts adds keys to a file that may moderate, as 'rollcall key' does, and returns them.
func addHosts(file string) (hosts []string, err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	for i := range 20 {
		key := api.KeyPrefix + rand.Text()
		hosts = append(hosts, key)
		_, err = fmt.Fprintf(f, "host-%d moderate %x\n", i, sha256.Sum256([]byte(key)))
	}
	return hosts, errors.Join(err, f.Close())
}

func (t *target) stop() {
	t.Stop()
	if said := t.Output(); strings.Contains(said, "ERROR") || strings.Contains(said, "panic") {
		fmt.Fprintln(os.Stderr, said)
	}
}

// state is the number of goroutines of a server, and the memory held for it in bytes: by
// itself, and by the kernel for all TCP connections of this machine, of which the
// attacker's ends keep as little as possible.
type state struct{ goroutines, resident, kernel int }

// state returns the present state. An error becomes the failure of the target.
func (t *target) state() state {
	s, err := t.memory()
	if err == nil {
		s.goroutines, err = t.goroutines()
	}
	if err != nil {
		t.failure = err
	}
	return s
}

// memory returns the state without the goroutines, for which the server must be asked.
func (t *target) memory() (s state, err error) {
	resident, _, err := t.Memory()
	if err != nil {
		return s, err
	}
	s.resident = int(resident)
	sockstat, err := os.ReadFile("/proc/net/sockstat")
	if err != nil {
		return s, err
	}
	_, tcp, _ := strings.Cut(string(sockstat), "TCP: inuse ")
	var inUse, orphans, waiting, allocated int
	if _, err := fmt.Sscanf(tcp, "%d orphan %d tw %d alloc %d mem %d", &inUse, &orphans, &waiting, &allocated, &s.kernel); err != nil {
		return s, fmt.Errorf("/proc/net/sockstat: %w", err)
	}
	s.kernel *= os.Getpagesize()
	return s, nil
}

// goroutines asks the server's metrics.
func (t *target) goroutines() (n int, err error) {
	res, err := http.Get(t.admin)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	_, value, _ := strings.Cut(string(text), "\ngo_goroutines ")
	if _, err := fmt.Sscan(value, &n); err != nil {
		return 0, fmt.Errorf("go_goroutines in the metrics: %w", err)
	}
	return n, nil
}

// most samples the memory until over is closed, and then sends the most that was held.
func (t *target) most(over <-chan struct{}) <-chan state {
	result := make(chan state, 1)
	go func() {
		var most state
		for {
			if s, err := t.memory(); err == nil { // else the server is gone, which others notice
				most = state{0, max(most.resident, s.resident), max(most.kernel, s.kernel)}
			}
			select {
			case <-over:
				result <- most
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return result
}

// rest waits until the server has hardly more goroutines than before, for 30 s at most.
func (t *target) rest(goroutines int) state {
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Second) {
		s := t.state()
		if t.failure != nil || s.goroutines <= goroutines+20 || time.Now().After(end) {
			return s
		}
	}
}

// cpu returns the processor time of the server in seconds, 0 if it is gone.
func (t *target) cpu() float64 {
	worked, _ := t.CPU()
	return worked.Seconds()
}
