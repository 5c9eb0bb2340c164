package site

import "testing"

func TestTheSystemTellsTheDelivery(t *testing.T) {
	near, far := tcpPair(t)
	s := newStream(near, nil)
	const size = 64 << 20 // more than the buffers of both systems hold
	written := make(chan error, 1)
	go func() { written <- s.out.send([][]byte{make([]byte, size)}) }()
	var stuck delivery
	eventually(t, "something waits to be taken", func() bool {
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
	eventually(t, "all of it has arrived", func() bool {
		d := s.delivery()
		return d.queued == 0 && d.acked >= size && d.acked > stuck.acked
	})
}
