package site

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// A control frame neither waits for a message that is stuck nor breaks into it.
func TestControlFramesGoBetweenMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endpoint := newSockets(Config{Log: discard})
		handler, conns := accepting(t, endpoint)
		dial, stop := servePiped(handler)
		defer endpoint.running.Wait()
		defer stop()
		w := (&rig{t: t, dial: dial}).enter("x")
		c := <-conns
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
		}{{fin | opText, 1 << 20}, {fin | opPing, 1}} {
			first, payload, err := w.frame()
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
	o := outgoing{to: near}
	o.begin() // somebody writes
	for range 1000 {
		if err := o.control([]byte{finalBit | opPong, 4, 'p', 'o', 'n', 'g'}); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.waiting) > maxWaiting+6 {
		t.Errorf("%d bytes wait", len(o.waiting))
	}
	go func() {
		buf := make([]byte, 4<<10)
		for {
			if _, err := far.Read(buf); err != nil {
				return
			}
		}
	}()
	if err := o.finish(); err != nil {
		t.Fatal(err)
	}
	if err := o.control([]byte{finalBit | closeFrame, 0}); err != nil {
		t.Fatal(err)
	}
	if err := o.send([][]byte{[]byte("late")}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a message behind a close frame: %v", err)
	}
	_ = near.Close()
}
