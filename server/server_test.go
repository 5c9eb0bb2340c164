package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"rollcall/server/transport/wiretest"
	"rollcall/shared"
	"rollcall/shared/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// assets is a build in miniature.
func assets() fstest.MapFS {
	tree := fstest.MapFS{"version": {Data: []byte("v1")}}
	const hash = ".0123456789abcdef."
	for _, name := range []string{
		"web/app" + hash + "wasm", "web/app" + hash + "js", "web/wasm_exec" + hash + "js", "web/start" + hash + "js",
		"web/style" + hash + "css", "web/icon" + hash + "svg", "web/apple-touch-icon" + hash + "png",
		"manifest.webmanifest", "app-worker.js", "favicon.ico",
	} {
		tree[name] = &fstest.MapFile{Data: []byte("the content of " + name)}
	}
	return tree
}

// start returns a server that is shut down when the test ends.
func start(t *testing.T, c Config) *Server {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// join has somebody enter a room of a server whose pages are at url, which ends in a slash.
func join(t *testing.T, url, room, name string) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), strings.Replace(url, "http", "ws", 1)+"ws", client.Options{Room: room, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// A zero Config is a server of sockets, which has no page.
func TestZeroConfig(t *testing.T) {
	s := start(t, Config{})
	srv := httptest.NewServer(s)
	defer srv.Close()
	for path, want := range map[string]int{"/healthz": 200, "/": 404, "/r/standup": 404, "/shell": 404, "/web/app.wasm": 404} {
		if got, _ := get(t, srv.URL+path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if got := s.Rooms(); len(got) > 0 || s.Members("standup") != nil {
		t.Errorf("before anybody came there are %q, %v", got, s.Members("standup"))
	}
	join(t, srv.URL+"/", "standup", "Ada")
	join(t, srv.URL+"/", "standup", "Bo")
	join(t, srv.URL+"/", "kitchen", "Cy")
	if got := s.Rooms(); !slices.Equal(got, []string{"kitchen", "standup"}) {
		t.Errorf("the rooms are %q", got)
	}
	got := s.Members("standup") // by arrival, which may be in one millisecond
	slices.SortFunc(got, func(a, b shared.User) int { return strings.Compare(a.Name, b.Name) })
	if len(got) != 2 || got[0].Name != "Ada" || got[1].Name != "Bo" {
		t.Errorf("the members are %+v", got)
	}
}

// Wherever the server is mounted, with its prefix or without, its pages lead to its own
// files and its sockets work, and what is beside it stays as it is.
func TestMounted(t *testing.T) {
	for name, c := range map[string]struct {
		base  string
		mount func(http.Handler) http.Handler
	}{
		"at the root": {"/", func(h http.Handler) http.Handler { return h }},
		"under a path": {"/presence/", func(h http.Handler) http.Handler {
			return route("/presence/", h)
		}},
		"under a path that is stripped": {"/presence/", func(h http.Handler) http.Handler {
			return route("/presence/", http.StripPrefix("/presence", h))
		}},
		"where half of a path is stripped": {"/a/presence/", func(h http.Handler) http.Handler {
			return route("/a/presence/", http.StripPrefix("/a", h))
		}},
		"where the slash is stripped too": {"/presence/", func(h http.Handler) http.Handler {
			return route("/presence/", http.StripPrefix("/presence/", h))
		}},
		"behind a writer with Unwrap": {"/presence/", func(h http.Handler) http.Handler {
			return route("/presence/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(unwrapper{w}, r) }))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			status := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Method+" "+r.URL.Path) })
			s := start(t, Config{Base: c.base, Assets: assets(), Handlers: map[string]http.Handler{"api/": status}})
			srv := httptest.NewServer(c.mount(s))
			defer srv.Close()
			url := srv.URL + c.base
			join(t, url, "standup", "Ada")
			for path, want := range map[string]string{
				"":                     `href="` + c.base + `web/style.`,
				"r/standup":            "Ada",
				"r/StandUp":            "Ada", // by a redirect
				"api/v1/rooms":         "GET " + c.base + "api/v1/rooms",
				"manifest.webmanifest": "the content of",
				"robots.txt":           "Disallow: " + c.base + "r/",
			} {
				if code, body := get(t, url+path); code != 200 || !strings.Contains(body, want) {
					t.Errorf("%s%s: %d, %q", c.base, path, code, body)
				}
			}
			if code, _ := get(t, url+"nowhere"); code != 404 {
				t.Errorf("nowhere: %d", code)
			}
			res, err := http.Post(url+"api/v1/rooms", "", nil)
			if err != nil || res.StatusCode != 200 || res.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("a POST for another handler: %v, %v", res, err)
			}
			if err == nil {
				_ = res.Body.Close()
			}
			if c.base == "/" {
				return
			}
			if _, body := get(t, srv.URL+"/beside"); body != "beside" {
				t.Errorf("what is beside it says %q", body)
			}
			if code, _ := get(t, url+strings.TrimPrefix(c.base, "/")+"r/standup"); code != 404 {
				t.Errorf("the base twice: %d", code)
			}
		})
	}
}

// route returns a handler that has another at a path.
func route(path string, h http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(path, h)
	mux.HandleFunc("/beside", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "beside") })
	return mux
}

// unwrapper is a ResponseWriter of a middleware that http.ResponseController sees through.
type unwrapper struct{ w http.ResponseWriter }

func (u unwrapper) Header() http.Header         { return u.w.Header() }
func (u unwrapper) Write(p []byte) (int, error) { return u.w.Write(p) }
func (u unwrapper) WriteHeader(status int)      { u.w.WriteHeader(status) }
func (u unwrapper) Unwrap() http.ResponseWriter { return u.w }

// broken is one that promises a Hijack that it can't keep.
type broken struct{ http.ResponseWriter }

func (broken) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, errors.New("no") }

