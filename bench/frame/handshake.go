package frame

import (
	"bytes"
	"fmt"
)

// The key of the sample handshake of RFC 6455 §1.3 and the answer to it. One
// key for all: it only proves that the far end speaks WebSocket.
const (
	key    = "dGhlIHNhbXBsZSBub25jZQ=="
	answer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// Request is the client's opening handshake (RFC 6455 §4.1).
func Request(host, path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", path, host, key)
}

// Response checks the answer at the beginning of b and returns its length, 0
// if b ends inside it.
func Response(b []byte) (n int, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, nil
	}
	head := b[:end]
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) || !bytes.Contains(head, []byte(answer)) {
		return 0, fmt.Errorf("the server does not upgrade: %q", b[:min(len(b), 300)])
	}
	return end + 4, nil
}
