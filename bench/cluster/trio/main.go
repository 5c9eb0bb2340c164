// Trio starts three nodes on this machine, and a small balancer before them,
// and opens a page of each. Run it through make cluster.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var rollcall = flag.String("rollcall", "../bin/rollcall", "the program")

// The ports: of the balancer, then of each node for people, other nodes and the operator.
const (
	balancer = 8000
	pages    = 8001
	inner    = 6222
	admin    = 9101
	nodes    = 3
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "trio:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "rollcall-trio")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(rand.Text()), 0o600); err != nil {
		return err
	}
	var running sync.WaitGroup
	defer running.Wait()
	for i := range nodes {
		cmd := exec.CommandContext(ctx, *rollcall, "serve", "-node-name", fmt.Sprint("node-", i+1),
			"-addr", fmt.Sprintf("127.0.0.1:%d", pages+i), "-admin", fmt.Sprintf("127.0.0.1:%d", admin+i),
			"-cluster", fmt.Sprintf("127.0.0.1:%d", inner+i), "-join", fmt.Sprintf("127.0.0.1:%d", inner),
			"-cluster-secret-file", secret)
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			return err
		}
		running.Go(func() { _ = cmd.Wait() }) // what it has to say it has said
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", balancer))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = l.Close() })
	show()
	balance(l)
	return nil
}

// show opens the pages, or says where they are.
func show() {
	opener := map[string]string{"darwin": "open", "linux": "xdg-open"}[runtime.GOOS]
	display := runtime.GOOS == "darwin" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
	for i := range nodes {
		page := fmt.Sprintf("http://localhost:%d", pages+i)
		fmt.Printf("node %d is at %s, its nodes: rollcall nodes -admin 127.0.0.1:%d\n", i+1, page, admin+i)
		if opener != "" && display {
			_ = exec.Command(opener, page).Start() // the address is printed in any case
		}
	}
	fmt.Printf("all of them: http://localhost:%d\n", balancer)
}

// balance gives each connection to the next node that takes it.
func balance(l net.Listener) {
	var turn atomic.Int64
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer near.Close()
			for range nodes {
				far, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", pages+turn.Add(1)%nodes), time.Second)
				if err == nil {
					join(near, far)
					return
				}
			}
		}()
	}
}

// join copies both ways until either end is done.
func join(near, far net.Conn) {
	defer far.Close()
	go func() {
		_, _ = io.Copy(far, near)
		_ = far.Close()
	}()
	_, _ = io.Copy(near, far)
}
