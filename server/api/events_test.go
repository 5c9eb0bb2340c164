package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
	"rollcall/shared/api"
)

// pipe is an http.ResponseWriter that keeps what was flushed.
type pipe struct {
	header http.Header
	mu     sync.Mutex
	text   bytes.Buffer
	flush  int // the length of text when it was last flushed
	broken bool
}

func (p *pipe) Header() http.Header { return p.header }

func (p *pipe) WriteHeader(int) {}

func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken {
		return 0, errors.New("broken")
	}
	return p.text.Write(b)
}

func (p *pipe) Flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flush = p.text.Len()
}

// written returns the text so far.
func (p *pipe) written() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// events returns the types, the people and the numbers of the events so far.
func (p *pipe) events() (lines []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body := http.Response{Header: http.Header{"Content-Type": {eventStream}}, Body: http.NoBody}
	body.Body = closer{bytes.NewReader(p.text.Bytes()[:p.flush])}
	values, _ := valuesOf(&body)
	for _, v := range values {
		e := v.(map[string]any)
		data := e["data"].(map[string]any)
		name := ""
		if m, ok := data["member"].(map[string]any); ok {
			name = m["name"].(string)
		}
		lines = append(lines, strings.Join(strings.Fields(fmt.Sprint(e["type"], " ", data["room"], " ", name, " ", data["count"])), " "))
	}
	return lines
}

type closer struct{ *bytes.Reader }

func (closer) Close() error { return nil }

// follow begins a stream, and returns what ends it and waits.
func (r *rig) follow(t *testing.T, query, key string) (p *pipe, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/events"+query, nil)
	req.Header.Set("Authorization", "Bearer "+key)
	p = &pipe{header: make(http.Header)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.ServeHTTP(p, req)
	}()
	synctest.Wait()
	return p, func() { cancel(); <-done }
}

// inBubble runs a test of a rig without a database, whose goroutines would be outside.
func inBubble(t *testing.T, nodes *Nodes, do func(*testing.T, *rig)) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nodes)
		_ = r.store.Close()
		synctest.Wait()
		do(t, r)
	})
}

func TestAStream(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		all, endAll := r.follow(t, "", r.keys[api.ScopeRead])
		one, endOne := r.follow(t, "?room=standup", r.keys[api.ScopeRead])
		defer endAll()
		defer endOne()
		enter(t, r.hub, "standup", "Ada")
		enter(t, r.hub, "other", "Bo")
		synctest.Wait()
		want(t, "all", all.events(), []string{"stream.from 0", "room.occupied standup 1", "member.joined standup Ada 1", "room.occupied other 1", "member.joined other Bo 1"})
		want(t, "one", one.events(), []string{"stream.from standup 0", "room.occupied standup 1", "member.joined standup Ada 1"})
		time.Sleep(checkEvery + time.Second)
		want(t, "with a proof", one.events()[3:], []string{"stream.check standup 1"})
		want(t, "of all rooms", len(all.events()), 5)
		text := one.written()
		if !strings.HasPrefix(text, "retry: 2000\nevent: stream.from\nid: ") || !strings.Contains(text, "\n\n: still here\nid: ") {
			t.Error(text)
		}
		r.Stop()
		synctest.Wait()
		if last := one.written(); !strings.HasSuffix(last, `"reason":"stopping"}}`+"\n\n") {
			t.Error(last)
		}
		want(t, "streams", r.streams.all, 0)
	})
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// A key that is withdrawn ends its streams.
func TestAWithdrawnKey(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.tokens["of a room"] = Grant{ID: "x", Scopes: []string{"read"}, Allows: func(room string) bool { return room == "standup" }}
		p, end := r.follow(t, "?room=standup", "of a room")
		defer end()
		r.withdraw("of a room")
		time.Sleep(2 * beatEvery)
		if last := p.written(); !strings.HasSuffix(last, `"reason":"unauthorized"}}`+"\n\n") {
			t.Error(last)
		}
	})
}

// A client whose connection breaks leaves nothing behind.
func TestABrokenStream(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		p, end := r.follow(t, "", r.keys[api.ScopeRead])
		defer end()
		p.mu.Lock()
		p.broken = true
		p.mu.Unlock()
		enter(t, r.hub, "standup", "Ada")
		synctest.Wait()
		want(t, "streams", r.streams.all, 0)
	})
}

