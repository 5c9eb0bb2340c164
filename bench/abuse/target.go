package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// target is a server with its default limits, which count for this machine too.
type target struct {
	addr  string // host:port
	admin string // the address of its metrics
	cmd   *exec.Cmd
}

var announced = regexp.MustCompile(`http://(?:localhost|127\.0\.0\.1):(\d+)`)

func start(binary string) (*target, error) {
	t := &target{cmd: exec.Command(binary, "serve", "-addr", "127.0.0.1:0", "-admin", "127.0.0.1:0", "-exempt", "192.0.2.0/24", "-log-level", "error")}
	t.cmd.Stderr = os.Stderr
	out, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for t.addr == "" || t.admin == "" {
		if !lines.Scan() {
			return nil, errors.Join(errors.New("the server did not say where it is"), t.cmd.Wait())
		}
		if port := announced.FindStringSubmatch(lines.Text()); port != nil && t.addr == "" {
			t.addr = "127.0.0.1:" + port[1]
		} else if port != nil {
			t.admin = "http://127.0.0.1:" + port[1] + "/metrics"
		}
	}
	return t, nil
}

func (t *target) stop() {
	_ = t.cmd.Process.Signal(syscall.SIGKILL)
	_ = t.cmd.Wait()
}

// rest waits until the server has no more goroutines than before, and a few, for
// 30 s at most, and returns how many it has and how many bytes are resident. With
// before 0 it waits for nothing.
func (t *target) rest(before int) (goroutines, memory int, err error) {
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Second) {
		m, err := t.metrics()
		if err != nil {
			return 0, 0, err
		}
		goroutines, memory = int(m["go_goroutines"]), int(m["process_resident_memory_bytes"])
		if before == 0 || goroutines <= before+20 || time.Now().After(end) {
			return goroutines, memory, nil
		}
	}
}

func (t *target) metrics() (map[string]float64, error) {
	res, err := http.Get(t.admin)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	values := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			values[name] = v
		}
	}
	if values["go_goroutines"] == 0 {
		return nil, fmt.Errorf("%s has no go_goroutines", t.admin)
	}
	return values, nil
}
