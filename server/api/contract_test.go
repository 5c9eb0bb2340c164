package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

var update = flag.Bool("update", false, "write docs/openapi.json")

const documented = "../../docs/openapi.json"

// The description in the documents is the one that is served, to everybody, wherever the API
// is.
func TestDescription(t *testing.T) {
	r := newRig(t, nil)
	res := r.get("openapi.json", "")
	served, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/vnd.oai.openapi+json" {
		t.Fatalf("%s, %v, %v", res.Status, res.Header, err)
	}
	if other := New(Config{Base: "/rollcall/"}); string(other.description) != string(served) {
		t.Error("it depends on where the API is")
	}
	if *update {
		if err := os.WriteFile(documented, served, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(documented)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(served) {
		t.Errorf("%s is not what is served: go test ./server/api -run TestDescription -update", documented)
	}
}

// Every field is described: of the protocol's, in describe.go.
func TestEveryFieldIsDescribed(t *testing.T) {
	for name, s := range readDescription(t).Components.Schemas {
		for field, is := range s.Properties {
			if is.Description == "" && is.Ref == "" {
				t.Errorf("%s.%s has no description", name, field)
			}
		}
	}
}

// schema is what the test reads of a schema in the description.
type schema struct {
	Ref         string             `json:"$ref"`
	Type        any                `json:"type"` // a name, or several
	Description string             `json:"description"`
	Enum        []any              `json:"enum"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Items       *schema            `json:"items"`
	Minimum     *float64           `json:"minimum"`
}

// is reports whether a value may be of a type.
func (s *schema) is(kind string) bool {
	if several, ok := s.Type.([]any); ok {
		return slices.Contains(several, any(kind))
	}
	return s.Type == kind
}

type description struct {
	Paths map[string]map[string]struct {
		OperationID string                   `json:"operationId"`
		Security    []map[string][]api.Scope `json:"security"`
		Responses   map[string]struct {
			Headers map[string]any `json:"headers"`
			Content map[string]struct {
				Schema *schema `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

func readDescription(t *testing.T) (d description) {
	t.Helper()
	if err := json.Unmarshal(New(Config{}).description, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// check returns an error if v is not as s has it, or has more in it than s describes.
func (d description) check(s *schema, v any, at string) error {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = d.Components.Schemas[name]
	}
	switch v := v.(type) {
	case map[string]any:
		if !s.is("object") {
			return fmt.Errorf("%s is an object, not %q", at, s.Type)
		}
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				return fmt.Errorf("%s has no %s", at, name)
			}
		}
		for name, value := range v {
			if s.Properties[name] == nil {
				return fmt.Errorf("%s.%s is not described", at, name)
			}
			if err := d.check(s.Properties[name], value, at+"."+name); err != nil {
				return err
			}
		}
		return nil
	case []any:
		if !s.is("array") {
			return fmt.Errorf("%s is a list, not %q", at, s.Type)
		}
		for _, value := range v {
			if err := d.check(s.Items, value, at+"[]"); err != nil {
				return err
			}
		}
		return nil
	case nil:
		if s.is("null") {
			return nil
		}
	case string:
		if s.is("string") && (s.Enum == nil || slices.Contains(s.Enum, any(v))) {
			return nil
		}
	case bool:
		if s.is("boolean") {
			return nil
		}
	case float64:
		if s.is("integer") && v == float64(int64(v)) && (s.Minimum == nil || v >= *s.Minimum) {
			return nil
		}
	}
	return fmt.Errorf("%s is %v, not %q", at, v, s.Type)
}

func TestTheCheckOfAnswersFindsWhatIsWrong(t *testing.T) {
	d := readDescription(t)
	good := `{"room":"a","title":"","topic":"","locked":false,"members":1,"sessions":1,"watchers":0,"since":5}`
	for text, fine := range map[string]bool{
		good: true,
		`{"room":"a","title":"","topic":"","locked":false,"members":1,"sessions":1,"watchers":0}`:                      false,
		`{"room":"a","title":"","topic":"","locked":false,"members":1,"sessions":1,"watchers":0,"since":5,"colour":1}`: false,
		`{"room":"a","title":"","topic":"","locked":false,"members":-1,"sessions":1,"watchers":0,"since":5}`:           false,
		`{"room":"a","title":"","topic":"","locked":false,"members":1.5,"sessions":1,"watchers":0,"since":5}`:          false,
		`{"room":7,"title":"","topic":"","locked":false,"members":1,"sessions":1,"watchers":0,"since":5}`:              false,
		`{"room":null,"title":"","topic":"","locked":false,"members":1,"sessions":1,"watchers":0,"since":5}`:           false,
		`[` + good + `]`: false,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if err := d.check(&schema{Ref: "#/components/schemas/Room"}, v, "room"); (err == nil) != fine {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// made is a call that a test makes.
type made struct {
	method, path, body string
	scope              api.Scope
	in                 string // its id in the description
}

func (m made) of(r *rig) *http.Response {
	if m.in == "follow-events" {
		r.Stop() // so that it ends
	}
	return r.do(m.method, m.path, r.keys[m.scope], m.body)
}

// bodies are those of calls that need one.
var bodies = map[string]string{
	"set-expected": `{"people":[{"name":"Ada"}]}`, "set-mark": `{"mark":"excused"}`,
	"change-room": `{"title":"Stand-up"}`, "announce": `{"text":"Now"}`,
}

// late is a body that does not come in time.
type late struct{}

func (late) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// answers has a way to each answer that a call may be documented to have.
var answers = map[int]func(t *testing.T, m made) *http.Response{
	200: func(t *testing.T, m made) *http.Response {
		r := newRig(t, nil)
		ada := enter(t, r.hub, "standup", "Ada")
		enter(t, r.hub, "standup", "Bo")
		r.recorded("standup")
		m.path = strings.ReplaceAll(m.path, "MFZWIZTHNBVGWMJU", ada)
		switch {
		case m.in == "remove-member":
			m.path += "?ban=1h"
		case strings.Contains(m.path, "/bans"):
			banned(t, r.hub, ada)
		}
		return m.of(r)
	},
	401: func(t *testing.T, m made) *http.Response { return newRig(t, nil).do(m.method, m.path, "", m.body) },
	403: func(t *testing.T, m made) *http.Response {
		for _, other := range []api.Scope{api.ScopeAdmin, api.ScopeRead} {
			if other != m.scope {
				m.scope = other
				break
			}
		}
		return m.of(newRig(t, nil))
	},
	404: func(t *testing.T, m made) *http.Response { return m.of(newRig(t, nil)) },
	408: func(t *testing.T, m made) *http.Response {
		r := newRig(t, nil)
		return r.sends(m.method, m.path, r.keys[m.scope], "application/json", late{})
	},
	409: func(t *testing.T, m made) *http.Response {
		r := newRig(t, nil)
		if m.in == "remove-member" {
			m.path += "?ban=1h"
			for i := range hub.MaxRoomBans {
				banned(t, r.hub, shared.MemberID(fmt.Sprint("one of many ", i)))
			}
		}
		return m.of(r)
	},
	413: func(t *testing.T, m made) *http.Response {
		m.body = strings.Repeat(" ", maxExpectedBytes+1) + m.body
		return m.of(newRig(t, nil))
	},
	415: func(t *testing.T, m made) *http.Response {
		r := newRig(t, nil)
		return r.sends(m.method, m.path, r.keys[m.scope], "text/plain", strings.NewReader(m.body))
	},
	422: func(t *testing.T, m made) *http.Response {
		m.path += "?unknown=1"
		return m.of(newRig(t, nil))
	},
	429: func(t *testing.T, m made) *http.Response {
		r := newRig(t, nil)
		r.limits = newLimiter(1./3600, 1)
		m.of(r)
		return m.of(r)
	},
	500: func(t *testing.T, m made) *http.Response {
		r := newRig(t, &Nodes{
			Ask:     func(context.Context, []byte, func([]byte) error) ([]string, error) { panic("planted") },
			Missing: func(string) ([]string, error) { panic("planted") },
		})
		*r.config.Attendance = Attendance{} // none of which can be called
		r.config.Erase = func(context.Context, string) (int64, error) { panic("planted") }
		return m.of(r)
	},
	501: func(t *testing.T, m made) *http.Response {
		r := newRig(t, nil)
		r.config.Attendance = nil
		return m.of(r)
	},
	503: func(t *testing.T, m made) *http.Response {
		r := newRig(t, (&cluster{err: errors.New("starting")}).nodes())
		_ = r.store.Close()
		return m.of(r)
	},
}

// onlySome are the answers that only calls with a body have, or those about attendance.
var onlySome = []int{408, 413, 415, 501}

// banned bans somebody from the room standup.
func banned(t *testing.T, h *hub.Hub, id string) {
	t.Helper()
	if err := h.Ban(hub.Ban{Room: "standup", ID: id, Until: time.Now().Add(time.Hour).UnixMilli()}); err != nil {
		t.Fatal(err)
	}
}

// Every documented answer is produced, as documented, and none is that is not documented.
func TestEveryDocumentedAnswer(t *testing.T) {
	d := readDescription(t)
	if len(d.Paths) == 0 {
		t.Fatal("nothing is described")
	}
	for path, methods := range d.Paths {
		filled := strings.NewReplacer("{room}", "standup", "{id}", "MFZWIZTHNBVGWMJU").Replace(path[1:])
		for method, op := range methods {
			m := made{strings.ToUpper(method), filled, bodies[op.OperationID], op.Security[0][security][0], op.OperationID}
			for status := range op.Responses {
				if n, _ := strconv.Atoi(status); answers[n] == nil {
					t.Errorf("%s: nothing produces %s", op.OperationID, status)
				}
			}
			for status, produce := range answers {
				_, wanted := op.Responses[strconv.Itoa(status)]
				if !wanted && slices.Contains(onlySome, status) {
					continue
				}
				var res *http.Response
				if !t.Run(fmt.Sprint(op.OperationID, " ", status), func(t *testing.T) { res = produce(t, m) }) { // a rig ends with its subtest
					continue
				}
				if wanted && res.StatusCode != status {
					t.Errorf("%s: %s, want %d", op.OperationID, res.Status, status)
				}
				documented, ok := op.Responses[strconv.Itoa(res.StatusCode)]
				if !ok {
					t.Errorf("%s answers with %d, which is not documented", op.OperationID, res.StatusCode)
					continue
				}
				content, ok := documented.Content[res.Header.Get("Content-Type")]
				values, err := valuesOf(res)
				if err != nil || !ok {
					t.Errorf("%s %d: %q, %v", op.OperationID, res.StatusCode, res.Header.Get("Content-Type"), err)
					continue
				}
				for _, v := range values {
					if err := d.check(content.Schema, v, strconv.Itoa(res.StatusCode)); err != nil {
						t.Errorf("%s: %v", op.OperationID, err)
					}
				}
				for name := range documented.Headers {
					if res.Header.Get(name) == "" {
						t.Errorf("%s %d: no %s", op.OperationID, res.StatusCode, name)
					}
				}
			}
		}
	}
}

// valuesOf returns what an answer has in JSON: one value, or the data of each event of a
// stream.
func valuesOf(res *http.Response) (values []any, err error) {
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	texts := []string{string(body)}
	if res.Header.Get("Content-Type") == eventStream {
		texts = nil
		for line := range strings.Lines(string(body)) {
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				texts = append(texts, data)
			}
		}
	}
	for _, text := range texts {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	if len(values) == 0 {
		return nil, errors.New("nothing is in it")
	}
	return values, nil
}

// The client has a method for each call, and what it returns is the whole answer. For the
// stream of events that is Follow; see TestFollow.
func TestTheClientHasEveryCall(t *testing.T) {
	r := newRig(t, nil)
	ada := enter(t, r.hub, "standup", "Ada")
	enter(t, r.hub, "standup", "Bo")
	srv := httptest.NewServer(r)
	defer srv.Close()
	r.recorded("standup")
	c := &api.Client{Server: srv.URL, Key: r.keys[api.ScopeRead]}
	page, from, to := api.Page{Limit: 1}, recordedFrom, recordedFrom.Add(time.Hour)
	const span = "?from=2026-03-01T09:00:00Z&to=2026-03-01T10:00:00Z"
	list := api.Expected{LateAfter: "5m0s", People: []api.ExpectedPerson{{ID: ada}, {Name: "Bo"}}}
	if _, err := (&api.Client{Server: srv.URL, Key: r.keys[api.ScopeAttendance]}).SetExpected(t.Context(), "standup", list); err != nil {
		t.Fatal(err)
	}
	mallory := shared.MemberID("somebody-who-is-banned")
	banned(t, r.hub, mallory)
	banned(t, r.hub, shared.MemberID("somebody-else-who-is-banned"))
	calls := map[string]func(*api.Client) (any, error){
		"rooms/standup/attendance" + span: func(c *api.Client) (any, error) { return c.Attendance(t.Context(), "standup", from, to) },
		"rooms/standup/occupancy" + span + "&step=1m0s": func(c *api.Client) (any, error) {
			return c.Occupancy(t.Context(), "standup", from, to, time.Minute)
		},
		"rooms/standup/bans?limit=1": func(c *api.Client) (any, error) { return c.Bans(t.Context(), "standup", page) },
		"rooms/standup/bans/" + mallory: func(c *api.Client) (any, error) {
			return c.BanOf(t.Context(), "standup", mallory)
		},
		"rooms/standup/expected": func(c *api.Client) (any, error) { return c.Expected(t.Context(), "standup") },
		"rooms?limit=1":          func(c *api.Client) (any, error) { return c.Rooms(t.Context(), "", page) },
		"rooms/standup":          func(c *api.Client) (any, error) { return c.Room(t.Context(), "standup") },
		"rooms/standup/members?limit=1": func(c *api.Client) (any, error) {
			return c.Members(t.Context(), "standup", page)
		},
		"members/" + ada + "/rooms?limit=1": func(c *api.Client) (any, error) { return c.RoomsOf(t.Context(), ada, page) },
	}
	reads := -1 // without the stream
	for _, methods := range readDescription(t).Paths {
		if _, ok := methods["get"]; ok {
			reads++
		}
	}
	if len(calls) != reads {
		t.Errorf("%d calls of %d", len(calls), reads)
	}
	for path, call := range calls {
		scope := api.ScopeRead
		switch {
		case strings.Contains(path, "/bans"):
			scope = api.ScopeModerate
		case strings.Contains(path, "standup/") && !strings.Contains(path, "/members"):
			scope = api.ScopeAttendance
		}
		got, err := call(&api.Client{Server: srv.URL, Key: r.keys[scope]})
		if err != nil {
			t.Fatal(err)
		}
		var whole, typed any
		if err := json.NewDecoder(r.get(path, r.keys[scope]).Body).Decode(&whole); err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(got)
		_ = json.Unmarshal(text, &typed)
		if a, b := fmt.Sprint(whole), fmt.Sprint(typed); a != b {
			t.Errorf("%s:\n%s, by the client\n%s", path, a, b)
		}
		_, err = call(&api.Client{Server: srv.URL, Key: r.keys[api.ScopeAdmin]})
		if p, ok := errors.AsType[*api.Problem](err); !ok || p.Type != api.Forbidden {
			t.Errorf("%s with another key: %v", path, err)
		}
	}
	second, err := c.Members(t.Context(), "standup", api.Page{Limit: 1, Cursor: mustNext(t, c)})
	if err != nil || len(second.Members) != 1 || second.Next != "" {
		t.Errorf("%+v, %v", second, err)
	}
}

// answered keeps the body of the last answer.
type answered struct{ body []byte }

func (a *answered) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if a.body, err = io.ReadAll(res.Body); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(a.body))
	return res, nil
}

// The client has a method for each call that changes something, and what it returns is the
// whole answer.
func TestTheClientChangesThings(t *testing.T) {
	r := newRig(t, nil)
	ada := enter(t, r.hub, "standup", "Ada")
	enter(t, r.hub, "standup", "Bo")
	srv := httptest.NewServer(r)
	defer srv.Close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	ctx, covered := t.Context(), []string{"remove-member"} // once for two methods
	for _, c := range []struct {
		in   string
		call func(c *api.Client) (any, error)
	}{
		{"set-expected", func(c *api.Client) (any, error) { return c.SetExpected(ctx, "standup", api.Expected{}) }},
		{"set-mark", func(c *api.Client) (any, error) { return c.SetMark(ctx, "standup", ada, api.StatusExcused) }},
		{"change-room", func(c *api.Client) (any, error) {
			return c.ChangeRoom(ctx, "standup", api.RoomChange{Title: new("Stand-up"), Locked: new(false)})
		}},
		{"announce", func(c *api.Client) (any, error) { return c.Announce(ctx, "standup", "Now") }},
		{"", func(c *api.Client) (any, error) { return c.Kick(ctx, "standup", ada, "loud") }},
		{"", func(c *api.Client) (any, error) {
			return c.Ban(ctx, "standup", ada, time.Hour, api.BanOptions{Reason: "loud", Address: true})
		}},
		{"erase-person", func(c *api.Client) (any, error) { return c.Erase(ctx, ada) }},
		{"delete-ban", func(c *api.Client) (any, error) { return c.Unban(ctx, "standup", ada) }},
	} {
		if c.in != "" {
			covered = append(covered, c.in)
		}
		var last answered
		var got any
		var err error
		for _, key := range r.keys { // with the one that has the scope
			client := &api.Client{Server: srv.URL, Key: key, HTTP: &http.Client{Transport: &last}}
			got, err = c.call(client)
			if p, ok := errors.AsType[*api.Problem](err); !ok || p.Type != api.Forbidden {
				break
			}
		}
		text, _ := json.Marshal(got)
		var whole, typed any
		if err != nil || json.Unmarshal(last.body, &whole) != nil || json.Unmarshal(text, &typed) != nil || fmt.Sprint(whole) != fmt.Sprint(typed) {
			t.Errorf("%s, by the client %s, %v", last.body, text, err)
		}
	}
	for path, methods := range readDescription(t).Paths {
		for method, op := range methods {
			if method != "get" && !slices.Contains(covered, op.OperationID) {
				t.Errorf("the client does not call %s %s", method, path)
			}
		}
	}
}

func mustNext(t *testing.T, c *api.Client) string {
	t.Helper()
	first, err := c.Members(t.Context(), "standup", api.Page{Limit: 1})
	if err != nil || first.Next == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	return first.Next
}

// The table of problems in the documents is that of the program.
func TestProblemsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| `urn:rollcall:problem:") {
			rows = append(rows, line)
		}
	}
	for p, known := range titles {
		begin := fmt.Sprintf("| `%s` | %d | %s |", p, known.status, known.title)
		if !slices.ContainsFunc(rows, func(row string) bool { return strings.HasPrefix(row, begin) }) {
			t.Errorf("docs/api.md has no row %s", begin)
		}
	}
	if len(rows) != len(titles) {
		t.Errorf("docs/api.md has %d problems, the program %d", len(rows), len(titles))
	}
}