// logged is a log that a test reads.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Where a middleware hides the connection, a handshake is answered with 501 and the log
// says so, once for many; pages are served all the same.
func TestAWriterWithoutUnwrap(t *testing.T) {
	for name, wrap := range map[string]func(http.ResponseWriter) http.ResponseWriter{
		"no Unwrap":       func(w http.ResponseWriter) http.ResponseWriter { return struct{ http.ResponseWriter }{w} },
		"a broken Hijack": func(w http.ResponseWriter) http.ResponseWriter { return broken{w} },
	} {
		t.Run(name, func(t *testing.T) {
			var log logged
			s := start(t, Config{Assets: assets(), Log: slog.New(slog.NewTextHandler(&log, nil))})
			srv := wiretest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.ServeHTTP(wrap(w), r) }))
			for range 3 {
				c := srv.Open()
				c.Send([]byte(wiretest.Upgrade("/ws?room=standup")))
				res := c.Response()
				text, _ := io.ReadAll(res.Body)
				if res.StatusCode != http.StatusNotImplemented || !strings.Contains(string(text), "middleware") || res.Header.Get("Upgrade") != "" {
					t.Errorf("%s, %q, %v", res.Status, text, res.Header)
				}
			}
			if got := strings.Count(log.String(), "no WebSocket is possible here"); got != 1 {
				t.Errorf("the log says it %d times:\n%s", got, log.String())
			}
			if code, _ := get(t, srv.URL+"/"); code != http.StatusOK {
				t.Errorf("the page: %d", code)
			}
		})
	}
}

