//go:build unix

package webhook

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"go.uber.org/goleak"

	"rollcall/server/events"
	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
	"rollcall/shared/api"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		storetest.Stop()
		os.Exit(code)
	}))
}

// within is how long something may take on a busy machine.
const within = time.Minute

const testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

type deaf struct{}

func (deaf) Write([][]byte) error           { return nil }
func (deaf) Close(shared.CloseCode, string) {}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n%v, want\n%v", what, got, want)
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

// receiver is an endpoint of a test.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	events []api.Event // acknowledged
	bodies []string
	asked  int
	answer func(n int, w http.ResponseWriter) bool // false if it has answered
}

func receive(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked++
		if r.answer != nil && !r.answer(r.asked, w) {
			return
		}
		r.bodies = append(r.bodies, string(body))
		var one struct {
			api.Event
			Events []api.Event `json:"events"`
		}
		if json.Unmarshal(body, &one) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if one.Type != "batch" {
			one.Events = []api.Event{one.Event}
		}
		r.events = append(r.events, one.Events...)
	}))
	t.Cleanup(r.Close)
	return r
}

// set sets how the receiver answers.
func (r *receiver) set(answer func(n int, w http.ResponseWriter) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer, r.asked = answer, 0
}

// lines returns what came about a room, each event once.
func (r *receiver) lines(room string) (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := make(map[string]bool)
	for _, e := range r.events {
		if seen[e.ID] || e.Data.Room != room && e.Data.Room != "" {
			continue
		}
		seen[e.ID] = true
		name := ""
		if e.Data.Member != nil {
			name = e.Data.Member.Name
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprint(e.Type, " ", name)))
	}
	return lines
}

// node is a server with webhooks.
type node struct {
	t *testing.T
	*hub.Hub
	store  *store.Store
	sender *Sender
}

func start(t *testing.T, address string, hooks ...*Hook) node {
	t.Helper()
	return startAs(t, address, Config{}, hooks...)
}

func startAs(t *testing.T, address string, c Config, hooks ...*Hook) node {
	t.Helper()
	s, err := store.Open(t.Context(), address)
	check(t, err)
	h := hub.New(hub.Config{Grace: time.Millisecond})
	for _, hook := range hooks {
		secret, err := parseSecret(testSecret)
		check(t, err)
		hook.secrets, hook.AllowPrivate = [][]byte{secret}, true
	}
	c.Store, c.Hooks, c.Log = s, hooks, slog.New(slog.DiscardHandler)
	c.Here = func(room string) ([]shared.User, bool) { return h.View(room, 1000).Users, true }
	sender, err := Start(t.Context(), events.Observe(h, events.Config{}), c)
	check(t, err)
	return node{t, h, s, sender}
}

func (n node) enter(room, name string) *hub.Session {
	n.t.Helper()
	s, err := n.Connect(room, deaf{})
	check(n.t, err)
	s.Receive(shared.Encode(shared.GotANewUser{Name: name, Key: "the-secret-key-of-" + strings.ReplaceAll(name, " ", "-")}))
	return s
}

func (n node) stop() {
	n.t.Helper()
	n.Hub.Close()
	n.WaitObservers()
	check(n.t, n.sender.Close(context.Background()))
	check(n.t, n.store.Close())
}

// kill ends everything without a word to the database.
func (n node) kill() {
	n.sender.cancel()
	n.sender.running.Wait()
	n.Hub.Close()
	n.WaitObservers()
	close(n.sender.stop)
	<-n.sender.read
	check(n.t, n.store.Close())
}

