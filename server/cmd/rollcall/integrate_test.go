//go:build unix

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/store/storetest"
	"rollcall/shared"
	"rollcall/shared/api"
)

var toldFor = flag.Duration("told", 5*time.Second, "for how long copies are kept under faults")

// copier is one of the example receivers, behind a network of ill will.
type copier struct {
	at       string // where its copy is
	url      string // where it is told, through the network
	mood     atomic.Int32
	requests atomic.Int64
	refused  atomic.Int64
}

const moods = 6 // of the network; 0 is none

// startCopier starts an example with a command that takes its address.
func startCopier(t *testing.T, server, key, secret string, command func(addr string) *exec.Cmd) *copier {
	t.Helper()
	addr := freePort(t)
	cmd := command(addr)
	cmd.Env = append(os.Environ(), "ROLLCALL_SERVER="+server, "ROLLCALL_API_KEY="+key, "WEBHOOK_SECRET="+secret, "no_proxy=*")
	begin(t, cmd)
	c := &copier{at: "http://" + addr}
	target, err := url.Parse(c.at)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	done := make(chan struct{})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.requests.Add(1)
		mood := c.mood.Load()
		if mood != 0 {
			c.refused.Add(1)
		}
		switch mood {
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		case 3: // hangs
			select {
			case <-r.Context().Done():
			case <-done:
			}
		case 4: // takes it, and says nothing
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case 5: // is slow
			time.Sleep(100 * time.Millisecond)
			fallthrough
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() { close(done); front.Close() })
	c.url = front.URL + "/webhook"
	return c
}

// table returns the copy; nil if it can't be had.
func (c *copier) table() (table map[string]map[string]shared.User) {
	res, err := http.Get(c.at)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	_ = json.NewDecoder(res.Body).Decode(&table)
	return table
}

// truth returns who is in the rooms, by the API.
func truth(t *testing.T, c *api.Client) map[string]map[string]shared.User {
	t.Helper()
	all := make(map[string]map[string]shared.User)
	rooms, err := c.Rooms(t.Context(), "", api.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rooms.Rooms {
		people, err := c.Members(t.Context(), r.Room, api.Page{Limit: api.MaxLimit})
		if err != nil {
			t.Fatal(err)
		}
		all[r.Room] = make(map[string]shared.User)
		for _, u := range people.Members {
			all[r.Room][u.ID] = u
		}
	}
	return all
}

// However often the server is killed, and whatever becomes of requests, the copies of the
// example receivers are the rooms once it is quiet.
func TestCopiesUnderFaults(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("this test needs node: install it (on Debian: apt-get install nodejs)")
	}
	dir := t.TempDir()
	program, keys := filepath.Join(dir, "copy"), filepath.Join(dir, "keys")
	if out, err := exec.Command("go", "build", "-o", program, "../../../docs/examples/copy").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	key, addr := keyFor(t, keys), freePort(t)
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	start := func(secret string) *copier {
		return startCopier(t, "http://"+addr, key, secret, func(at string) *exec.Cmd { return exec.Command(program, at) })
	}
	copiers := []*copier{
		start(secret), start(secret),
		startCopier(t, "http://"+addr, key, secret, func(at string) *exec.Cmd {
			u, _ := url.Parse("http://" + at)
			return exec.Command("node", "../../../docs/examples/copy/copy.mjs", u.Port())
		}),
		start(""), // follows a stream
	}
	hooks := ""
	for i, c := range copiers[:3] {
		hooks += fmt.Sprintf("[[webhook]]\nurl = '%s'\nsecret-file = 'secret'\nallow-private = true\nnames = true\nbatch = %t\n", c.url, i == 1)
	}
	for name, text := range map[string]string{"webhooks.toml": hooks, "secret": secret} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"-addr", addr, "-api-keys-file", keys, "-database", storetest.File(t), "-webhooks-file", filepath.Join(dir, "webhooks.toml"), "-grace", "100ms"}
	process, _, _ := startProcess(t, args...)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	client := &api.Client{Server: "http://" + addr, Key: key}
	var joined []*websocket.Conn
	kills, rests, steps := 0, 0, 0
	for end := time.Now().Add(*toldFor); time.Now().Before(end); steps++ {
		switch n := random.IntN(100); {
		case n < 45:
			joined = append(joined, running{url: "http://" + addr}.joinAs(t, fmt.Sprint("room-", random.IntN(4)), shared.GotANewUser{
				Name: fmt.Sprint("name ", random.IntN(20)), Key: fmt.Sprint("the-key-of-somebody-", random.IntN(20)),
			}))
		case n < 60 && len(joined) > 0:
			i := random.IntN(len(joined))
			_ = joined[i].CloseNow()
			joined = append(joined[:i], joined[i+1:]...)
		case n < 75 && len(joined) > 0:
			_ = joined[random.IntN(len(joined))].Write(t.Context(), websocket.MessageText, shared.Encode(shared.UpdateUser{Name: new(fmt.Sprint("name ", random.IntN(100)))}))
		case n < 90:
			copiers[random.IntN(3)].mood.Store(int32(random.IntN(moods)))
		case n < 93:
			kills++
			_ = process.Process.Kill()
			_ = process.Wait()
			process, _, _ = startProcess(t, args...)
			joined = nil
		case n < 95:
			rests++
			for _, c := range copiers {
				c.mood.Store(0)
			}
			rest(t, client, copiers, seed)
		default:
			time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
		}
	}
	for _, c := range copiers {
		c.mood.Store(0)
	}
	rest(t, client, copiers, seed)
	t.Logf("seed %d: %d steps, the server was killed %d times, %d times it was quiet", seed, steps, kills, rests+1)
	for i, c := range copiers[:3] {
		t.Logf("receiver %d: %d requests, of which %d went wrong", i, c.requests.Load(), c.refused.Load())
	}
	forged(t, copiers[0].at)
	forged(t, copiers[2].at)
}

// rest waits until all copies are the rooms.
func rest(t *testing.T, client *api.Client, copiers []*copier, seed uint64) {
	t.Helper()
	for end := time.Now().Add(2 * within); ; time.Sleep(50 * time.Millisecond) {
		want, wrong := truth(t, client), -1
		for i, c := range copiers {
			if !reflect.DeepEqual(c.table(), want) {
				wrong = i
			}
		}
		if wrong < 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("seed %d: copy %d is\n%v, want\n%v", seed, wrong, copiers[wrong].table(), want)
		}
	}
}

// forged fails the test if a receiver takes a request that is not signed.
func forged(t *testing.T, at string) {
	t.Helper()
	res, err := http.Post(at+"/webhook", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a signature: %s", res.Status)
	}
}
