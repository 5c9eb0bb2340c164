package site

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

// full has the given number of members join a room.
func (r *rig) full(t *testing.T, room string, members int) {
	t.Helper()
	t.Cleanup(r.hub.Close)
	for i := range members {
		s, err := r.hub.Connect(room, wiretest.DiscardPeer{})
		if err != nil {
			t.Fatal(err)
		}
		s.Receive(shared.Encode(wiretest.Member(fmt.Sprint("Resident-", i))))
	}
}

// ask asks for a page and returns the answer and its body, as they come.
func (r *rig) ask(t *testing.T, method, path, accept string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, r.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", accept)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res, body(t, res)
}

func unzip(t *testing.T, packed string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A page is sent in the coding that the client prefers, and is the same in each.
func TestAPageIsPacked(t *testing.T) {
	r := start(t, hub.Config{})
	r.full(t, "standup", maxPeople)
	for path, most := range map[string]float64{ // the packed page, as a part of the page
		"/": 0.5, "/r/standup": 0.25, "/nowhere": 0.6, "/open": 0.6, "/open?title=": 0.6, "/shell": 0.5,
	} {
		_, plain := r.ask(t, "GET", path, "identity")
		for accept, want := range map[string]coding{
			"gzip": gzipped, "gzip, deflate, br, zstd": gzipped, "*": gzipped, "gzip;q=0.5": gzipped,
			"br": identity, "gzip;q=0": identity, "*;q=0, identity": identity, "identity, gzip;q=0.5": identity,
		} {
			res, got := r.ask(t, "GET", path, accept)
			h := res.Header
			if h.Get("Content-Length") != strconv.Itoa(len(got)) || !slices.Contains(h.Values("Vary"), "Accept-Encoding") ||
				h.Get("Content-Type") != "text/html; charset=utf-8" || path != "/shell" && (h.Get("Cache-Control") != "no-store" || h.Get("ETag") != "") {
				t.Errorf("%s for %q has %d bytes and %v", path, accept, len(got), h)
			}
			if want == identity {
				if got != plain || h.Get("Content-Encoding") != "" {
					t.Errorf("%s for %q is packed: %v", path, accept, h)
				}
			} else if h.Get("Content-Encoding") != "gzip" || unzip(t, got) != plain || float64(len(got)) > most*float64(len(plain)) {
				t.Errorf("%s for %q has %d bytes, unpacked %d, and %v", path, accept, len(got), len(plain), h)
			}
			head, nothing := r.ask(t, "HEAD", path, accept)
			for _, name := range []string{"Content-Encoding", "Content-Length", "Vary", "Content-Type", "ETag"} {
				if head.StatusCode != res.StatusCode || nothing != "" || !slices.Equal(head.Header.Values(name), h.Values(name)) {
					t.Errorf("HEAD %s for %q: %s, %s: %q, want %q", path, accept, head.Status, name, head.Header.Values(name), h.Values(name))
				}
			}
		}
	}
}

// A page is better than none.
func TestAPageForWhomNoCodingIsAcceptable(t *testing.T) {
	r := newRig(t, hub.Config{})
	res := r.get("GET", "/r/standup", "Accept-Encoding", "br, identity;q=0")
	if h := res.Header; res.StatusCode != http.StatusOK || h.Get("Content-Encoding") != "" || !strings.Contains(body(t, res), "</html>") {
		t.Errorf("%s, %v", res.Status, h)
	}
}

// Each form of the shell has an entity tag of its own.
func TestThePackedShellIsRevalidated(t *testing.T) {
	r := newRig(t, hub.Config{})
	plain := r.get("GET", "/shell").Header.Get("ETag")
	packed := r.get("GET", "/shell", "Accept-Encoding", "gzip").Header.Get("ETag")
	if plain == packed || plain == "" || packed == "" {
		t.Errorf("tagged %s, packed %s", plain, packed)
	}
	for have, want := range map[string]int{packed: http.StatusNotModified, plain: http.StatusOK} {
		if res := r.get("GET", "/shell", "Accept-Encoding", "gzip", "If-None-Match", have); res.StatusCode != want {
			t.Errorf("has %s: %s", have, res.Status)
		}
	}
}

// More pages at a time than there are writers are packed, each whole.
func TestPagesArePackedAtATime(t *testing.T) {
	z := newPacker()
	var all sync.WaitGroup
	for i := range 20 * cap(z.writers) {
		all.Go(func() {
			page := strings.Repeat(fmt.Sprint("page ", i, "\n"), 1000+i)
			if got := unzip(t, string(z.pack([]byte(page)))); got != page {
				t.Errorf("page %d has %d bytes when unpacked, want %d", i, len(got), len(page))
			}
		})
	}
	all.Wait()
}

// A page that names people says nothing else that whoever has a browser ask for it can
// choose, whose length would then tell what people the packed page names.
func TestAPageThatNamesPeopleRepeatsNothing(t *testing.T) {
	admit := func(_ *http.Request, token, _ string) (*Pass, error) {
		if !strings.HasPrefix(token, "right-") {
			return nil, shared.Errorf(shared.CodeUnauthorized, "who are you?")
		}
		return &Pass{ID: shared.MemberID("the-secret-of-Ada")}, nil
	}
	for _, c := range []Config{{}, {Admit: admit, Tokens: true}} {
		c.Hub = hub.New(hub.Config{})
		r := newRigOf(t, c)
		r.full(t, "standup", 3)
		want := body(t, r.get("GET", "/r/standup?token=right-one"))
		if !strings.Contains(want, "Resident-2") {
			t.Fatalf("with tokens %v: it names nobody", c.Tokens)
		}
		res := r.get("GET", "/r/standup?q=GUESS&token=right-GUESS", "Cookie", "a=GUESS", "Referer", "https://example.com/GUESS",
			"User-Agent", "GUESS", "Accept", "text/html, GUESS", "Accept-Language", "en, GUESS", "Origin", "https://GUESS", "X-Forwarded-Host", "GUESS")
		if got := body(t, res); got != want {
			t.Errorf("with tokens %v: it depends on what else the request says:\n%s", c.Tokens, got)
		}
		if got := body(t, r.get("GET", "/r/standup?token=GUESS")); c.Tokens && strings.Contains(got, "Resident") {
			t.Errorf("who may not enter is told of people: %s", got)
		}
	}
}