func TestEventsAreDelivered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		all, some := receive(t), receive(t)
		n := start(t, address, &Hook{URL: all.URL, Names: true}, &Hook{URL: some.URL, Rooms: []string{"stand*"}, Types: []string{api.MemberJoined}})
		n.enter("standup", "Ada").Receive(shared.Encode(shared.Leave{}))
		n.enter("lobby", "Bo")
		until(t, "all came", func() bool { return len(all.lines("standup")) == 4 && len(all.lines("lobby")) == 2 })
		want(t, "standup", all.lines("standup"), []string{"room.occupied", "member.joined Ada", "member.left Ada", "room.vacated"})
		until(t, "some came", func() bool { return len(some.lines("standup")) == 1 })
		want(t, "without a name", some.lines("standup"), []string{"member.joined"})
		want(t, "of another room", len(some.lines("lobby")), 0)
		n.stop()
		want(t, "at the end", all.lines("lobby"), []string{"room.occupied", "member.joined Bo", "member.left Bo", "room.vacated"})
	})
}

// Whatever an endpoint answers, it gets each event at least once and in order, and another
// endpoint waits for nothing.
func TestEndpointsThatFail(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for name, answer := range map[string]func(n int, w http.ResponseWriter) bool{
		"500": func(n int, w http.ResponseWriter) bool { w.WriteHeader(500); return false },
		"429": func(n int, w http.ResponseWriter) bool {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
			return false
		},
		"404": func(n int, w http.ResponseWriter) bool { w.WriteHeader(404); return false },
		"redirect": func(n int, w http.ResponseWriter) bool {
			w.Header().Set("Location", "/")
			w.WriteHeader(307)
			return false
		},
		"cut half-way": func(n int, w http.ResponseWriter) bool {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("x"))
			panic(http.ErrAbortHandler)
		},
		"endless": func(n int, w http.ResponseWriter) bool {
			w.WriteHeader(500)
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<20))
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad, good := receive(t), receive(t)
			bad.Config.ErrorLog = nil
			bad.set(func(n int, w http.ResponseWriter) bool { return n > 1 || answer(n, w) })
			n := start(t, storetest.File(t), &Hook{URL: bad.URL, Names: true}, &Hook{URL: good.URL, Names: true})
			defer n.stop()
			s := n.enter("lobby", "Ada")
			s.Receive(shared.Encode(shared.UpdateUser{Name: new("Countess")}))
			sequence := []string{"room.occupied", "member.joined Ada", "member.updated Countess"}
			until(t, "the other is told", func() bool { return len(good.lines("lobby")) == 3 })
			want(t, "the other", good.lines("lobby"), sequence)
			until(t, "all came", func() bool { return len(bad.lines("lobby")) == 3 })
			want(t, "this one", bad.lines("lobby"), sequence)
		})
	}
}

// What was told and not acknowledged survives a crash, and who was there before it has left.
func TestACrash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address string) {
		r := receive(t)
		n := start(t, address, &Hook{URL: r.URL})
		n.enter("lobby", "Ada")
		until(t, "it came", func() bool { return len(r.lines("lobby")) == 2 })
		r.set(func(_ int, w http.ResponseWriter) bool { w.WriteHeader(500); return false })
		n.enter("lobby", "Bo")
		until(t, "it is kept", func() bool {
			waiting, err := n.store.Waiting(t.Context())
			check(t, err)
			return n.sender.Statuses()[0].Waiting == 1 && len(waiting) == 1 && waiting[0].Events == 1
		})
		n.kill()
		r.set(nil)
		n = start(t, address, &Hook{URL: r.URL})
		until(t, "all came", func() bool { return len(r.lines("lobby")) == 6 })
		want(t, "events", r.lines("lobby"), []string{"room.occupied", "member.joined", "member.joined", "member.left", "member.left", "room.vacated"})
		want(t, "the reason", r.events[len(r.events)-2].Data.Reason, shared.ReasonNodeLost)
		n.stop()
		n = start(t, address, &Hook{URL: r.URL})
		n.stop()
		want(t, "nothing again", len(r.lines("lobby")), 6)
	})
}

