package faults

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"rollcall/bench/process"
)

// The ports of the balancer, and of the first node for people, other nodes and the operator.
const (
	balancer = 8000
	pages    = 8001
	inner    = 6222
	admin    = 9101
	trio     = 3
)

// RunCluster starts three nodes on this machine and a small balancer before them, prints
// their addresses, and serves until it is interrupted.
func RunCluster(args []string) error {
	f := flag.NewFlagSet("cluster", flag.ContinueOnError)
	rollcall := f.String("rollcall", "../bin/rollcall", "the program")
	if err := f.Parse(args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "rollcall-cluster")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(rand.Text()), 0o600); err != nil {
		return err
	}
	local := func(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
	for i := range trio {
		node, err := process.Start("", netip.MustParseAddrPort(local(pages+i)), *rollcall, "serve",
			"-addr", local(pages+i), "-admin", local(admin+i), "-cluster", local(inner+i), "-join", local(inner), "-cluster-secret-file", secret)
		if err != nil {
			return err
		}
		defer func() { _ = node.Terminate() }() // an interrupt may have ended it
	}
	var turn atomic.Int64
	next := func(ctx context.Context, _, _ string) (far net.Conn, err error) { // to the next node that takes it
		for range trio {
			dialer := net.Dialer{Timeout: time.Second}
			if far, err = dialer.DialContext(ctx, "tcp", local(pages+int(turn.Add(1)%trio))); err == nil {
				break
			}
		}
		return far, err
	}
	front := &http.Server{Addr: local(balancer), Handler: &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", r.In.Host },
		Transport: &http.Transport{DialContext: next, DisableKeepAlives: true},
	}}
	failed := make(chan error, 1)
	go func() { failed <- front.ListenAndServe() }()
	defer front.Close()
	for i := range trio {
		fmt.Printf("node %d is at http://localhost:%d, its nodes: rollcall nodes -admin %s\n", i+1, pages+i, local(admin+i))
	}
	fmt.Printf("all of them: http://localhost:%d\n", balancer)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}