func TestStreamsThatAreRefused(t *testing.T) {
	r := newRig(t, nil)
	r.tokens["of a room"] = Grant{ID: "x", Scopes: []string{"read"}, Allows: func(room string) bool { return room == "standup" }}
	r.Stop()
	for path, want := range map[string]api.ProblemType{
		"events":                                 api.Forbidden,
		"events?room=other":                      api.Forbidden,
		"events?room=A":                          api.Forbidden,
		"events?room=standup&last_event_id=x":    api.Invalid,
		"events?room=standup&last_event_id=cg":   api.Invalid, // of another list
		"events?room=standup&last_event_id=ZQ":   api.Invalid,
		"events?room=standup&last_event_id=ZTox": api.Invalid, // without a node
		"events?room=standup&colour=1":           api.Invalid,
	} {
		if p := problemOf(t, r.get(path, "of a room")); p.Type != want {
			t.Errorf("%s: %+v, want %s", path, p, want)
		}
	}
	if res := r.get("events?room=standup", "of a room"); res.StatusCode != http.StatusOK {
		t.Error(res.Status)
	}
	r.streams.of = map[string]int{"token x": maxKeyStreams}
	if p := problemOf(t, r.get("events?room=standup", "of a room")); p.Type != api.TooManyCalls {
		t.Errorf("%+v", p)
	}
	r.streams.all = maxStreams
	if p := problemOf(t, r.get("events", r.keys[api.ScopeRead])); p.Type != api.TooManyCalls {
		t.Errorf("%+v", p)
	}
}

// The client follows over connections that end, without a hole, from a list on.
func TestFollow(t *testing.T) {
	r := newRig(t, nil)
	srv := httptest.NewServer(r)
	defer srv.Close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	c := &api.Client{Server: srv.URL, Key: r.keys[api.ScopeRead]}
	enter(t, r.hub, "standup", "Ada")
	list, err := c.Members(t.Context(), "standup", api.Page{})
	if err != nil || len(list.Members) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	table := map[string]shared.User{list.Members[0].ID: list.Members[0]}
	for i := range 5 {
		enter(t, r.hub, "standup", fmt.Sprint("Bo ", i))
	}
	cursor := list.EventsFrom
	for len(table) < 6 { // an event on each connection, and the first
		n := 0
		for e, err := range c.Follow(t.Context(), "standup", cursor) {
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 && (e.Type != api.StreamFrom || e.Data.Lost || e.Data.From != e.Cursor || e.Data.AttendanceKept != 86400) {
				t.Errorf("first of all comes %+v", e)
			}
			if e.Data.Member != nil {
				table[e.Data.Member.ID] = *e.Data.Member
			}
			cursor = e.Cursor
			if n++; n == 2 {
				break
			}
		}
	}
	truth := make(map[string]shared.User)
	for _, u := range r.hub.View("standup", 100).Users {
		truth[u.ID] = u
	}
	if !maps.Equal(table, truth) {
		t.Errorf("%v, want %v", table, truth)
	}
	for e, err := range c.Follow(t.Context(), "", "ZWFub3RoZXI6MQ") {
		if err != nil || !e.Data.Lost || e.Data.Truth != "rooms" {
			t.Errorf("after another life of the server: %+v, %v", e, err)
		}
		break
	}
	r.Stop()
	var last api.Event
	for e, err := range c.Follow(t.Context(), "", "") {
		if err == nil {
			last = e
		} else if !errors.Is(err, api.ErrStreamEnded) {
			t.Error(err)
		}
	}
	if last.Type != api.StreamEnd || last.Data.Reason != endStopping {
		t.Errorf("the last is %+v", last)
	}
	_, err = (&api.Client{Server: srv.URL, Key: "wrong"}).Members(t.Context(), "standup", api.Page{})
	for _, got := range (&api.Client{Server: srv.URL, Key: "wrong"}).Follow(t.Context(), "", "") {
		want(t, "with a wrong key", got, err)
	}
}

// A stream has what happens on other nodes, and says who does not answer.
func TestAStreamOfSeveralNodes(t *testing.T) {
	c := &cluster{most: 1 << 20, missing: []string{"away"}}
	inBubble(t, c.nodes(), func(t *testing.T, r *rig) {
		other := c.add(t)
		p, end := r.follow(t, "?room=standup", r.keys[api.ScopeRead])
		defer end()
		enter(t, other, "standup", "Bo")
		time.Sleep(time.Second)
		want(t, "events", p.events(), []string{"stream.from standup 0", "room.occupied standup 1", "member.joined standup Bo 1"})
		if !strings.Contains(p.written(), `"missing_nodes":["away"]`) {
			t.Error(p.written())
		}
		time.Sleep(2 * checkEvery)
		want(t, "without a proof", len(p.events()), 3)
		r.Stop()
		for _, o := range c.others {
			o.Stop()
		}
		synctest.Wait()
	})
}
