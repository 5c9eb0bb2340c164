package abuse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/coder/websocket"

	"rollcall/bench/frame"
)

// attacker attacks a server from one address.
type attacker struct {
	target string
	until  time.Time
	cpu    func() float64 // seconds that the server has worked
	key    string         // for the API of the server
	hosts  []string       // further keys, for moderation: each has a limit of its own
}

// evil is the address of the attacker.
const evil = "127.66.0.1"

// patience bounds an operation that a healthy server answers at once.
const patience = 5 * time.Second

func (a *attacker) over() bool { return time.Now().After(a.until) }

// longer prolongs the attack, to reach a limit of the server.
func (a *attacker) longer(by time.Duration) { a.until = a.until.Add(by) }

// dialer returns a dialer that connects from the attacker's address.
func dialer() *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(evil)}, Timeout: patience}
}

func (a *attacker) dial() (net.Conn, error) { return dialer().Dial("tcp", a.target) }

// deaf connects with the smallest buffers that the system allows, so that unread data
// stays at the server's end.
func (a *attacker) deaf() (net.Conn, error) {
	d := dialer()
	d.Control = func(_, _ string, c syscall.RawConn) (err error) {
		_ = c.Control(func(fd uintptr) {
			for _, buffer := range []int{syscall.SO_RCVBUF, syscall.SO_SNDBUF} {
				err = errors.Join(err, syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, buffer, 4<<10))
			}
		})
		return err
	}
	return d.Dial("tcp", a.target)
}

// browser returns an HTTP client at the attacker's address.
func browser() *http.Client {
	transport := &http.Transport{DialContext: dialer().DialContext, MaxIdleConnsPerHost: 20}
	return &http.Client{Timeout: patience, Transport: transport}
}

// get requests a path and returns the body of the answer.
func (a *attacker) get(client *http.Client, path string) ([]byte, error) {
	res, err := client.Get("http://" + a.target + path)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

const joinAsMallory = `{"event":"got_a_new_user","data":{"name":"Mallory"}}`

// hello returns a handshake for a room, followed by messages.
func (a *attacker) hello(room string, messages ...string) []byte {
	hello := frame.Request(a.target, "/ws?room="+room)
	for _, m := range messages {
		hello = frame.Append(hello, frame.Text, []byte(m))
	}
	return hello
}

// upgraded sends a handshake and reports whether it succeeds.
func upgraded(c net.Conn, hello []byte) bool {
	_, _ = c.Write(hello)
	answer := make([]byte, len("HTTP/1.1 101"))
	_, err := io.ReadFull(c, answer)
	return err == nil && strings.HasSuffix(string(answer), "101")
}

// socket opens a room's WebSocket.
func (a *attacker) socket(ctx context.Context, room string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*patience)
	defer cancel()
	transport := &http.Transport{DialContext: dialer().DialContext, DisableKeepAlives: true}
	ws, _, err := websocket.Dial(ctx, fmt.Sprintf("http://%s/ws?room=%s", a.target, room),
		&websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	if err == nil {
		ws.SetReadLimit(1 << 20)
	}
	return ws, err
}

// many calls do for 0 to n-1, in at most atATime goroutines at once, and waits for all.
func many(n, atATime int, do func(i int)) {
	var running sync.WaitGroup
	semaphore := make(chan struct{}, atATime)
	for i := range n {
		semaphore <- struct{}{}
		running.Go(func() {
			do(i)
			<-semaphore
		})
	}
	running.Wait()
}

// repeat calls do in n goroutines until the attack is over; round counts the calls of
// each goroutine.
func (a *attacker) repeat(n int, do func(i, round int)) {
	many(n, n, func(i int) {
		for round := 0; !a.over(); round++ {
			do(i, round)
		}
	})
}

// each calls do with n connections at once, and returns how many could be opened.
func each(n int, dial func() (net.Conn, error), do func(c net.Conn)) int64 {
	var opened atomic.Int64
	many(n, n, func(int) {
		if c, err := dial(); err == nil {
			opened.Add(1)
			do(c)
			_ = c.Close()
		}
	})
	return opened.Load()
}

// again calls do with new connections, n at a time, until the attack is over, and returns
// how many could be opened.
func (a *attacker) again(n int, do func(c net.Conn)) int64 {
	var tries atomic.Int64
	a.repeat(n, func(int, int) {
		if c, err := a.dial(); err == nil {
			tries.Add(1)
			_ = c.SetDeadline(time.Now().Add(patience))
			do(c)
			_ = c.Close()
		}
	})
	return tries.Load()
}
