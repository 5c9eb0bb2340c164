package engines

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync"
)

// program is a program to start, with a home directory of its own.
type program struct {
	names       []string // the first one that exists is started
	arguments   func(home string) []string
	environment func(home string) []string // added to ours; may be nil
	ready       *regexp.Regexp             // matches the line that reports that the program is ready
}

// process is a running program.
type process struct {
	cmd  *exec.Cmd
	home string
	out  *io.PipeReader // its output, which must be read to the end
	end  chan struct{}  // closed when it has ended
	once sync.Once      // for stop
}

func start(p program) (*process, error) {
	path, err := findProgram(p.names)
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "rollcall-engine-")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, p.arguments(home)...)
	cmd.Env = append(os.Environ(), "HOME="+home)
	if p.environment != nil {
		cmd.Env = append(cmd.Env, p.environment(home)...)
	}
	groupProcesses(cmd)
	started := &process{cmd: cmd, home: home, end: make(chan struct{})}
	if p.ready != nil {
		out, in := io.Pipe()
		started.out, cmd.Stdout, cmd.Stderr = out, in, in
	}
	if err := cmd.Start(); err != nil {
		_ = os.RemoveAll(home)
		return nil, err
	}
	go func() {
		_ = cmd.Wait()
		if in, ok := cmd.Stdout.(*io.PipeWriter); ok {
			_ = in.Close()
		}
		close(started.end)
	}()
	return started, nil
}

// launch starts a program and waits until it is ready. It returns the first group of
// what p.ready matched.
func launch(ctx context.Context, p program) (*process, string, error) {
	started, err := start(p)
	if err != nil {
		return nil, "", err
	}
	said := make(chan string, 1)
	go scanOutput(started.out, p.ready, said)
	select {
	case what, ok := <-said:
		if ok {
			return started, what, nil
		}
		err = errors.New("it ended")
	case <-ctx.Done():
		err = ctx.Err()
	}
	started.stop()
	return nil, "", fmt.Errorf("%s does not start: %w", started.cmd.Path, err)
}

// scanOutput sends the first group of what ready matches to said, and reads to the end,
// so that the writer is never blocked.
func scanOutput(r io.Reader, says *regexp.Regexp, said chan<- string) {
	defer close(said)
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if found := says.FindStringSubmatch(line); found != nil {
			said <- found[1]
			_, _ = io.Copy(io.Discard, lines)
			return
		}
		if err != nil {
			return
		}
	}
}

// stop kills the process and its children and removes its home.
func (p *process) stop() {
	p.once.Do(func() {
		killGroup(p.cmd)
		<-p.end
		_ = os.RemoveAll(p.home) // fails if a dying child writes there once more
	})
}

func findProgram(names []string) (string, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no %s: make browsers installs it, or says how", names[0])
}