// Who takes over by a handover, and finds nobody, sends what a crash left before what is new.
func TestACrashBeforeAHandover(t *testing.T) {
	file, r := storetest.File(t), receive(t)
	r.set(func(_ int, w http.ResponseWriter) bool { w.WriteHeader(500); return false })
	n := start(t, file, &Hook{URL: r.URL, Names: true})
	n.enter("lobby", "Ada")
	until(t, "it is kept", func() bool {
		waiting, err := n.store.Waiting(t.Context())
		check(t, err)
		return len(waiting) == 1 && waiting[0].Events == 2
	})
	n.kill()
	r.set(nil)
	n = startAs(t, file, Config{Shared: true, Alone: true}, &Hook{URL: r.URL, Names: true})
	n.enter("lobby", "Cy")
	until(t, "all came", func() bool { return len(r.lines("lobby")) == 6 })
	want(t, "events", r.lines("lobby"), []string{"room.occupied", "member.joined Ada", "member.left", "room.vacated", "room.occupied", "member.joined Cy"})
	n.stop()
}

// 410 ends an endpoint, also for the next life of the server, until it is resumed.
func TestGone(t *testing.T) {
	file, r := storetest.File(t), receive(t)
	r.set(func(_ int, w http.ResponseWriter) bool { w.WriteHeader(http.StatusGone); return false })
	n := start(t, file, &Hook{URL: r.URL})
	n.enter("lobby", "Ada")
	until(t, "it ends", func() bool { return n.sender.Statuses()[0].Ended })
	n.stop()
	r.set(nil)
	hook := &Hook{URL: r.URL}
	n = start(t, file, hook)
	n.enter("lobby", "Bo")
	want(t, "still ended", n.sender.Statuses()[0], Status{Host: hook.Host(), Ended: true})
	check(t, n.store.ResumeEndpoint(t.Context(), hook.Key()))
	until(t, "it begins again", func() bool { return len(r.lines("lobby")) > 0 })
	want(t, "with a gap", r.lines("lobby")[0], "attendance.gap")
	n.stop()
}

// Too much for a queue becomes a gap, in the database too, and what follows is told.
func TestAFullQueue(t *testing.T) {
	file, r := storetest.File(t), receive(t)
	r.set(func(_ int, w http.ResponseWriter) bool { w.WriteHeader(500); return false })
	n := start(t, file, &Hook{URL: r.URL})
	for i := range maxRoomQueue {
		n.enter("lobby", fmt.Sprint("name ", i))
	}
	n.enter("other", "Bo")
	until(t, "all is written", func() bool {
		waiting, err := n.store.Waiting(t.Context())
		check(t, err)
		s := n.sender.Statuses()[0]
		return len(waiting) == 1 && s.Waiting == waiting[0].Events && s.Waiting < maxRoomQueue && s.Waiting > 2
	})
	r.set(nil)
	until(t, "all came", func() bool { return n.sender.Statuses()[0].Waiting == 0 })
	lines := r.lines("lobby")
	want(t, "a gap", slices.Contains(lines, "attendance.gap"), true)
	want(t, "the other room", r.lines("other"), []string{"room.occupied", "member.joined"})
	n.stop()
}

func TestBatches(t *testing.T) {
	r := receive(t)
	n := start(t, storetest.File(t), &Hook{URL: r.URL, Batch: true, Names: true})
	r.set(func(n int, w http.ResponseWriter) bool {
		if n == 1 {
			w.WriteHeader(500)
		}
		return n > 1
	})
	var text []string
	for i := range 250 {
		name := fmt.Sprint("name ", i)
		text = append(text, "member.joined "+name)
		n.enter("lobby", name)
	}
	until(t, "all came", func() bool { return len(r.lines("lobby")) == 251 })
	want(t, "in order", r.lines("lobby")[1:], text)
	if len(r.bodies) > 100 {
		t.Errorf("%d requests", len(r.bodies))
	}
	n.stop()
}

