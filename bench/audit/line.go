package main

import (
	"net"
	"net/url"
	"sync"
	"time"
)

// A line is what a visitor reaches a server by: so many bits a second for all its
// connections together, either way, and so long for each piece of them. The browser's
// own emulation leaves out what a page's workers fetch.
type line struct {
	net.Listener
	at       string // the page, at the end that is the visitor's
	to       string
	down, up direction
	serving  sync.WaitGroup
}

// direction is one way of a line.
type direction struct {
	mu   sync.Mutex
	free time.Time // when what was sent so far is through
	sum  int       // of all bytes
}

// piece is the most that goes over the line at once, in bytes: that of a frame of
// Ethernet.
const piece = 1500

// through returns when n bytes that are sent now arrive.
func (d *direction) through(n int) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := time.Now(); d.free.Before(now) {
		d.free = now
	}
	d.sum += n
	d.free = d.free.Add(time.Duration(n) * 8 * time.Second / bandwidth)
	return d.free.Add(latency * time.Millisecond / 2)
}

// carried is how many bytes went this way.
func (d *direction) carried() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sum
}

// slowLine puts a line before the page of a server.
func slowLine(page string) (*line, error) {
	to, err := url.Parse(page)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &line{Listener: listener, at: "http://" + listener.Addr().String() + to.Path, to: to.Host}
	l.serving.Go(l.serve)
	return l, nil
}

// cut lets nobody new on the line. Connections end with their visitor.
func (l *line) cut() {
	_ = l.Close()
	l.serving.Wait()
}

func (l *line) serve() {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		go l.up.carry(far, near)
		go l.down.carry(near, far)
	}
}

// inFlight is how many pieces of a connection are on the line at most; the sender
// waits then.
const inFlight = 256

// sent is a piece on the line.
type sent struct {
	data []byte
	due  time.Time
}

// carry brings what comes from one end to the other until either is closed.
func (d *direction) carry(to, from net.Conn) {
	flying := make(chan sent, inFlight)
	go d.send(from, flying)
	for s := range flying {
		time.Sleep(time.Until(s.due))
		if _, err := to.Write(s.data); err != nil {
			break
		}
	}
	_ = to.Close()
	_ = from.Close()
	for range flying { // until send has noticed
		continue
	}
}

// send puts what comes on the line.
func (d *direction) send(from net.Conn, flying chan<- sent) {
	defer close(flying)
	for {
		data := make([]byte, piece)
		n, err := from.Read(data)
		if n > 0 {
			flying <- sent{data[:n], d.through(n)}
		}
		if err != nil {
			return
		}
	}
}
