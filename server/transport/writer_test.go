package transport

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/transport/wiretest"
)

// A control frame neither waits for a blocked message nor is written inside it.
func TestControlFramesGoBetweenMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, w, stop := upgradedPiped(t)
		defer stop()
		written := make(chan error, 1)
		go func() { written <- c.Write([][]byte{make([]byte, 1<<20)}) }()
		synctest.Wait()
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		pinged := make(chan error, 1)
		go func() { pinged <- c.ws.Ping(ctx) }()
		time.Sleep(30 * time.Second) // the library gives a control frame 5 s to be written
		cancel()
		if err := <-pinged; !errors.Is(err, context.Canceled) || time.Since(began) != 30*time.Second {
			t.Errorf("the ping ended after %v: %v", time.Since(began), err)
		}
		for _, want := range []struct {
			first byte
			size  int
		}{{wiretest.Fin | wiretest.Text, 1 << 20}, {wiretest.Fin | wiretest.Ping, 1}} {
			first, payload, err := w.ReadFrame()
			if err != nil || first != want.first || len(payload) != want.size {
				t.Errorf("a frame %#x of %d bytes, %v; want %#x of %d", first, len(payload), err, want.first, want.size)
			}
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
		_ = c.ws.CloseNow()
	})
}

func TestWaitingControlFramesAreBounded(t *testing.T) {
	near, far := net.Pipe()
	o := frameWriter{to: near}
	o.acquire() // as if a message were being written
	for range 1000 {
		if err := o.writeControl([]byte{finalBit | wiretest.Pong, 4, 'p', 'o', 'n', 'g'}); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.pending) > maxPending+6 {
		t.Errorf("%d bytes wait", len(o.pending))
	}
	go func() {
		buf := make([]byte, 4<<10)
		for {
			if _, err := far.Read(buf); err != nil {
				return
			}
		}
	}()
	if err := o.release(); err != nil {
		t.Fatal(err)
	}
	if err := o.writeControl([]byte{finalBit | closeOpcode, 0}); err != nil {
		t.Fatal(err)
	}
	if err := o.writeMessage([][]byte{[]byte("late")}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a message behind a close frame: %v", err)
	}
	_ = near.Close()
}
