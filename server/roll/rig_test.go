//go:build unix

package roll

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"rollcall/server/attendance"
	"rollcall/server/hub"
	"rollcall/server/site"
	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
)

const (
	key   = "rk_THE-KEY-THAT-OPENS-STANDUP"
	own   = "http://rollcall.test"
	there = own + "/r/standup/attendance"
)

// rig is a site with the page, over a database.
type rig struct {
	t     *testing.T
	store *store.Store
	roll  *attendance.Roll
	site  *site.Site
	hub   *hub.Hub
	log   *bytes.Buffer
	keys  map[string]bool // that count
}

func newRig(t *testing.T, base string) *rig {
	t.Helper()
	s, err := store.Open(t.Context(), storetest.File(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	r := &rig{t: t, store: s, hub: hub.New(hub.Config{}), roll: attendance.NewRoll(s), log: new(bytes.Buffer), keys: map[string]bool{key: true}}
	check := func(secret, room string) (string, bool) { return "key ci", r.keys[secret] && room != "secret" }
	r.site = siteWith(t, base, r.hub, Config{Roll: r.roll, Check: check, Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	return r
}

// siteWith returns a site with the page and a build in miniature.
func siteWith(t *testing.T, base string, h *hub.Hub, c Config) *site.Site {
	t.Helper()
	s, err := newSite(t, base, h, c, build())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// build returns a build in miniature.
func build() fstest.MapFS {
	const hash = "0123456789abcdef"
	tree := fstest.MapFS{"version": {Data: []byte("v1")}}
	for _, name := range []string{
		"app.%.wasm", "app.%.js", "wasm_exec.%.js", "start.%.js", "style.%.css", "attendance.%.css", "attendance.%.js", "icon.%.svg", "apple-touch-icon.%.png",
	} {
		tree["web/"+strings.Replace(name, "%", hash, 1)] = &fstest.MapFile{Data: []byte(name)}
	}
	tree["manifest.webmanifest"] = &fstest.MapFile{Data: []byte("{}")}
	return tree
}

func newSite(t *testing.T, base string, h *hub.Hub, c Config, tree fstest.MapFS) (*site.Site, error) {
	t.Helper()
	s, err := site.New(site.Config{
		Hub: h, Build: tree, Base: base, AttendancePage: New(c), Log: c.Log,
		Limits: site.Limits{Connections: 5, Joins: 5},
	})
	if err == nil {
		t.Cleanup(func() { h.Close(); s.Wait() })
	}
	return s, err
}

// do makes a request, with pairs of headers.
func (r *rig) do(method, address string, body io.Reader, header ...string) *http.Response {
	req := httptest.NewRequest(method, address, body)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.site.ServeHTTP(w, req)
	return w.Result()
}

// submit sends a form of a page of ours.
func (r *rig) submit(address string, fields url.Values, header ...string) *http.Response {
	return r.do("POST", address, strings.NewReader(fields.Encode()),
		append([]string{"Origin", own, "Content-Type", "application/x-www-form-urlencoded"}, header...)...)
}

// enter gives the key and returns the cookie.
func (r *rig) enter(address string) *http.Cookie {
	r.t.Helper()
	res := r.submit(address, url.Values{"key": {key}, "zone": {"Europe/Berlin"}})
	if cookies := res.Cookies(); res.StatusCode == http.StatusSeeOther && len(cookies) == 1 {
		return cookies[0]
	}
	r.t.Fatalf("%s, %v", res.Status, res.Header)
	return nil
}

// page returns the page for a cookie.
func (r *rig) page(address string, c *http.Cookie, header ...string) string {
	r.t.Helper()
	res := r.do("GET", address, nil, append([]string{"Cookie", c.Name + "=" + c.Value}, header...)...)
	return text(r.t, res)
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var proofField = regexp.MustCompile(`name="proof" value="([0-9a-f]+)"`)

// proofIn returns what the forms of a page prove its session by.
func (r *rig) proofIn(page string) string {
	r.t.Helper()
	found := proofField.FindStringSubmatch(page)
	if found == nil {
		r.t.Fatalf("no proof in %s", page)
	}
	return found[1]
}

// list sends the form of who is expected, of pairs of fields.
func (r *rig) list(address string, fields ...string) *http.Response {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		_ = w.WriteField(fields[i], fields[i+1])
	}
	_ = w.Close()
	return r.do("POST", address, &b, "Origin", own, "Content-Type", w.FormDataContentType())
}

// at is a time on a day that is over, in minutes from 9:00 UTC.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 2, 9, minutes, 0, 0, time.UTC)
}

// was is a visit to the standup; one without an end is not over.
func was(name string, from, to int) store.Visit {
	v := store.Visit{
		Room: "standup", Member: shared.MemberID("the key of " + name), Name: name, Identity: "typed", Role: "member", Attached: at(from), Reason: "left",
	}
	if to > 0 {
		v.Detached = at(to)
	}
	return v
}

// wrote has a node write visits, and a gap unless it is zero.
func (r *rig) wrote(gap store.Gap, visits ...store.Visit) {
	r.t.Helper()
	l, err := r.store.Begin(r.t.Context(), "one", at(-60))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range visits {
		visits[i].N = int64(i + 1)
	}
	if err := errors.Join(l.Write(r.t.Context(), store.Batch{New: visits, Seen: at(600), Gap: gap}), l.End(r.t.Context(), at(600))); err != nil {
		r.t.Fatal(err)
	}
}

// morning is the query for the day of at.
const morning = "?from=2026-03-02T00:00&to=2026-03-03T00:00&zone=UTC"
