package subject

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// startWithin bounds how long a server takes until it accepts connections.
const startWithin = 20 * time.Second

// Process is a running server.
type Process struct {
	Addr   netip.AddrPort
	cmd    *exec.Cmd
	output *bytes.Buffer
	ended  chan struct{}
}

// start runs a command that serves at the address it is told, and returns when
// it does.
func start(dir string, command func(addr string) []string) (*Process, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	args := command(addr.String())
	p := &Process{Addr: addr, cmd: exec.Command(args[0], args[1:]...), output: new(bytes.Buffer), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.output, p.output
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is told where somebody asks
		close(p.ended)
	}()
	if err := p.answers(); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s: %w: %s", args[0], err, p.output)
	}
	return p, nil
}

func freeAddr() (netip.AddrPort, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort(), nil
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
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("accepts nothing within %v", startWithin)
}

// Courtesy is the niceness of what gives way to what is measured on the same machine.
const Courtesy = 10

// GiveWay has the server's threads, and those they start, run after all else that wants
// to: for a browser that is measured beside a server that is none of its machine's.
func (p *Process) GiveWay() error {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.cmd.Process.Pid))
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.Setpriority(unix.PRIO_PROCESS, id, Courtesy); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}

// Stop ends the server without ado.
func (p *Process) Stop() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.ended
}

// CPU returns the time that the server has had on a processor, in user and
// system mode.
func (p *Process) CPU() (time.Duration, error) {
	return cpuTime(int32(^p.cmd.Process.Pid<<3 | schedClock))
}

// OwnCPU is CPU for the calling program.
func OwnCPU() (time.Duration, error) { return cpuTime(unix.CLOCK_PROCESS_CPUTIME_ID) }

// schedClock, behind the complement of a process's id, makes the number of the
// clock that its time on a processor is measured by, see clock_getcpuclockid(3).
const schedClock = 2

func cpuTime(clock int32) (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return time.Duration(t.Nano()), nil
}

// Memory is what a process has resident, in bytes.
type Memory struct {
	Now  int64
	Peak int64
}

// Memory returns what the server has resident.
func (p *Process) Memory() (Memory, error) {
	path := fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid)
	status, err := os.ReadFile(path)
	if err != nil {
		return Memory{}, err
	}
	var m Memory
	for line := range strings.Lines(string(status)) {
		var n int64
		name, value, _ := strings.Cut(line, ":")
		if name != "VmRSS" && name != "VmHWM" {
			continue
		}
		if _, err := fmt.Sscanf(value, "%d kB", &n); err != nil {
			return Memory{}, fmt.Errorf("%s: %q: %w", path, line, err)
		}
		if name == "VmRSS" {
			m.Now = n << 10
		} else {
			m.Peak = n << 10
		}
	}
	return m, nil
}
