package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// perAddress is how many honest clients come from one address.
const perAddress = 100

// every is how often one of them says something to all: as often as it may.
const every = 1100 * time.Millisecond

// honest are clients in one room. One of them changes its note now and then; all
// measure how long it takes until they hear of it.
type honest struct {
	cancel context.CancelFunc
	first  *websocket.Conn
	conns  sync.WaitGroup

	said  atomic.Int64 // when, in nanoseconds since 1970
	ended atomic.Int64 // connections, before they were to
	shown atomic.Int64 // how often one of them was shown leaving to another

	mu    sync.Mutex
	heard []time.Duration
	ids   map[string]bool // of them all
}

var noteOf = []byte(`"note":"at `)

func gather(addr string, n int) (*honest, error) {
	ctx, cancel := context.WithCancel(context.Background())
	h := &honest{cancel: cancel, ids: make(map[string]bool)}
	for i := range n {
		ws, err := dial(ctx, addr, fmt.Sprintf("127.1.0.%d", 1+i/perAddress), "honest")
		if err != nil {
			cancel()
			return nil, fmt.Errorf("honest client %d: %w", i, err)
		}
		if err := ws.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"event":"got_a_new_user","data":{"name":"Honest %d"}}`, i)); err != nil {
			cancel()
			return nil, err
		}
		if h.first == nil {
			h.first = ws
		}
		h.conns.Go(func() { h.listen(ctx, ws) })
	}
	for end := time.Now().Add(30 * time.Second); h.known() < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			cancel()
			return nil, fmt.Errorf("%d of %d honest clients have joined", h.known(), n)
		}
	}
	time.Sleep(time.Second) // until all have heard of all
	return h, nil
}

// dial opens a room's socket from an address of this machine.
func dial(ctx context.Context, addr, from, room string) (*websocket.Conn, error) {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws://"+addr+"/ws?room="+room, &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	if err == nil {
		ws.SetReadLimit(1 << 20)
	}
	return ws, err
}

func (h *honest) listen(ctx context.Context, ws *websocket.Conn) {
	for {
		_, message, err := ws.Read(ctx)
		if err != nil {
			if ctx.Err() == nil {
				h.ended.Add(1)
			}
			return
		}
		h.look(message)
		if bytes.Contains(message, noteOf) {
			took := time.Duration(time.Now().UnixNano() - h.said.Load())
			h.mu.Lock()
			h.heard = append(h.heard, took)
			h.mu.Unlock()
		}
	}
}

// look learns who an honest client is from what it is told first, and counts those
// of them that are shown leaving.
func (h *honest) look(message []byte) {
	if you, ok := between(message, `{"event":"existing_users","data":{"you":"`); ok {
		h.mu.Lock()
		h.ids[you] = true
		h.mu.Unlock()
	}
	if !bytes.Contains(message, []byte(`{"event":"disconnect_user"`)) {
		return
	}
	for line := range bytes.SplitSeq(message, []byte{'\n'}) {
		id, ok := between(line, `"id":"`)
		if !ok || !bytes.HasPrefix(line, []byte(`{"event":"disconnect_user"`)) {
			continue
		}
		h.mu.Lock()
		if h.ids[id] {
			h.shown.Add(1)
		}
		h.mu.Unlock()
	}
}

// between is the text from mark to the next quotation mark.
func between(message []byte, mark string) (string, bool) {
	_, rest, ok := bytes.Cut(message, []byte(mark))
	text, _, closed := bytes.Cut(rest, []byte{'"'})
	return string(text), ok && closed
}

// latency is what the honest clients measured.
type latency struct{ p50, p99 time.Duration }

func (l latency) String() string {
	return fmt.Sprintf("%.1f / %.1f ms", float64(l.p50)/1e6, float64(l.p99)/1e6)
}

// watch has the first say something again and again, and returns how long it took
// until the others heard.
func (h *honest) watch(lasts time.Duration) latency {
	h.mu.Lock()
	h.heard = nil
	h.mu.Unlock()
	for end := time.Now().Add(lasts); time.Now().Before(end); time.Sleep(every) {
		now := time.Now().UnixNano()
		h.said.Store(now)
		_ = h.first.Write(context.Background(), websocket.MessageText, fmt.Appendf(nil, `{"event":"update_user","data":{"note":"at %d"}}`, now))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	slices.Sort(h.heard)
	if len(h.heard) == 0 {
		return latency{time.Hour, time.Hour}
	}
	return latency{h.heard[len(h.heard)/2], h.heard[len(h.heard)*99/100]}
}

// lost counts the honest clients whose connection ended, and how often one was shown
// leaving to another.
func (h *honest) lost() (ended, shown int64) { return h.ended.Load(), h.shown.Load() }

// known counts those of whom it is known who they are.
func (h *honest) known() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.ids)
}

func (h *honest) leave() {
	h.cancel()
	h.conns.Wait()
}
