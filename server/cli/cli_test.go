package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"rollcall/shared"
	"rollcall/shared/api"
)

func TestForms(t *testing.T) {
	all := []shared.User{
		{ID: "MFZWIZTHNBVGWMJU", Name: "=1+1", Status: shared.StatusActive, JoinedAt: 1764369600000, Note: "a, \"b\""},
		{ID: "NFZWIZTHNBVGWMJU", Name: "Bo\x1b[2J\u202e", Status: shared.StatusIdle, Note: "-"},
	}
	const csv = "name,status,joined,note,id\n" +
		"'=1+1,active,2025-11-28T22:40:00Z,\"a, \"\"b\"\"\",MFZWIZTHNBVGWMJU\n" +
		"Bo\x1b[2J\u202e,idle,,'-,NFZWIZTHNBVGWMJU\n"
	var b bytes.Buffer
	if err := memberList.print(&b, output{"csv"}, all); err != nil || b.String() != csv {
		t.Errorf("%v:\n%s", err, &b)
	}
	b.Reset()
	if err := memberList.print(&b, output{"table"}, all); err != nil || strings.Count(b.String(), "\n") != 3 || strings.ContainsAny(b.String(), "\x1b\u202e") || !strings.Contains(b.String(), "=1+1") {
		t.Errorf("%v:\n%s", err, &b)
	}
	b.Reset()
	var read []shared.User
	if err := memberList.print(&b, output{"json"}, all); err != nil || json.Unmarshal(b.Bytes(), &read) != nil || fmt.Sprint(read) != fmt.Sprint(all) {
		t.Errorf("%v:\n%s", err, &b)
	}
	b.Reset()
	if err := memberList.print(&b, output{"json"}, nil); err != nil || b.String() != "[]\n" {
		t.Errorf("%v:\n%s", err, &b)
	}
}

// Cells that spreadsheets take for formulas begin with a quote; others are as they were.
func TestCells(t *testing.T) {
	for cell, want := range map[string]string{
		"=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx",
		"": "", "x=1": "x=1", "'=1": "'=1", " =1": " =1", "é": "é",
	} {
		if got := cells([]string{cell})[0]; got != want {
			t.Errorf("%q: %q", cell, got)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for want, err := range map[int]error{
		0:              nil,
		ExitFailure:    errors.New("x"),
		ExitRefused:    fmt.Errorf("x: %w", &api.Problem{Type: api.Forbidden}),
		ExitIncomplete: without([]string{"a"}),
	} {
		if got := ExitCode(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
	if ExitCode(errNoKey) != ExitRefused || ExitCode(&api.Problem{Type: api.Internal}) != ExitFailure || without(nil) != nil {
		t.Error("one of the others is wrong")
	}
}

// What a watcher prints are the differences of what it is told, also over a break in which
// it was told nothing.
func TestSight(t *testing.T) {
	var got []string
	s := sight{print: func(c change) error {
		got = append(got, c.Event+" "+c.Member.Name+" "+string(c.Reason))
		return nil
	}}
	ada, bo, cy := shared.User{ID: "A", Name: "Ada"}, shared.User{ID: "B", Name: "Bo"}, shared.User{ID: "C", Name: "Cy"}
	bea := shared.User{ID: "B", Name: "Bea"}
	for _, step := range []struct {
		event shared.Event
		want  string
	}{
		{shared.ExistingUsers{Users: []shared.User{ada}}, "here Ada "},
		{shared.NewUser{User: bo}, "arrived Bo "},
		{shared.UserUpdated{User: bea}, "changed Bea "},
		{shared.Heartbeat{}, ""},
		{shared.ExistingUsers{Users: []shared.User{bo, ada, cy}}, "changed Bo ,arrived Cy "},
		{shared.ExistingUsers{Users: []shared.User{bo, cy}}, "left Ada "},
		{shared.DisconnectUser{ID: "B", Reason: shared.ReasonLeft}, "left Bo left"},
		{shared.ExistingUsers{}, "left Cy "},
	} {
		got = nil
		if err := s.apply(step.event); err != nil || strings.Join(got, ",") != step.want {
			t.Errorf("%s: %q, %v, want %q", step.event.Event(), got, err, step.want)
		}
	}
	full := errors.New("the disk is full")
	s.print = func(change) error { return full }
	if err := s.apply(shared.NewUser{User: ada}); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

func TestPrintedChanges(t *testing.T) {
	ch := change{Event: "left", Member: shared.User{ID: "A", Name: "Ada\x07", Status: shared.StatusIdle}, Reason: shared.ReasonTimeout}
	for form, want := range map[string]string{
		"table": "  left     Ada\ufffd (timeout)\n",
		"json":  `"event":"left","member":{"id":"A","name":"Ada\u0007","status":"idle","joined_at":0},"reason":"timeout"}` + "\n",
		"csv":   ",left,A,Ada\x07,idle,,timeout\n",
	} {
		var b bytes.Buffer
		c := Watch{output: output{form}}
		if err := c.printer(&b)(ch); err != nil || !strings.HasSuffix(b.String(), want) {
			t.Errorf("%s: %v, %s", form, err, &b)
		}
	}
}

func TestServersThatAreNone(t *testing.T) {
	for address, fine := range map[string]bool{
		"http://localhost:8000": true, "https://a.test/rollcall/": true,
		"": false, "localhost:8000": false, "ftp://a.test": false, "https://": false, "https://me:secret@a.test": false, "https://a.test/?key=x": false,
	} {
		if err := (&server{address}).Validate(); (err == nil) != fine || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