// Shutdown tells every client, leaves no goroutine (see TestMain), and refuses whoever
// comes later.
func TestShutdown(t *testing.T) {
	s := start(t, Config{Assets: assets()})
	srv := wiretest.Start(t, s)
	members := []*wiretest.Client{srv.Join("standup", "Ada"), srv.Join("kitchen", "Bo")}
	var stopping sync.WaitGroup
	for range 2 {
		stopping.Go(func() {
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	for _, m := range members {
		if got := m.Until("closed 1001"); got[len(got)-1] != "closed 1001" {
			t.Errorf("a member heard %q", got)
		}
	}
	stopping.Wait()
	c := srv.Open()
	c.Send([]byte(wiretest.Upgrade("/ws?room=standup")))
	if res := c.Response(); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a handshake after it: %s", res.Status)
	}
	if got := s.Rooms(); len(got) > 0 {
		t.Errorf("the rooms are %q", got)
	}
}

// Whoever does not wait for Shutdown is told so, and it goes on.
func TestShutdownInNoTime(t *testing.T) {
	s := start(t, Config{})
	srv := wiretest.Start(t, s)
	srv.Join("standup", "Ada").Deaf.Store(true) // it answers no close frame
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
}

// Who may enter is whom the program's own function or a token lets in, under the name
// and for as long as that says.
func TestAuthentication(t *testing.T) {
	red, err := shared.NewInfo(map[string]string{"team": "red"})
	if err != nil {
		t.Fatal(err)
	}
	var large shared.Info
	if err := json.Unmarshal([]byte(`{"k":"`+strings.Repeat("v", 2*shared.MaxInfoBytes)+`"}`), &large); err != nil {
		t.Fatal(err)
	}
	ada := Identity{ID: shared.SubjectID("17"), Name: "Ada", Role: shared.RoleHost, Info: red}
	decide := func(who, room string) (*Identity, error) {
		switch {
		case who == "ada" && room != "secret":
			return &ada, nil
		case who == "ada":
			return nil, shared.Errorf(shared.CodeForbidden, "not for you")
		case who == "broken":
			return nil, errors.New("the database is down at 10.0.0.1")
		case who == "nil":
			return nil, nil
		case who == "badly named":
			return &Identity{ID: "17"}, nil
		case who == "of another role":
			return &Identity{ID: ada.ID, Role: "admin"}, nil
		case who == "of much info":
			return &Identity{ID: ada.ID, Info: large}, nil
		}
		return nil, shared.Errorf(shared.CodeUnauthorized, "sign in first")
	}
	for name, c := range map[string]struct {
		Config
		header, value string
		challenge     bool
	}{
		"a function": {Config{Authenticate: func(r *http.Request, room string) (*Identity, error) {
			return decide(r.Header.Get("Cookie"), room)
		}}, "Cookie", "", false},
		"tokens": {Config{VerifyToken: decide}, "Authorization", "Bearer ", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, c.Config)
			srv := wiretest.Start(t, s)
			for _, try := range []struct {
				who, room string
				want      int
				told      string
			}{
				{"", "standup", 401, "sign in first"},
				{"eve", "standup", 401, "sign in first"},
				{"ada", "secret", 403, "not for you"},
				{"broken", "standup", 500, "the server failed"},
				{"nil", "standup", 500, "the server failed"},
				{"badly named", "standup", 500, "the server failed"},
				{"of another role", "standup", 500, "the server failed"},
				{"of much info", "standup", 500, "the server failed"},
			} {
				conn := srv.Open()
				conn.Send([]byte(wiretest.Upgrade("/ws?room="+try.room, c.header+": "+c.value+try.who)))
				res := conn.Response()
				text, _ := io.ReadAll(res.Body)
				if res.StatusCode != try.want || !strings.Contains(string(text), try.told) {
					t.Errorf("%q in %s: %s, %s", try.who, try.room, res.Status, text)
				}
				if got := res.Header.Get("WWW-Authenticate") != ""; got != c.challenge && try.want == 401 {
					t.Errorf("%q: a token would help: %v", try.who, got)
				}
			}
			conn := srv.Open()
			conn.Send([]byte(wiretest.Upgrade("/ws?room=standup", c.header+": "+c.value+"ada")))
			conn.Response()
			conn.Send(wiretest.Message(shared.Watch{Detail: shared.DetailRoster})) // which needs to be allowed as well: nobody got so far above
			conn.Until("existing_users")
			if got := s.Members("standup"); len(got) != 0 {
				t.Errorf("a watcher makes the members %+v", got)
			}
			conn.Send(wiretest.Message(wiretest.Member("Eve")))
			conn.Until("existing_users")
			if got := s.Members("standup"); len(got) != 1 || got[0].ID != ada.ID || got[0].Name != "Ada" || got[0].Role != shared.RoleHost || got[0].Info != red {
				t.Errorf("the members are %+v", got)
			}
		})
	}
}

// An identity that ends takes the session with it.
func TestAnIdentityThatEnds(t *testing.T) {
	s := start(t, Config{Authenticate: func(*http.Request, string) (*Identity, error) {
		return &Identity{ID: shared.SubjectID("17"), Until: time.Now().Add(time.Second)}, nil
	}})
	if got := wiretest.Start(t, s).Join("standup", "Ada").Until("error token_expired"); got[len(got)-1] != "error token_expired" {
		t.Errorf("heard %q", got)
	}
}
