package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// process is a program that was started.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// start starts a program and returns what it announces in its first line.
func start(env []string, args ...string) (*process, string, error) {
	p := &process{cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	if *verbose {
		p.cmd.Stderr = os.Stderr
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, "", err
	}
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		_ = p.cmd.Wait() // how it ended is not asked
		close(p.ended)
	}()
	if err != nil {
		return nil, "", fmt.Errorf("%s ended before it was ready", strings.Join(args, " "))
	}
	return p, strings.TrimSpace(line), nil
}

func (p *process) signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// kill ends the process, if it has not ended.
func (p *process) kill() {
	if p != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// asNATS in the environment makes this program a NATS server: the ports for
// clients and for other servers, then the addresses of those.
const asNATS = "ROLLCALL_FAULTS_NATS"

func startNATS(clients, routes int, join []string) (*process, error) {
	settings := fmt.Sprintf("%d %d %s", clients, routes, strings.Join(join, " "))
	p, _, err := start([]string{asNATS + "=" + settings}, os.Args[0])
	return p, err
}

func serveNATS() {
	settings := strings.Fields(os.Getenv(asNATS))
	clients, _ := strconv.Atoi(settings[0])
	routes, _ := strconv.Atoi(settings[1])
	options := &server.Options{
		ServerName: "nats-" + settings[0], Host: "127.0.0.1", Port: clients, NoSigs: true, NoLog: true,
		PingInterval: 2 * time.Second, MaxPingsOut: 2,
		Cluster: server.ClusterOpts{
			Name: "faults", Host: "127.0.0.1", Port: routes, PoolSize: -1, NoAdvertise: true,
			PingInterval: 2 * time.Second, MaxPingsOut: 2,
			// Servers tell each other of the rest, who then connect past the ways
			// that are to be cut. Nobody listens where this one says it does.
			Advertise: "127.0.0.1:1",
		},
	}
	for _, address := range settings[2:] {
		options.Routes = append(options.Routes, &url.URL{Scheme: "nats-route", Host: address})
	}
	srv, err := server.NewServer(options)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		os.Exit(1)
	}
	fmt.Println("ready")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
}

// freePort is one that nobody listens on now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