// An event is encoded once for all endpoints that are told the same.
func TestEndpointsShareABody(t *testing.T) {
	n := start(t, storetest.File(t), &Hook{URL: "http://one.example", Names: true}, &Hook{URL: "http://two.example", Names: true}, &Hook{URL: "http://three.example"})
	n.sender.cancel()
	n.sender.running.Wait()
	n.sender.mu.Lock()
	n.sender.tell(api.Event{Type: api.MemberJoined, Data: api.EventData{Room: "lobby", Member: &shared.User{Name: "Ada"}}})
	var bodies []string
	for _, e := range n.sender.endpoints {
		bodies = append(bodies, e.queues["lobby"].entries[0].Body)
	}
	n.sender.mu.Unlock()
	if unsafe.StringData(bodies[0]) != unsafe.StringData(bodies[1]) || strings.Contains(bodies[2], "Ada") {
		t.Errorf("%q", bodies)
	}
	n.kill()
}

// Somebody who is erased is not told by name any more.
func TestForget(t *testing.T) {
	r := receive(t)
	r.set(func(_ int, w http.ResponseWriter) bool { w.WriteHeader(500); return false })
	n := start(t, storetest.File(t), &Hook{URL: r.URL, Names: true})
	n.enter("lobby", "Ada")
	until(t, "it was tried", func() bool { return n.sender.Statuses()[0].Failed > 0 })
	n.sender.Forget(shared.MemberID("the-secret-key-of-Ada"))
	r.set(nil)
	until(t, "it came", func() bool { return len(r.lines("lobby")) == 2 })
	want(t, "events", r.lines("lobby"), []string{"room.occupied", "member.joined"})
	n.stop()
}

// What is on its way while somebody is erased is ended, and sent again without the name.
func TestForgetWhatIsUnderWay(t *testing.T) {
	for _, batch := range []bool{false, true} {
		file := storetest.File(t)
		synctest.Test(t, func(t *testing.T) {
			n := start(t, file, &Hook{URL: "http://receiver.example", Names: true, Batch: batch, Types: []string{api.MemberJoined}})
			var bodies []string
			n.sender.endpoints[0].client.Transport = answers(func(req *http.Request, body string) *http.Response {
				bodies = append(bodies, body)
				if len(bodies) == 1 {
					<-req.Context().Done()
				}
				return answer(http.StatusOK, "")
			})
			n.enter("lobby", "Ada")
			time.Sleep(time.Second)
			synctest.Wait()
			want(t, "under way", len(bodies), 1)
			n.sender.Forget(shared.MemberID("the-secret-key-of-Ada"))
			time.Sleep(time.Second)
			synctest.Wait()
			want(t, "requests", len(bodies), 2)
			if text := strings.Join(bodies[1:], ""); strings.Contains(text, "Ada") {
				t.Errorf("sent after the name was erased: %s", text)
			}
			want(t, "status", n.sender.Statuses()[0].Failed, uint64(0))
			n.stop()
		})
	}
}

