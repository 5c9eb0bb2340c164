package main

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"rollcall/bench/frame"
)

// attack is one way to do harm. It ends by itself, a little after a.until.
type attack struct {
	name string
	run  func(a *attacker) (got string)
}

var attacks = []attack{
	{"slow handshakes: 2,000 from one address, a byte a second", slowHandshakes},
	{"half-open: 2,000 sockets of one address that say nothing", silentSockets},
	{"never joining: 900 WebSockets of one address that say nothing", neverJoining},
	{"frames that never end, on 300 sessions", endlessFrames},
	{"10,000 connections from one address", manyConnections},
	{"join and leave, as fast as can be, from one address", flapping},
	{"100 members rename themselves as fast as can be", renames},
	{"scan of room names: pages and sockets", scan},
	{"compression bombs", bombs},
	{"pipelined garbage", garbage},
}

// attacker is at one address.
type attacker struct {
	target string
	until  time.Time
}

const evil = "127.66.0.1"

func (a *attacker) over() bool { return time.Now().After(a.until) }

func (a *attacker) dial() (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(evil)}, Timeout: 5 * time.Second}
	return d.Dial("tcp", a.target)
}

// many runs do n times, so many at a time.
func many(n, atATime int, do func(i int)) {
	var running sync.WaitGroup
	turns := make(chan struct{}, atATime)
	for i := range n {
		turns <- struct{}{}
		running.Go(func() {
			do(i)
			<-turns
		})
	}
	running.Wait()
}

// hold opens n connections, has each say something every second until it is cut or
// the time is over, and counts those that were cut before.
func (a *attacker) hold(n int, hello []byte, drip func(i int) []byte) (opened, cut int64) {
	var open, lost atomic.Int64
	many(n, n, func(i int) {
		c, err := a.dial()
		if err != nil {
			return
		}
		defer c.Close()
		open.Add(1)
		_, _ = c.Write(hello)
		ended := make(chan struct{})
		go func() { _, _ = io.Copy(io.Discard, c); close(ended) }()
		for step := 0; !a.over(); step++ {
			select {
			case <-ended:
				lost.Add(1)
				return
			case <-time.After(time.Second):
				_, _ = c.Write(drip(step))
			}
		}
	})
	return open.Load(), lost.Load()
}

func slowHandshakes(a *attacker) string {
	a.until = a.until.Add(6 * time.Second) // to see the limit of 10 s
	opened, cut := a.hold(2000, []byte("GET /ws?room=x HTTP/1.1\r\nHost: x\r\nX: "), func(int) []byte { return []byte("x") })
	return fmt.Sprintf("%d connected, %d were cut while they went on", opened, cut)
}

func silentSockets(a *attacker) string {
	a.until = a.until.Add(6 * time.Second)
	opened, cut := a.hold(2000, nil, func(int) []byte { return nil })
	return fmt.Sprintf("%d connected, %d were cut", opened, cut)
}

func neverJoining(a *attacker) string {
	a.until = a.until.Add(10 * time.Second) // 10 s to join, 2 s to answer the close frame
	opened, cut := a.hold(900, frame.Request(a.target, "/ws?room=never"), func(int) []byte { return nil })
	return fmt.Sprintf("%d connected, %d were closed", opened, cut)
}

func endlessFrames(a *attacker) string {
	hello := frame.Request(a.target, "/ws?room=endless")
	hello = frame.Append(hello, frame.Text, []byte(`{"event":"got_a_new_user","data":{"name":"Mallory"}}`))
	hello = append(hello, 0x01, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0) // the first part of a message, of 2^63 bytes
	a.until = a.until.Add(4 * time.Second)
	opened, cut := a.hold(300, hello, func(int) []byte { return bytes.Repeat([]byte("x"), 4<<10) })
	return fmt.Sprintf("%d connected, %d were closed", opened, cut)
}

func manyConnections(a *attacker) string {
	var opened, alive atomic.Int64
	request := frame.Append(frame.Request(a.target, "/ws?room=many"), frame.Text, []byte(`{"event":"got_a_new_user","data":{"name":"Mallory"}}`))
	var held []net.Conn
	var mu sync.Mutex
	many(10_000, 200, func(int) {
		c, err := a.dial()
		if err != nil {
			return
		}
		opened.Add(1)
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		_, _ = c.Write(request)
		answer := make([]byte, 12)
		if _, err := io.ReadFull(c, answer); err == nil && strings.HasSuffix(string(answer), "101") {
			alive.Add(1)
			mu.Lock()
			held = append(held, c)
			mu.Unlock()
			return
		}
		_ = c.Close()
	})
	for !a.over() {
		time.Sleep(100 * time.Millisecond)
	}
	for _, c := range held {
		_ = c.Close()
	}
	return fmt.Sprintf("%d connected, %d became sessions", opened.Load(), alive.Load())
}

