package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/hub"
	"rollcall/shared"
)

// read hands each message to the session until the connection ends, and returns why it
// did. Messages are read on a goroutine that ends when nothing more is there, so that
// an idle connection does not keep its stack.
//
// In a storm thousands of connections have a message at once. If the message is there
// as a whole, as nearly all are, its connection waits for the semaphore here, where its
// stack is small, and not in the middle of reading: for a processor, or for the lock of
// its room. The semaphore is held for one message and never while waiting for the peer,
// so that no peer can keep it from others.
func (c *conn) read() error {
	if !c.raw.parks() {
		return c.readBurst(func() {})
	}
	for {
		c.throttle()
		if err := c.raw.park(); err != nil {
			return err
		}
		took, whole := c.raw.lookAhead(c.pong)
		if took {
			continue
		}
		release := func() {}
		if whole {
			release = c.endpoint.reading.acquire()
		}
		var err error
		var burst sync.WaitGroup
		burst.Go(func() { err = c.readBurst(release) })
		burst.Wait()
		c.raw.unlimit()
		release()
		if !errors.Is(err, errIdle) {
			return err
		}
	}
}

// readBurst hands messages to the session until the stream is idle. It calls release
// after the first.
func (c *conn) readBurst(release func()) (err error) {
	defer hub.Rescue(c.endpoint.log, func() { err = errCrashed; c.crashed() })
	for {
		kind, r, err := c.ws.Reader(context.Background())
		if err != nil {
			return err
		}
		if kind == websocket.MessageBinary {
			c.session.Fail(shared.Errorf(shared.CodeBinaryFrame, "a binary message; this wire has text only"))
		} else if err := c.receive(r); err != nil {
			return err
		}
		c.raw.unlimit()
		release()
		// Discard the rest of a message that was refused: left unread, it would make
		// the system reset the connection, and lose the error that we sent.
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
		c.throttle()
	}
}

// throttle waits for as long as the peer has sent too much. What it sends meanwhile
// waits in the network, and then with the peer. It holds no semaphore, so nobody else
// waits.
func (c *conn) throttle() {
	events := c.raw.takeEvents()
	if c.limiter == nil {
		return
	}
	now := time.Now()
	var wait time.Duration
	for burst := c.limiter.Burst(); events > 0; events -= burst {
		wait = c.limiter.ReserveN(now, min(events, burst)).DelayFrom(now)
	}
	if wait <= 0 {
		return
	}
	until := now.Add(wait)
	c.pausedUntil.Store(until.UnixNano())
	for wait > 0 && !c.isClosed() {
		time.Sleep(min(wait, closeWithin/2))
		wait = time.Until(until)
	}
}

// isClosed reports whether the server has closed the connection.
func (c *conn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// messages holds buffers for the messages being read, so that an idle connection has
// none. Most messages fit one; a larger one gets its own.
var messages = sync.Pool{New: func() any { return new([messageBuffer]byte) }}

const messageBuffer = 512 // bytes

// receive hands the session one message, or enough of it for the session to see that it
// is too large.
func (c *conn) receive(r io.Reader) error {
	buf := messages.Get().(*[messageBuffer]byte)
	defer messages.Put(buf)
	message, err := readMessage(r, buf[:], c.endpoint.hub.MaxFrame())
	if err != nil {
		return err
	}
	c.raw.addEvents(bytes.Count(bytes.TrimSuffix(message, separator), separator)) // beyond the one that its frame counts for
	c.session.Receive(message)
	return nil
}

var separator = []byte{shared.Separator}

// readMessage reads up to limit+1 bytes of a message, into buf if they fit.
func readMessage(r io.Reader, buf []byte, limit int) ([]byte, error) {
	n, err := io.ReadFull(r, buf)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return buf[:n], nil
	}
	if err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(io.LimitReader(r, int64(limit+1-n)))
	return append(bytes.Clone(buf), rest...), err
}
