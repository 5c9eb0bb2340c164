package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"

	"rollcall/bench/frame"
	"rollcall/shared"
	"rollcall/shared/client"
)

// thrifty is a connection for one of thousands of clients in one program. The
// client on it is the real one, with its ways to come back; but of the room it
// is shown nobody, since thousands of rosters of thousands would be measured
// more than the server. How many are in the room is counted here, in the bytes.
type thrifty struct {
	net.Conn
	frames  frame.Reader
	rest    []byte // of a piece that has not come whole
	message message
	known   func(people, goings int) // told how many are in the room, and how many were shown leaving, whenever it changes
	people  int
	shown   shared.ExistingUsers // what the client holds
	failure []byte               // the error event of the message under way
}

var _ client.Conn = (*thrifty)(nil)

// buffers are lent for one reading.
var buffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

func dialThrifty(ctx context.Context, addr string, known func(people, goings int)) (*thrifty, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	t := &thrifty{Conn: c, known: known}
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if _, err := c.Write(frame.Request(addr, shared.SocketPath("/")+"?"+shared.RoomParam+"="+shared.Lobby)); err != nil {
		c.Close()
		return nil, err
	}
	for {
		chunk := make([]byte, 512)
		n, err := c.Read(chunk)
		if err != nil {
			c.Close()
			return nil, err
		}
		t.rest = append(t.rest, chunk[:n]...)
		if n, err = frame.Response(t.rest); err != nil {
			c.Close()
			return nil, err
		}
		if n > 0 {
			t.rest = t.rest[n:]
			return t, nil
		}
	}
}

// Read returns the next frame that the client is to have.
func (t *thrifty) Read(ctx context.Context) ([]byte, error) {
	defer context.AfterFunc(ctx, func() { t.Conn.Close() })()
	for {
		event, err := t.next()
		if event != nil || err != nil {
			return event, err
		}
		buf := buffers.Get().(*[]byte)
		n := copy(*buf, t.rest)
		got, err := t.Conn.Read((*buf)[n:])
		t.rest = nil
		if err == nil {
			t.rest = bytes.Clone((*buf)[:n+got])
		}
		buffers.Put(buf)
		if errors.Is(err, io.EOF) {
			err = client.CloseError{Code: shared.CloseAbnormal}
		}
		if err != nil {
			return nil, err
		}
	}
}

// next uses what has come, up to the first event for the client.
func (t *thrifty) next() ([]byte, error) {
	for len(t.rest) > 0 {
		p, n, err := t.frames.Next(t.rest)
		if n == 0 || err != nil {
			return nil, err
		}
		t.rest = t.rest[n:]
		switch p.Op {
		case frame.Ping:
			_, err = t.Conn.Write(frame.Append(nil, frame.Pong, p.Data))
		case frame.Close:
			_, _ = t.Conn.Write(frame.Append(nil, frame.Close, p.Data)) // it is over anyway
			return nil, closed(p.Data)
		case frame.Text:
			t.message.take(p.Data)
			t.fail(p.Data)
			if p.Last {
				if event := t.told(); event != nil {
					return event, nil
				}
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// closed is how a connection ends that the server closed (RFC 6455 §5.5.1).
func closed(payload []byte) error {
	if len(payload) < 2 {
		return client.CloseError{Code: shared.CloseAbnormal}
	}
	return client.CloseError{Code: shared.CloseCode(binary.BigEndian.Uint16(payload)), Reason: string(payload[2:])}
}

// fail keeps an error event, which the client is to have: short as it is, it comes in
// one piece.
func (t *thrifty) fail(data []byte) {
	for line := range bytes.SplitSeq(data, []byte{shared.Separator}) {
		if bytes.HasPrefix(line, []byte(`{"event":"error"`)) {
			t.failure = bytes.Clone(line)
		}
	}
}

// told counts what a whole message says, and makes of it what the client is told.
func (t *thrifty) told() (event []byte) {
	m := t.message
	t.message = message{}
	before := t.people
	switch {
	case m.head.Epoch != "":
		if !t.shown.More { // else it goes on
			t.people = 0
		}
		t.people += m.counts[users]
		m.head.Users = nil
		t.shown = m.head
		event = shared.Encode(m.head)
	case m.counts[heartbeats] > 0:
		event = shared.Encode(shared.Heartbeat{Rev: t.shown.Rev})
		fallthrough
	default:
		t.people += m.counts[arrivals] - m.counts[goings]
	}
	if t.people != before || m.counts[goings] > 0 {
		t.known(t.people, m.counts[goings])
	}
	if t.failure != nil {
		event, t.failure = t.failure, nil
	}
	return event
}

func (t *thrifty) Write(ctx context.Context, text []byte) error {
	defer context.AfterFunc(ctx, func() { t.Conn.Close() })()
	_, err := t.Conn.Write(frame.Append(nil, frame.Text, text))
	return err
}

func (t *thrifty) Close(shared.CloseCode, string) error { return t.Conn.Close() }

// What is counted in a message.
const (
	users = iota
	arrivals
	goings
	heartbeats
)

var marks = [...][]byte{
	users:      []byte(`"joined_at":`),
	arrivals:   []byte(`{"event":"new_user"`),
	goings:     []byte(`{"event":"disconnect_user"`),
	heartbeats: []byte(`{"event":"heartbeat"`),
}

// message is what is known of the message under way.
type message struct {
	counts [len(marks)]int
	tail   []byte // the end of what has come, in which a mark may begin
	begin  []byte // its beginning, until the head is known or is none
	judged bool
	head   shared.ExistingUsers // of a snapshot
}

const longestMark = 32

func (m *message) take(data []byte) {
	for i, mark := range marks {
		m.counts[i] += bytes.Count(data, mark)
		seam := append(bytes.Clone(m.tail[max(0, len(m.tail)-len(mark)+1):]), data[:min(len(data), len(mark)-1)]...)
		m.counts[i] += bytes.Count(seam, mark)
	}
	m.tail = append(m.tail, data[max(0, len(data)-longestMark):]...)
	m.tail = m.tail[max(0, len(m.tail)-longestMark):]
	m.judge(data)
}

// judge finds the head of a snapshot.
func (m *message) judge(data []byte) {
	if m.judged {
		return
	}
	const most = 512
	m.begin = append(m.begin, data[:min(len(data), most)]...)
	begins, list := []byte(`{"event":"existing_users"`), []byte(`"users":[`)
	n := min(len(m.begin), len(begins))
	if !bytes.Equal(m.begin[:n], begins[:n]) || len(m.begin) > 2*most {
		m.judged, m.begin = true, nil
		return
	}
	if at := bytes.Index(m.begin, list); at >= 0 {
		var r headReader
		if shared.ReadServer(append(m.begin[:at+len(list):at+len(list)], "]}}"...), &r) == nil {
			m.head = r.head
		}
		m.judged, m.begin = true, nil
	}
}

// headReader keeps the head of a snapshot.
type headReader struct{ head shared.ExistingUsers }

func (r *headReader) ExistingUsers(e shared.ExistingUsers) error { r.head = e; return nil }
func (*headReader) Resumed(shared.Resumed) error                 { return nil }
func (*headReader) NewUser(shared.NewUser) error                 { return nil }
func (*headReader) UserUpdated(shared.UserUpdated) error         { return nil }
func (*headReader) DisconnectUser(shared.DisconnectUser) error   { return nil }
func (*headReader) Heartbeat(shared.Heartbeat) error             { return nil }
func (*headReader) Error(shared.Error) error                     { return nil }
func (*headReader) Unknown(string) error                         { return nil }