func flapping(a *attacker) string {
	var tries, joins atomic.Int64
	request := frame.Append(frame.Request(a.target, "/ws?room=honest"), frame.Text, []byte(`{"event":"got_a_new_user","data":{"name":"Mallory"}}`))
	request = frame.Append(request, frame.Text, []byte(`{"event":"leave"}`))
	many(50, 50, func(int) {
		for !a.over() {
			c, err := a.dial()
			if err != nil {
				continue
			}
			tries.Add(1)
			_ = c.SetDeadline(time.Now().Add(5 * time.Second))
			_, _ = c.Write(request)
			answer := make([]byte, 12)
			if _, err := io.ReadFull(c, answer); err == nil && strings.HasSuffix(string(answer), "101") {
				joins.Add(1)
			}
			_ = c.Close()
		}
	})
	return fmt.Sprintf("%d tries, %d joins", tries.Load(), joins.Load())
}

func renames(a *attacker) string {
	var sent atomic.Int64
	many(100, 100, func(i int) {
		ctx, cancel := context.WithDeadline(context.Background(), a.until.Add(time.Second))
		defer cancel()
		ws, err := dial(ctx, a.target, evil, "honest")
		if err != nil {
			return
		}
		defer ws.CloseNow()
		go func() {
			for {
				if _, _, err := ws.Read(ctx); err != nil {
					return
				}
			}
		}()
		_ = ws.Write(ctx, websocket.MessageText, []byte(`{"event":"got_a_new_user","data":{"name":"Mallory"}}`))
		for n := 0; !a.over(); n++ {
			if ws.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"event":"update_user","data":{"name":"Mallory %d %d"}}`, i, n)) != nil {
				return
			}
			sent.Add(1)
		}
	})
	return fmt.Sprintf("%d renames written; a member's changes are shown ten at once, then one a second", sent.Load())
}

func scan(a *attacker) string {
	var pages, people, sockets atomic.Int64
	d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(evil)}}
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DialContext: d.DialContext, MaxIdleConnsPerHost: 20}}
	many(20, 20, func(i int) {
		for n := 0; !a.over(); n++ {
			res, err := client.Get(fmt.Sprintf("http://%s/r/room-%d-%d", a.target, i, n))
			if err != nil {
				continue
			}
			text, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			pages.Add(1)
			if bytes.Contains(text, []byte("data-member")) {
				people.Add(1)
			}
			if ws, err := dial(context.Background(), a.target, evil, fmt.Sprintf("room-%d-%d", i, n)); err == nil {
				sockets.Add(1)
				defer ws.CloseNow()
			}
		}
	})
	client.CloseIdleConnections()
	return fmt.Sprintf("%d pages, %d with people, %d sockets", pages.Load(), people.Load(), sockets.Load())
}

func bombs(a *attacker) string {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestCompression)
	_, _ = w.Write(make([]byte, 16<<20))
	_ = w.Flush()
	bomb := frame.Append(nil, frame.Binary, packed.Bytes())
	bomb[0] |= 0x40 // RSV1: compressed (RFC 7692 §6)
	request := bytes.Replace(frame.Request(a.target, "/ws?room=bombs"), []byte("\r\n\r\n"), []byte("\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"), 1)
	var tries, taken, agreed atomic.Int64
	many(20, 20, func(int) {
		for !a.over() {
			c, err := a.dial()
			if err != nil {
				continue
			}
			_ = c.SetDeadline(time.Now().Add(5 * time.Second))
			_, _ = c.Write(append(request, bomb...))
			answer, err := io.ReadAll(io.LimitReader(c, 16<<10))
			tries.Add(1)
			if bytes.Contains(answer, []byte("permessage-deflate")) {
				agreed.Add(1)
			}
			if err != nil && bytes.HasPrefix(answer, []byte("HTTP/1.1 101")) && strings.Contains(err.Error(), "timeout") {
				taken.Add(1)
			}
			_ = c.Close()
		}
	})
	return fmt.Sprintf("%d bombs of 16 MiB; %d handshakes agreed to compression, %d connections outlived it", tries.Load(), agreed.Load(), taken.Load())
}

func garbage(a *attacker) string {
	noise := make([]byte, 64<<10)
	_, _ = rand.Read(noise)
	requests := []byte(strings.Repeat("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 100))
	starts := [][]byte{noise, append(requests, noise...), append(frame.Request(a.target, "/ws?room=garbage"), noise...)}
	var tries, bytesSent atomic.Int64
	many(20, 20, func(i int) {
		for n := i; !a.over(); n++ {
			c, err := a.dial()
			if err != nil {
				continue
			}
			_ = c.SetDeadline(time.Now().Add(5 * time.Second))
			sent, _ := c.Write(starts[n%len(starts)])
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
			tries.Add(1)
			bytesSent.Add(int64(sent))
		}
	})
	return fmt.Sprintf("%d connections, %d MiB; all were closed", tries.Load(), bytesSent.Load()>>20)
}
