//go:build !js

package client

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// Close does not wait until the WebSocket library gives up a server that reads the
// close frame and does not answer it.
func TestCloseOfADeadWebSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		real := handshakes
		t.Cleanup(func() { handshakes = real })
		handshakes = &http.Client{Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { return near, nil },
		}}
		go serveWithoutClose(t, far)
		c, err := Dial(t.Context(), "ws://rollcall.test/ws", Options{Name: "Ada"})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		c.Close()
		if took := time.Since(start); took > closeWithin {
			t.Errorf("took %v", took)
		}
	})
}

// serveWithoutClose accepts a WebSocket (RFC 6455) on conn, sends a snapshot and
// reads until the connection breaks. It sends no close frame.
func serveWithoutClose(t *testing.T, conn net.Conn) {
	r := bufio.NewReader(conn)
	req, err := http.ReadRequest(r)
	if err != nil {
		t.Error(err)
		return
	}
	sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	text := shared.Encode(shared.ExistingUsers{You: "A", Room: shared.Lobby, Epoch: "e", Rev: 1})
	head := []byte{0x81, byte(len(text))} // final, text; the length of at most 125
	if len(text) > 125 {
		head = binary.BigEndian.AppendUint16([]byte{0x81, 126}, uint16(len(text)))
	}
	conn.Write(append(head, text...))
	io.Copy(io.Discard, r)
}
