package shared_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"rollcall/shared"
)

func TestInfo(t *testing.T) {
	pairs := map[string]string{"team": "R&D <3", "desk": "", "Ort": "Zürich"}
	i, err := shared.NewInfo(pairs)
	if err != nil {
		t.Fatal(err)
	}
	if got := maps.Collect(i.All()); !maps.Equal(got, pairs) {
		t.Errorf("the pairs are %v", got)
	}
	if i.Get("team") != "R&D <3" || i.Get("desk") != "" || i.Get("Team") != "" {
		t.Errorf("Get returns %q, %q, %q", i.Get("team"), i.Get("desk"), i.Get("Team"))
	}
	for range i.All() {
		break // which must end the sequence
	}
	text, err := json.Marshal(i)
	if want := `{"Ort":"Zürich","desk":"","team":"R\u0026D \u003c3"}`; err != nil || string(text) != want {
		t.Errorf("it is encoded as %s, want %s: %v", text, want, err)
	}
	if got := fmt.Sprint(i); got != string(text) {
		t.Errorf("it is printed as %q", got)
	}
	// Whatever the order, and however it is written, the same pairs are equal.
	for _, text := range []string{string(text), `{ "team": "R&D <3", "desk": null, "Ort": "Z\u00fcrich" }`} {
		if got := decoded(text); got != i {
			t.Errorf("%s is not equal", text)
		}
	}
	if none, err := shared.NewInfo(nil); none != (shared.Info{}) || err != nil {
		t.Errorf("no pairs are %v: %v", none, err)
	}
}

func TestBadInfo(t *testing.T) {
	for what, pairs := range map[string]map[string]string{
		"too many":        {"1": "", "2": "", "3": "", "4": "", "5": "", "6": "", "7": "", "8": "", "9": ""},
		"too long":        {"k": strings.Repeat("v", shared.MaxInfoBytes)},
		"no key":          {"": "v"},
		"a zero byte":     {"k": "a\x00b"},
		"in the key":      {"a\x00b": "v"},
		"an escape":       {"k": "\x1b[2J"},
		"invisible":       {"k": "\u202e"},
		"not UTF-8":       {"k": "\xff"},
		"space around it": {"k ": "v"},
	} {
		if i, err := shared.NewInfo(pairs); err == nil {
			t.Errorf("%s: %v is accepted", what, i)
		}
	}
	if _, err := shared.NewInfo(map[string]string{"k": strings.Repeat("v", shared.MaxInfoBytes-1)}); err != nil {
		t.Errorf("as long as it may be: %v", err)
	}
	for _, text := range []string{`[]`, `"x"`, `{"k":1}`, `{"k":"\u0000"}`, `{"\u0000":""}`, `{"k":{}}`} {
		var i shared.Info
		if err := json.Unmarshal([]byte(text), &i); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}
