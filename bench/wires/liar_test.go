package wires_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/bench/crowd"
)

// liar is a server that tells its clients what a test wants them told. Clients
// are numbered as they connect.
type liar struct {
	greet  func(client int) []string // at once
	tell   func(client int) []string // when all are ready
	ready  chan struct{}             // closed when they are
	answer string                    // to whatever a client says after that; nothing if empty
}

// start serves until the test is over.
func (l liar) start(t *testing.T) netip.AddrPort {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for client := 0; ; client++ {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { l.serve(c, client) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); running.Wait() })
	return listener.Addr().(*net.TCPAddr).AddrPort()
}

// serve talks until the client goes.
func (l liar) serve(c net.Conn, client int) {
	defer c.Close()
	request := bufio.NewReader(c)
	if _, err := http.ReadRequest(request); err != nil {
		return
	}
	said := []byte("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
	if _, err := c.Write(appendText(said, l.greet(client)...)); err != nil {
		return
	}
	<-l.ready
	said = appendText(nil, l.tell(client)...)
	for {
		if _, err := c.Write(said); err != nil {
			return
		}
		if _, err := request.ReadByte(); err != nil {
			return
		}
		_, _ = request.Discard(request.Buffered())
		said = nil
		if l.answer != "" {
			said = appendText(nil, l.answer)
		}
	}
}

// appendText appends text frames in their longest form (RFC 6455 §5.2).
func appendText(b []byte, messages ...string) []byte {
	for _, m := range messages {
		b = binary.BigEndian.AppendUint64(append(b, 0x81, 127), uint64(len(m)))
		b = append(b, m...)
	}
	return b
}

// hear connects n clients to a server and has them hear what it tells. The
// error is what a client, or at last the comparison of all, finds wrong.
func hear(t *testing.T, wire crowd.Wire, n int, server liar) error {
	t.Helper()
	w, err := crowd.New(server.start(t), wire)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	everybodyReady := sync.OnceFunc(func() { close(server.ready) })
	defer everybodyReady()
	clients, err := w.Open(n, crowd.Spec{
		Room: func(int) string { return "lobby" },
		Name: func(i int) string { return fmt.Sprint("member-", i) },
	})
	if err != nil {
		return err
	}
	everybodyReady()
	for _, c := range clients {
		if err := w.Return(c, func(*crowd.Client) error { return nil }); err != nil {
			return err
		}
	}
	return w.Verify(300 * time.Millisecond)
}

// lie is what a server says and what must be found wrong about it; no words
// means that nothing is wrong.
type lie struct {
	tell  func(client int) []string
	wrong string
}

func checkLies(t *testing.T, newWire func() crowd.Wire, greet func(client int) []string, answer string, lies map[string]lie) {
	for name, l := range lies {
		t.Run(name, func(t *testing.T) {
			err := hear(t, newWire(), 2, liar{greet, l.tell, make(chan struct{}), answer})
			switch {
			case l.wrong == "" && err != nil:
				t.Errorf("found wrong: %v", err)
			case l.wrong != "" && (err == nil || !strings.Contains(err.Error(), l.wrong)):
				t.Errorf("found wrong: %v; should be: %s", err, l.wrong)
			}
		})
	}
}
