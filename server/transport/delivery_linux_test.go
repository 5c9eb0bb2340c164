package transport

import (
	"crypto/tls"
	"io"
	"testing"

	"rollcall/server/transport/wiretest"
)

func TestTheSystemTellsTheDelivery(t *testing.T) {
	near, far := tcpPair(t)
	s := newStream(near, nil)
	const size = 64 << 20 // more than the buffers of both systems hold
	written := make(chan error, 1)
	go func() { written <- s.out.writeMessage([][]byte{make([]byte, size)}) }()
	var stuck delivery
	wiretest.Eventually(t, "something waits to be taken", func() bool {
		stuck = s.delivery()
		return stuck.queued > 0 && stuck.acked > 0
	})
	buf := make([]byte, 1<<20)
	for got := 0; got < size; {
		n, err := far.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got += n
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	wiretest.Eventually(t, "all of it has arrived", func() bool {
		d := s.delivery()
		return d.queued == 0 && d.acked >= size && d.acked > stuck.acked
	})
}

// Under TLS the delivery is known from the socket, but the stream can't park, since the
// socket doesn't know what TLS has read ahead.
func TestDeliveryUnderTLS(t *testing.T) {
	near, far := tcpPair(t)
	s := newStream(tls.Server(near, nil), nil)
	if s.parks() {
		t.Error("it parks, while TLS may have read ahead")
	}
	const size = 3 << 10
	if _, err := near.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(far, make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	wiretest.Eventually(t, "all is delivered", func() bool { d := s.delivery(); return d.acked >= size && d.queued == 0 })
}
