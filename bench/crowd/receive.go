package crowd

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"rollcall/bench/frame"
)

var errClosed = errors.New("the server closed the connection")

// Closed is the end of a connection by a close frame (RFC 6455 §5.5.1).
type Closed struct {
	Code   uint16 // 0 if the frame had none
	Reason string
}

func (e Closed) Error() string {
	return fmt.Sprintf("the server closed the connection with %d %q", e.Code, e.Reason)
}

// read reads from a client's socket once.
func (w *Crowd) read(c *Client) error {
	n, err := unix.Read(c.fd, w.in)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return nil
	case err != nil:
		return err
	case n == 0:
		return errClosed
	}
	now := w.now()
	w.Bytes += int64(n)
	data := w.in[:n]
	if len(c.rest) > 0 {
		c.rest = append(c.rest, data...)
		data = c.rest
	}
	if data, err = c.receive(data); len(data) == 0 {
		c.rest = nil
	} else {
		c.rest = append(c.rest[:0], data...)
	}
	if c.waiting && c.have == c.want {
		w.satisfy(c, now)
	}
	return err
}

// receive handles what was received, and returns the incomplete frame at its end.
func (c *Client) receive(data []byte) (rest []byte, err error) {
	if !c.upgraded {
		n, err := frame.Response(data)
		if n == 0 || err != nil {
			return data, err
		}
		c.upgraded = true
		data = data[n:]
		if err := c.decoder.Opened(); err != nil {
			return nil, err
		}
	}
	for {
		f, n, err := frame.Parse(data)
		if n == 0 || err != nil {
			return data, err
		}
		data = data[n:]
		if err := c.handle(f); err != nil {
			return nil, err
		}
	}
}

func (c *Client) handle(f frame.Frame) error {
	begins := f.Op == frame.Text && c.message == nil
	switch {
	case begins && f.Fin:
		return c.text(f.Data)
	case begins:
		c.message = append([]byte{}, f.Data...)
		return nil
	case f.Op == frame.Continuation && c.message != nil:
		c.message = append(c.message, f.Data...)
		if !f.Fin {
			return nil
		}
		message := c.message
		c.message = nil
		return c.text(message)
	case f.Op == frame.Ping:
		return c.send(frame.Pong, f.Data)
	case f.Op == frame.Pong:
		return nil
	case f.Op == frame.Close && len(f.Data) < 2:
		return Closed{}
	case f.Op == frame.Close:
		return Closed{binary.BigEndian.Uint16(f.Data), string(f.Data[2:])}
	}
	return fmt.Errorf("an unexpected frame with opcode %d: %.300q", f.Op, f.Data)
}

// text handles a text message.
func (c *Client) text(message []byte) error {
	if !c.told && c.joined {
		c.told = true
		if c.crowd.Entered != nil {
			c.crowd.Entered(c)
		}
	}
	c.crowd.Messages++
	return c.decoder.Text(message)
}
