// Package process starts and ends the servers under test, and measures what they take of
// the machine.
package process

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// startWithin bounds how long a server takes until it accepts connections.
const startWithin = 20 * time.Second

// Process is a server in a process of its own.
type Process struct {
	Addr   netip.AddrPort // where it accepts connections
	cmd    *exec.Cmd
	output *tail
	ended  chan struct{}
}

// Start runs a command in a directory, "" for the current one, and returns when it
// accepts connections at the address.
func Start(dir string, addr netip.AddrPort, command ...string) (*Process, error) {
	p := &Process{Addr: addr, cmd: &exec.Cmd{Dir: dir, Args: command}}
	return p, p.Restart()
}

// Restart runs the command again after its end.
func (p *Process) Restart() error {
	dir, args := p.cmd.Dir, p.cmd.Args
	p.output, p.ended = new(tail), make(chan struct{})
	p.cmd = exec.Command(args[0], args[1:]...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.output, p.output
	if err := p.cmd.Start(); err != nil {
		close(p.ended)
		return err
	}
	cmd, ended := p.cmd, p.ended
	go func() {
		_ = cmd.Wait() // its output tells why it ended
		close(ended)
	}()
	if err := p.answers(); err != nil {
		p.Stop()
		return fmt.Errorf("%s: %w: %s", args[0], err, p.output)
	}
	return nil
}

// answers waits until the server accepts a connection.
func (p *Process) answers() error {
	for deadline := time.Now().Add(startWithin); time.Now().Before(deadline); {
		c, err := net.DialTimeout("tcp", p.Addr.String(), time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-p.ended:
			return errors.New("ended at once")
		case <-time.After(5 * time.Millisecond):
		}
	}
	return fmt.Errorf("accepts nothing within %v", startWithin)
}

// FreeAddr returns an address of the loopback interface on which nobody listens.
func FreeAddr() (netip.AddrPort, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort(), nil
}

// Signal sends a signal to the process.
func (p *Process) Signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// Stop kills the process, as kill -9 does, and returns when it has ended.
func (p *Process) Stop() {
	if p.cmd.Process != nil {
		_ = p.cmd.Process.Kill() // it may have ended already
	}
	<-p.ended
}

// Terminate sends SIGTERM, and returns when the process has ended.
func (p *Process) Terminate() error {
	err := p.Signal(syscall.SIGTERM)
	if err == nil {
		<-p.ended
	}
	return err
}

// Output returns the end of what the process has written.
func (p *Process) Output() string { return p.output.String() }

// tail is a Writer that keeps the last tailBytes.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 16 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-tailBytes):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// CPU returns the processor time of the server so far, user and system.
func (p *Process) CPU() (time.Duration, error) {
	// The clock of a process's time has the complement of its id and CPUCLOCK_SCHED
	// as its number, see clock_getcpuclockid(3).
	const schedClock = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|schedClock), &t); err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return time.Duration(t.Nano()), nil
}

// Memory returns what the server has resident, and the most that it has had, in bytes.
func (p *Process) Memory() (now, peak int64, err error) {
	path := fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid)
	status, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, err
	}
	for name, size := range map[string]*int64{"\nVmRSS:": &now, "\nVmHWM:": &peak} {
		_, value, _ := strings.Cut(string(status), name)
		if _, err := fmt.Sscanf(value, "%d kB", size); err != nil {
			return 0, 0, fmt.Errorf("%s: %q: %w", path, name, err)
		}
		*size <<= 10
	}
	return now, peak, nil
}
