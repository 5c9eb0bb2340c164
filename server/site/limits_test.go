package site

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// refused is the code of what enter says; "" if it lets in.
func refused(l *limits, from, room string) shared.Code {
	var e shared.Error
	errors.As(l.enter(addr(from), room), &e)
	return e.Code
}

func TestLimitsOfAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(Limits{Connections: 3, Joins: 2, Rooms: 2, Exempt: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
		want := func(what string, want shared.Code, from, room string) {
			t.Helper()
			if got := refused(l, from, room); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		want("the first", "", "192.0.2.1", "a")
		want("the second room", "", "192.0.2.1", "b")
		want("the third room", shared.CodeServerFull, "192.0.2.1", "c")
		want("a room again", "", "192.0.2.1", "a")
		want("one session more", shared.CodeServerFull, "192.0.2.1", "a")
		want("somebody else", "", "192.0.2.2", "c")
		l.leave(addr("192.0.2.1"), "a")
		want("too soon again", shared.CodeTooOften, "192.0.2.1", "a")
		time.Sleep(time.Second / 2)
		want("later", "", "192.0.2.1", "a")
		l.leave(addr("192.0.2.1"), "b")
		time.Sleep(time.Second)
		want("another room, when one is left", "", "192.0.2.1", "c")
		for range 10 {
			want("exempt", "", "10.1.1.1", "a")
		}
		want("of a network of version 6", "", "2001:db8::1", "a")
		want("of the same", "", "2001:db8::2", "a")
		want("of the same", "", "2001:db8::ffff:3", "a")
		want("one more of the same", shared.CodeServerFull, "2001:db8::4", "a")
		want("of the next", "", "2001:db8:0:1::1", "a")
	})
}

func TestConnectionsOfAnAddress(t *testing.T) {
	l := newLimits(Limits{Connections: 2, Joins: 100, Rooms: 100})
	a := addr("192.0.2.1")
	if !l.opened(a) || l.enter(a, "a") != nil {
		t.Error("the first is refused")
	}
	l.closed(a) // it is a session now
	if !l.opened(a) {
		t.Error("the second is refused")
	}
	if l.opened(a) { // beside one that is open and one that is a session
		t.Error("the third is let in")
	}
	l.closed(a)
	l.leave(a, "a")
	l.closed(a)
	if !l.opened(a) {
		t.Error("one that left still counts")
	}
	if !newLimits(Limits{}).opened(a) || newLimits(Limits{}).enter(a, "a") != nil {
		t.Error("no limits are some")
	}
}

// What is kept of addresses is bounded, and goes with them.
func TestAddressesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(Limits{Connections: 1, Joins: 1, Rooms: 1})
		nth := func(i int) netip.Addr { return addr(fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255)) }
		for i := range maxHolders {
			l.opened(nth(i))
		}
		others := maxHolders + 10
		for i := maxHolders; i < others; i++ {
			if got := l.opened(nth(i)); got != (i == maxHolders) {
				t.Errorf("of those that share a limit of 1, the %dth: %v", i-maxHolders+1, got)
			}
		}
		if got := len(l.holders); got > maxHolders+1 {
			t.Errorf("%d addresses are kept", got)
		}
		for i := range others {
			l.closed(nth(i))
		}
		if err := l.enter(nth(0), "a"); err != nil {
			t.Error(err)
		}
		l.leave(nth(0), "a")
		time.Sleep(time.Minute)
		l.opened(nth(0))
		l.closed(nth(0))
		if got := len(l.holders); got > 1 { // those that share
			t.Errorf("%d addresses are still kept", got)
		}
	})
}

func TestAnAddressOverItsLimit(t *testing.T) {
	r := startOf(t, Config{Hub: hub.New(hub.Config{}), Limits: Limits{Connections: 1, Joins: 100}})
	first := r.join("standup", "Ada")
	second := r.open()
	second.send([]byte(upgrade("/ws?room=standup")))
	res := second.response()
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("%s", res.Status)
	}
	_ = first.Close()
	eventually(t, "the place is free", func() bool {
		w := r.open()
		w.send([]byte(upgrade("/ws?room=standup")))
		return w.response().StatusCode == http.StatusSwitchingProtocols
	})
}

// A handshake that fails for another reason holds no place.
func TestARefusedHandshakeHoldsNothing(t *testing.T) {
	r := startOf(t, Config{Hub: hub.New(hub.Config{}), Limits: Limits{Connections: 1, Joins: 100}})
	for _, refused := range []string{upgrade("/ws?room=standup", "Origin: http://evil.test"), "GET /ws?room=standup HTTP/1.1\r\nHost: x\r\n\r\n"} {
		w := r.open()
		w.send([]byte(refused))
		if res := w.response(); res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusUpgradeRequired {
			t.Errorf("%s", res.Status)
		}
	}
	w := r.open()
	w.send([]byte(upgrade("/ws?room=standup")))
	if res := w.response(); res.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("%s", res.Status)
	}
}

// Who says more than it may is read more slowly, loses nothing and keeps nobody.
func TestTooManyMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := startPipedOf(t, Config{Hub: hub.New(hub.Config{}), Limits: Limits{Messages: 2}})
		defer stop()
		r.t = t
		w := r.join("standup", "Ada")
		w.deaf.Store(true) // a pong would wait for a message that waits for the clock
		began := time.Now()
		go func() {
			for i := range 30 {
				note := strconv.Itoa(i)
				w.send(say(shared.UpdateUser{Note: &note}))
			}
		}()
		for {
			if e, ok := w.next().(shared.UserUpdated); ok && e.User.Note == "29" {
				break
			}
		}
		if took := time.Since(began); took < 9*time.Second || took > 12*time.Second {
			t.Errorf("30 messages at 2 a second, 10 at once, took %v", took)
		}
	})
}

// Pings with nothing between them are answered for a while only. Where a
// connection can rest, as over TCP, it is slowed down instead.
func TestAFloodOfPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := startPipedOf(t, Config{Hub: hub.New(hub.Config{})})
		defer stop()
		r.t = t
		w := r.join("standup", "Mallory")
		go func() { _, _ = io.Copy(io.Discard, w.Conn) }()
		for sent := range 2 * mostUnheard {
			if _, err := w.Write(frame(fin|opPing, nil)); err != nil {
				if sent < mostUnheard {
					t.Errorf("closed after %d: %v", sent, err)
				}
				return
			}
		}
		t.Error("pings are taken without end")
	})
}
