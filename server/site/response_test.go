package site

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
)

// large is a file of about the size of the program.
const large, largeSize = "/favicon.ico", 1 << 20

// serveLarge serves a site with that file on pipes, with HTTP/1.1 and HTTP/2.
func serveLarge(t *testing.T) (dial func() net.Conn, stop func()) {
	files := build()
	files["favicon.ico"].Data = make([]byte, largeSize)
	h := hub.New(hub.Config{})
	s, err := New(Config{Hub: h, Build: files})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: s, ConnContext: s.ConnContext, Protocols: new(http.Protocols)}
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	server, closeServer := wiretest.StartPipedServer(t, srv)
	dial = func() net.Conn {
		c, err := server.Dial()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	return dial, func() {
		closeServer()
		h.Close()
		s.Wait()
	}
}

func TestADownloadThatNobodyReadsIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial, stop := serveLarge(t)
		defer stop()
		c := dial()
		defer c.Close()
		_, _ = io.WriteString(c, "GET "+large+" HTTP/1.1\r\nHost: x\r\n\r\n")
		_, _ = io.ReadFull(c, make([]byte, largeSize/2))
		time.Sleep(stallTimeout + 2*time.Second)
		if rest, _ := io.ReadAll(c); len(rest) >= largeSize/2 {
			t.Error("it is there to be read after all")
		}
	})
}

func TestASlowDownloadGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial, stop := serveLarge(t)
		defer stop()
		c := dial()
		defer c.Close()
		_, _ = io.WriteString(c, "GET "+large+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		got, began := 0, time.Now()
		for buf := make([]byte, chunkSize); ; time.Sleep(stallTimeout - 2*time.Second) {
			n, err := io.ReadFull(c, buf)
			if got += n; err != nil {
				break
			}
		}
		if got < largeSize {
			t.Errorf("it ended after %v and %d bytes", time.Since(began), got)
		}
	})
}

// stalling is an HTTP/2 client whose streams have no flow-control window (RFC 9113 §6.9).
type stalling struct {
	*http2.Framer
	mu    sync.Mutex
	reset map[uint32]bool // streams
}

// stall requests the large file on each of the given number of streams: 1, 3 and so on.
func stall(t *testing.T, c net.Conn, streams int) *stalling {
	s := &stalling{Framer: http2.NewFramer(c, c), reset: make(map[uint32]bool)}
	go func() {
		for {
			f, err := s.ReadFrame()
			if err != nil {
				return
			}
			if f, ok := f.(*http2.RSTStreamFrame); ok {
				s.mu.Lock()
				s.reset[f.StreamID] = true
				s.mu.Unlock()
			}
		}
	}()
	_, _ = io.WriteString(c, http2.ClientPreface)
	_ = s.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	var head bytes.Buffer
	fields := hpack.NewEncoder(&head)
	for i := range streams {
		head.Reset()
		for _, f := range []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "x"}, {Name: ":path", Value: large}} {
			_ = fields.WriteField(f)
		}
		err := s.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: head.Bytes(), EndStream: true, EndHeaders: true})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *stalling) resets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.reset)
}

// Streams of one connection share its bandwidth: while one of them makes progress the
// others wait, and when none does, all are reset.
func TestStreamsWithoutAWindowAreReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const streams = 5
		dial, stop := serveLarge(t)
		defer stop()
		c := dial()
		defer c.Close()
		s := stall(t, c, streams)
		for range 20 {
			_, _ = s.WriteWindowUpdate(0, chunkSize), s.WriteWindowUpdate(1, chunkSize)
			time.Sleep(stallTimeout - 2*time.Second)
		}
		if n := s.resets(); n > 0 {
			t.Errorf("%d streams were reset while one moved", n)
		}
		time.Sleep(stallTimeout + 2*time.Second)
		if n := s.resets(); n != streams {
			t.Errorf("%d of %d streams that stand still were reset", n, streams)
		}
	})
}

// The memory of responses to one address is bounded, and given back.
func TestAnswersOfAnAddress(t *testing.T) {
	r := newRig(t, hub.Config{})
	from := keyOf(netip.MustParseAddr("192.0.2.1")) // of httptest's requests
	for _, c := range []struct {
		target string
		held   int
		want   int
	}{
		{"/favicon.ico", maxHeld - requestCost, http.StatusOK},
		{"/favicon.ico", maxHeld - requestCost + 1, http.StatusTooManyRequests},
		{"/", maxHeld - requestCost, http.StatusTooManyRequests}, // because of the body of the page
		{"/", maxHeld / 2, http.StatusOK},
	} {
		r.site.memory.held[from] = c.held
		res := r.get("GET", c.target)
		if res.StatusCode != c.want {
			t.Errorf("%s beside %d bytes: %s", c.target, c.held, res.Status)
		}
		if text := body(t, res); res.StatusCode != http.StatusOK && (text != "" || res.Header.Get("Retry-After") == "") {
			t.Errorf("%s is refused with %q, %v", c.target, text, res.Header)
		}
		if got := r.site.memory.held[from]; got != c.held {
			t.Errorf("%s leaves %d bytes of %d", c.target, got, c.held)
		}
	}
	r.site.memory.held[from] = maxHeld
	r.site.limits.Exempt = []netip.Prefix{from}
	if res := r.get("GET", "/"); res.StatusCode != http.StatusOK {
		t.Errorf("who has no limits: %s", res.Status)
	}
}
