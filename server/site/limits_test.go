package site

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/auth"
	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// refused returns the code of the error of enter, or "" if there is none.
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
	if l.opened(a) { // there is an open connection, and a session
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

// The number of holders is bounded, and idle ones are removed.
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
		if got := len(l.holders); got > 1 { // the shared holder
			t.Errorf("%d addresses are still kept", got)
		}
	})
}

func TestAnAddressOverItsLimit(t *testing.T) {
	r := startOf(t, Config{Hub: hub.New(hub.Config{}), Limits: Limits{Connections: 1, Joins: 100}})
	first := r.Join("standup", "Ada")
	_, res := r.Request(wiretest.Upgrade("/ws?room=standup"))
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("%s", res.Status)
	}
	_ = first.Close()
	wiretest.Eventually(t, "the place is free", func() bool {
		_, res := r.Request(wiretest.Upgrade("/ws?room=standup"))
		return res.StatusCode == http.StatusSwitchingProtocols
	})
}

// Refused handshakes, for whatever reason and however often, don't keep the same address
// from joining. An address that is refused too often is given no other reason.
func TestRefusedHandshakesKeepNobodyOut(t *testing.T) {
	admit, sign := gateOf(t)
	good := "Authorization: Bearer " + sign(auth.Grant{Subject: "ada"})
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"of another site":     {wiretest.Upgrade("/ws?room=standup", "Origin: http://evil.test", good), http.StatusForbidden},
		"a plain GET":         {"GET /ws?room=standup HTTP/1.1\r\nHost: x\r\n" + good + "\r\n\r\n", http.StatusUpgradeRequired},
		"without a token":     {wiretest.Upgrade("/ws?room=standup"), http.StatusUnauthorized},
		"for another room":    {wiretest.Upgrade("/ws?room=standup", "Authorization: Bearer "+sign(auth.Grant{Subject: "ada", Rooms: []string{"a"}})), http.StatusForbidden},
		"without a room":      {wiretest.Upgrade("/ws", good), http.StatusBadRequest},
		"another version":     {strings.Replace(wiretest.Upgrade("/ws?room=standup", good), "Version: 13", "Version: 8", 1), http.StatusBadRequest},
		"a key that is none":  {strings.Replace(wiretest.Upgrade("/ws?room=standup", good), "Key: AAAA", "Key: ", 1), http.StatusBadRequest},
		"two keys":            {wiretest.Upgrade("/ws?room=standup", good, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="), http.StatusBadRequest},
		"of HTTP/1.0":         {strings.Replace(wiretest.Upgrade("/ws?room=standup", good), "HTTP/1.1", "HTTP/1.0", 1), http.StatusUpgradeRequired},
		"over the room limit": {wiretest.Upgrade("/ws?room=elsewhere", good), http.StatusTooManyRequests},
	} {
		t.Run(name, func(t *testing.T) {
			r := startOf(t, Config{Hub: hub.New(hub.Config{}), Admit: admit, Tokens: true, Limits: Limits{Connections: 3, Joins: 1, Rooms: 1}})
			enter := func() *http.Response {
				_, res := r.Request(wiretest.Upgrade("/ws?room=standup", good))
				return res
			}
			if res := enter(); res.StatusCode != http.StatusSwitchingProtocols {
				t.Fatalf("the first: %s", res.Status)
			}
			closed := false
			for i := range 20 {
				_, res := r.Request(c.request)
				if i < 3 && res.StatusCode != c.want {
					t.Errorf("the %dth: %s, want %d", i+1, res.Status, c.want)
				}
				closed = closed || res.StatusCode == http.StatusTooManyRequests && res.Close
			}
			if !closed {
				t.Error("it is answered for ever")
			}
			for range 2 { // with the first, that is the burst
				if res := enter(); res.StatusCode != http.StatusSwitchingProtocols {
					t.Errorf("an honest one: %s", res.Status)
				}
			}
		})
	}
}

// What the hub refuses is no join either, but its connection counts until it is closed.
func TestWhatTheHubRefusesIsGivenBack(t *testing.T) {
	r := startOf(t, Config{Hub: hub.New(hub.Config{MaxSessions: 1}), Limits: Limits{Connections: 3, Joins: 1, Rooms: 2}})
	holds := func(sessions int, rooms string) bool {
		l := r.site.limits
		l.mu.Lock()
		defer l.mu.Unlock()
		h := l.holder(addr("127.0.0.1"))
		return h.sessions == sessions && h.joins.used <= 1 && fmt.Sprint(h.rooms) == rooms
	}
	r.Join("full", "Ada")
	w := r.Enter("full")
	w.Deaf.Store(true)
	if got := w.Until("error server_full"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	if !holds(2, "map[full:1]") {
		t.Errorf("while its connection is being closed: %+v", r.site.limits.holder(addr("127.0.0.1")))
	}
	_ = w.Close()
	wiretest.Eventually(t, "it is given back", func() bool { return holds(1, "map[full:1]") })
}

// A valid handshake whose connection can't be hijacked leaves nothing counted.
func TestAHandshakeThatFailsLateIsGivenBack(t *testing.T) {
	r := newRigOf(t, Config{Hub: hub.New(hub.Config{}), Limits: Limits{Connections: 3, Joins: 1}})
	for range 5 {
		req := httptest.NewRequest(http.MethodGet, "/ws?room=standup", nil)
		for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} {
			req.Header.Set(name, value)
		}
		r.site.ServeHTTP(httptest.NewRecorder(), req)
	}
	if h := r.site.limits.holder(addr("192.0.2.1")); h.sessions != 0 || len(h.rooms) != 0 || h.joins.used != 0 {
		t.Errorf("%+v", h)
	}
}

// One address can't fill a room: others keep a share.
func TestTheShareOfAnAddressInARoom(t *testing.T) {
	l := newLimits(Limits{Connections: 100, Joins: 100, Rooms: 100, Share: 2})
	for i, want := range []shared.Code{"", "", shared.CodeRoomFull} {
		if got := refused(l, "192.0.2.1", "a"); got != want {
			t.Errorf("%d: %q, want %q", i, got, want)
		}
	}
	if got := refused(l, "192.0.2.1", "b"); got != "" {
		t.Errorf("in another room: %q", got)
	}
	if got := refused(l, "192.0.2.2", "a"); got != "" {
		t.Errorf("of another address: %q", got)
	}
	l.deny(addr("192.0.2.1"), "a")
	if got := refused(l, "192.0.2.1", "a"); got != "" {
		t.Errorf("when one is not let in: %q", got)
	}
	l.leave(addr("192.0.2.1"), "a")
	if got := refused(l, "192.0.2.1", "a"); got != "" {
		t.Errorf("when one has left: %q", got)
	}
}
