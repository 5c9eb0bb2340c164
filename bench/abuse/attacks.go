package abuse

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// attack is an attack with its name in the report. run carries it out, returns what the
// attacker got, and ends a little after a.until.
type attack struct {
	name string
	run  func(a *attacker) (got string)
}

var attacks = []attack{
	{name: "slow handshakes: 2,000 from one address, a byte a second",
		run: hold{n: 2000, opening: slowHandshake, drip: []byte("x"), longer: 6, end: "cut while they went on"}.run},
	{name: "half-open: 2,000 sockets of one address that say nothing", run: hold{n: 2000, longer: 6, end: "cut"}.run},
	{name: "never joining: 900 WebSockets of one address that say nothing",
		run: hold{n: 900, opening: neverJoining, longer: 10, end: "closed"}.run},
	{name: "frames that never end, on 300 sessions",
		run: hold{n: 300, opening: endlessFrame, drip: bytes.Repeat([]byte("x"), 4<<10), longer: 4, end: "closed"}.run},
	{name: "10,000 connections from one address", run: manyConnections},
	{name: "join and leave, as fast as can be, from one address", run: flapping},
	{name: "100 members rename themselves as fast as can be", run: renames},
	{name: "scan of room names: pages and sockets", run: scan},
	{name: "300 downloads of the program by HTTP/1.1 that nobody reads", run: unreadDownloads},
	{name: "100 members ask for the roster each second and read nothing", run: askers},
	{name: "300 members in 99 rooms change their notes at the allowed rate", run: updates},
	{name: "frames of 8 KiB full of events, on 50 sessions", run: fullFrames},
	{name: "the API without a key, or with wrong ones, as fast as can be", run: wrongKeys},
	{name: "one key of the API, as fast as can be", run: greedyKey},
	{name: "10,000 bans from one room, and whoever is banned at its door", run: manyBans},
	{name: "kicks as fast as 20 keys can, of 20 who come back at once", run: kicks},
	{name: "100 watchers of a locked room knock as fast as can be, at a host of their own", run: knocks},
	{name: "texts that do harm, as titles, announcements and reasons, with 20 keys", run: harmfulTexts},
	{name: "300 calls of the API with a body that never ends",
		run: hold{n: 300, opening: slowBody, drip: []byte("x"), longer: 15, end: "closed"}.run},
}

// hold is an attack with connections that stay open: each sends the opening, and then the
// drip every second.
type hold struct {
	n       int
	opening func(a *attacker) []byte
	drip    []byte
	longer  time.Duration // in seconds, to reach the limit of the server
	end     string        // what the server should do with them
}

// run counts the connections that were ended before the attack was over.
func (h hold) run(a *attacker) string {
	a.longer(h.longer * time.Second)
	var opening []byte
	if h.opening != nil {
		opening = h.opening(a)
	}
	var ended atomic.Int64
	opened := each(h.n, a.dial, func(c net.Conn) {
		_, _ = c.Write(opening)
		end := make(chan struct{})
		go func() { _, _ = io.Copy(io.Discard, c); close(end) }()
		for !a.over() {
			select {
			case <-end:
				ended.Add(1)
				return
			case <-time.After(time.Second):
				_, _ = c.Write(h.drip)
			}
		}
	})
	return fmt.Sprintf("%d connected, %d were %s", opened, ended.Load(), h.end)
}

func slowHandshake(*attacker) []byte {
	return []byte("GET /ws?room=x HTTP/1.1\r\nHost: localhost\r\nX: ")
}

func neverJoining(a *attacker) []byte { return a.hello("never") }

// endlessFrame joins and begins a message whose first frame has 2^63 bytes.
func endlessFrame(a *attacker) []byte {
	return append(a.hello("endless", joinAsMallory), 0x01, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)
}

func manyConnections(a *attacker) string {
	var opened atomic.Int64
	var held []net.Conn
	var mu sync.Mutex
	hello := a.hello("many", joinAsMallory)
	many(10_000, 200, func(int) {
		c, err := a.dial()
		if err != nil {
			return
		}
		opened.Add(1)
		_ = c.SetDeadline(time.Now().Add(patience))
		if !upgraded(c, hello) {
			_ = c.Close()
			return
		}
		mu.Lock()
		defer mu.Unlock()
		held = append(held, c)
	})
	time.Sleep(time.Until(a.until))
	for _, c := range held {
		_ = c.Close()
	}
	return fmt.Sprintf("%d connected, %d became sessions", opened.Load(), len(held))
}

func flapping(a *attacker) string {
	var joins atomic.Int64
	hello := a.hello("honest", joinAsMallory, `{"event":"leave"}`)
	tries := a.again(50, func(c net.Conn) {
		if upgraded(c, hello) {
			joins.Add(1)
		}
	})
	return fmt.Sprintf("%d tries, %d joins", tries, joins.Load())
}

func scan(a *attacker) string {
	var pages, people, sockets atomic.Int64
	client := browser()
	defer client.CloseIdleConnections()
	a.repeat(20, func(i, n int) {
		room := fmt.Sprintf("room-%d-%d", i, n)
		text, err := a.get(client, "/r/"+room)
		if err != nil {
			return
		}
		pages.Add(1)
		if bytes.Contains(text, []byte("data-member")) {
			people.Add(1)
		}
		if _, err := a.socket(context.Background(), room); err == nil { // it stays open
			sockets.Add(1)
		}
	})
	return fmt.Sprintf("%d pages, %d with people, %d sockets", pages.Load(), people.Load(), sockets.Load())
}