// The addresses that are refused unless private ones are allowed, and some that are not.
func TestAddresses(t *testing.T) {
	for address, public := range map[string]bool{
		"1.1.1.1": true, "8.8.8.8": true, "2606:4700:4700::1111": true, "::ffff:1.1.1.1": true,
		"127.0.0.1": false, "127.1.2.3": false, "0.0.0.0": false, "10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "198.18.0.1": false, "192.0.2.1": false, "224.0.0.1": false,
		"240.0.0.1": false, "255.255.255.255": false, "::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false,
		"fd12::1": false, "fec0::1": false, "ff02::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:a9fe:a9fe": false, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "2002:7f00:1::": false, "2001:0:a00:1::": false, "2001:db8::1": false,
	} {
		if err := checkPublic(netip.MustParseAddr(address)); (err == nil) != public {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// However an address of this machine is written, and whatever leads there, it is not called.
func TestNothingPrivateIsCalled(t *testing.T) {
	called := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer srv.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(srv.URL, "http://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost", "127.1", "0177.0.0.1", "0x7f.1", "2130706433", "0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "localhost."} {
		h := &Hook{URL: "http://" + host + ":" + port}
		if err := h.Test(t.Context()); err == nil {
			t.Errorf("%s is called", host)
		}
	}
	if called {
		t.Error("it was called")
	}
	redirects := receive(t)
	redirects.set(func(_ int, w http.ResponseWriter) bool {
		w.Header().Set("Location", srv.URL)
		w.WriteHeader(307)
		return false
	})
	if err := (&Hook{URL: redirects.URL, AllowPrivate: true}).Test(t.Context()); err == nil || called {
		t.Errorf("a redirect is followed: %v, %t", err, called)
	}
	if err := (&Hook{URL: srv.URL, AllowPrivate: true}).Test(t.Context()); err != nil || !called {
		t.Errorf("where it is allowed: %v", err)
	}
	other := httptest.NewTLSServer(http.NotFoundHandler())
	other.Config.ErrorLog = nil
	defer other.Close()
	if err := (&Hook{URL: other.URL, AllowPrivate: true}).Test(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody has signed: %v", err)
	}
}

// The example of the specification of Standard Webhooks.
func TestSignature(t *testing.T) {
	secret, err := parseSecret(testSecret)
	check(t, err)
	got := sign([][]byte{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, []byte(`{"test": 2432232314}`))
	want(t, "signature", got, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	for _, bad := range []string{"", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", secretPrefix + base64.StdEncoding.EncodeToString(make([]byte, 23)), secretPrefix + base64.StdEncoding.EncodeToString(make([]byte, 65))} {
		if _, err := parseSecret(bad); err == nil {
			t.Errorf("%q is a secret", bad)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	for text, wait := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "x": 0, "Sat, 28 Nov 2026 09:00:30 GMT": 30 * time.Second, "Sat, 28 Nov 2026 08:00:00 GMT": 0, "999999": time.Hour,
	} {
		want(t, text, retryAfter(text, now), wait)
	}
	for n, most := range map[int]time.Duration{1: 1500 * time.Millisecond, 4: 12 * time.Second, 1000: 3 * longestPause / 2} {
		if p := pause(n); p < most/3 || p > most {
			t.Errorf("after %d failures it waits %v", n, p)
		}
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "secret"), []byte(testSecret+"\n"+testSecret+"\n"), 0o600))
	check(t, os.WriteFile(filepath.Join(dir, "bad"), []byte("x"), 0o600))
	const good = "[[webhook]]\nurl = 'https://example.com/x?token=hidden'\nsecret-file = 'secret'\n"
	for text, said := range map[string]string{
		good: "",
		good + "types = ['member.joined']\nrooms = ['standup', 'team-*', '*']\nnames = true\nbatch = true\n": "",
		"":                       "0 endpoints",
		"[[webhook]":             "toml",
		good + "colour = 1":      "colour is not known",
		good + good:              "is there twice",
		good + "types = ['x']":   "types",
		good + "rooms = ['A B']": "rooms",
		"[[webhook]]\nurl = 'https://example.com/x'":                                           "secret-file: it is missing",
		"[[webhook]]\nurl = 'https://example.com/x'\nsecret-file = 'nowhere'":                  "secret-file",
		"[[webhook]]\nurl = 'https://example.com/x'\nsecret-file = 'bad'":                      "whsec_",
		"[[webhook]]\nurl = 'ftp://example.com'\nsecret-file = 'secret'":                       "url",
		"[[webhook]]\nurl = 'http://example.com'\nsecret-file = 'secret'":                      "TLS",
		"[[webhook]]\nurl = 'https://a:hidden@example.com'\nsecret-file = 'secret'":            "password",
		"[[webhook]]\nurl = 'https://10.0.0.1/'\nsecret-file = 'secret'":                       "allow-private",
		"[[webhook]]\nurl = 'https://10.0.0.1/'\nsecret-file = 'secret'\nallow-private = true": "",
		strings.Repeat("[[webhook]]\n", maxHooks+1):                                            "101 endpoints",
	} {
		name := filepath.Join(dir, "webhooks.toml")
		check(t, os.WriteFile(name, []byte(text), 0o600))
		hooks, err := Read(name)
		if said == "" {
			if err != nil || len(hooks) != 1 {
				t.Errorf("%s: %v", text, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), said) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
