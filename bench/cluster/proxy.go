package main

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// proxy stands between a client and a server, and is as bad as it is told to be.
type proxy struct {
	listener net.Listener
	to       string

	mu     sync.Mutex
	change *sync.Cond
	hole   bool    // nothing passes, and nobody is told
	loss   float64 // of the NATS messages to the client, which part never arrives
	conns  map[net.Conn]bool
	lost   int64
}

func newProxy(to string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, to: to, conns: map[net.Conn]bool{}}
	p.change = sync.NewCond(&p.mu)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) serve(near net.Conn) {
	p.await()
	far, err := net.Dial("tcp", p.to)
	if err != nil {
		_ = near.Close()
		return
	}
	p.mu.Lock()
	p.conns[near], p.conns[far] = true, true
	p.mu.Unlock()
	end := func() {
		_ = near.Close()
		_ = far.Close()
		p.mu.Lock()
		delete(p.conns, near)
		delete(p.conns, far)
		p.mu.Unlock()
	}
	go func() { defer end(); p.copy(far, near) }()
	go func() { defer end(); p.copyMessages(near, bufio.NewReaderSize(far, 64<<10)) }()
}

// isUsed reports whether somebody is connected over it.
func (p *proxy) isUsed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns) > 0
}

// await returns when there is no hole.
func (p *proxy) await() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.hole {
		p.change.Wait()
	}
}

func (p *proxy) copy(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		p.await()
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// copyMessages copies the protocol of a NATS server, but for the messages that
// are to be lost: MSG subject sid [reply] size, then that many bytes.
func (p *proxy) copyMessages(to io.Writer, from *bufio.Reader) {
	for {
		line, err := from.ReadBytes('\n')
		if err != nil {
			return
		}
		whole := line
		message := bytes.HasPrefix(line, []byte("MSG ")) || bytes.HasPrefix(line, []byte("HMSG "))
		if message {
			fields := bytes.Fields(line)
			size, err := strconv.Atoi(string(fields[len(fields)-1]))
			if err != nil {
				return
			}
			whole = append(whole, make([]byte, size+2)...)
			if _, err := io.ReadFull(from, whole[len(line):]); err != nil {
				return
			}
		}
		p.await()
		p.mu.Lock()
		lost := message && rand.Float64() < p.loss
		if lost {
			p.lost++
		}
		p.mu.Unlock()
		if lost {
			continue
		}
		if _, err := to.Write(whole); err != nil {
			return
		}
	}
}

// setHole makes a hole, or ends it: what was under way when it began is then
// delivered, but to those who have hung up meanwhile.
func (p *proxy) setHole(on bool) {
	p.mu.Lock()
	p.hole = on
	p.mu.Unlock()
	p.change.Broadcast()
}

func (p *proxy) setLoss(part float64) {
	p.mu.Lock()
	p.loss = part
	p.mu.Unlock()
}

// lostSoFar is how many messages were lost here.
func (p *proxy) lostSoFar() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.setHole(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}
