package main

import (
	"fmt"
	"net"
	"os/exec"
	"time"

	"rollcall/shared"
)

// server is the program under test, on every interface: a part of those who
// use it sit in a network of their own.
type server struct {
	program string
	args    []string // beside where to listen
	port    int
	cmd     *exec.Cmd
}

func startServer(program string, args ...string) (*server, error) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		return nil, err
	}
	s := &server{program: program, args: args, port: l.Addr().(*net.TCPAddr).Port}
	l.Close()
	return s, s.start()
}

// start starts the program on the same port as before and returns when it
// accepts connections.
func (s *server) start() error {
	s.cmd = exec.Command(s.program, append([]string{"serve", "-addr", fmt.Sprintf(":%d", s.port)}, s.args...)...)
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if c, err := net.Dial("tcp", s.addr(loopback)); err == nil {
			return c.Close()
		}
	}
	s.kill()
	return fmt.Errorf("the server accepts nothing")
}

// kill ends it as kill -9 does.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may have ended already
	_ = s.cmd.Wait()
}

const loopback = "127.0.0.1"

func (s *server) addr(host string) string { return fmt.Sprintf("%s:%d", host, s.port) }
func (s *server) socketURL(host string) string {
	return "ws://" + s.addr(host) + shared.SocketPath("/")
}
