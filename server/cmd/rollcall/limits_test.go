package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// An address has as many connections as it may, of whatever kind, and the next is
// closed at once; one that goes makes room.
func TestConnectionsOfOneAddress(t *testing.T) {
	r := startProgram(t, "-exempt", "192.0.2.0/24", "-max-address-connections", "2")
	// open opens a connection and asks for something; it is nil if that was in vain.
	open := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetDeadline(time.Now().Add(within))
		_, _ = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := c.Read(make([]byte, 1)); err != nil {
			_ = c.Close()
			return nil
		}
		return c
	}
	first, second := open(), open()
	if first == nil || second == nil {
		t.Fatal("one of the first two is refused")
	}
	if open() != nil {
		t.Error("the third is served")
	}
	_ = first.Close()
	for end := time.Now().Add(within); open() == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody takes the place of one that went")
		}
	}
}

// Whoever fills half a room alone leaves the other half to others.
func TestOneAddressFillsNoRoom(t *testing.T) {
	r := startProgram(t, "-trusted-proxy", "127.0.0.1/32", "-max-room-sessions", "4")
	dial := func(from string) bool {
		ws, _, err := websocket.Dial(t.Context(), r.url+"/ws?room=standup", &websocket.DialOptions{HTTPHeader: http.Header{"X-Forwarded-For": {from}}})
		if err == nil {
			t.Cleanup(func() { _ = ws.CloseNow() })
		}
		return err == nil
	}
	for i := range 4 {
		if got, want := dial("192.0.2.1"), i < 2; got != want {
			t.Errorf("the %dth of one address is let in: %v", i+1, got)
		}
	}
	if !dial("192.0.2.2") {
		t.Error("another address finds no room")
	}
}
