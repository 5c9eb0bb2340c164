package main

import (
	"compress/gzip"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// embedMost is how many bytes the script for other pages may have in gzip.
const embedMost = 6 << 10

func TestEmbedIsSmall(t *testing.T) {
	s := assembled(t, sources(t), program)
	script := s.content("rollcall.js")
	packed, err := coder{".gz", gzip.BestCompression, best.coders()[1].open}.encode([]byte(script))
	if err != nil {
		t.Fatal(err)
	}
	if len(packed) > embedMost {
		t.Errorf("embed/rollcall.js has %d bytes in gzip, %d are allowed", len(packed), embedMost)
	}
	if found := regexp.MustCompile(`(?m)^\s|^//| // |^$`).FindString(strings.TrimSuffix(script, "\n")); found != "" {
		t.Errorf("it is served with %q", found)
	}
}

// The script knows every error that ends a connection, and how long to wait after it.
func TestEmbedHasTheConstantsOfShared(t *testing.T) {
	var wire struct {
		Errors map[shared.Code][2]any
		Pauses map[string]int64
		Pause  int64
	}
	text := strings.TrimSuffix(strings.TrimPrefix(constant("wire", wireConstants()), "const wire = "), ";\n")
	if err := json.Unmarshal([]byte(text), &wire); err != nil {
		t.Fatal(err)
	}
	if got := wire.Errors[shared.CodeLocked]; got != [2]any{true, 1000.0} {
		t.Errorf("locked: %v", got)
	}
	if got := wire.Errors[shared.CodeRoomFull]; got != [2]any{false, 30000.0} {
		t.Errorf("room_full: %v", got)
	}
	if len(wire.Errors) != len(shared.FatalCodes()) || wire.Pauses["1001"] != 2000 || wire.Pause != 1000 {
		t.Errorf("%+v", wire)
	}
}

// The element speaks every language, and has the number where it belongs.
func TestEmbedHasItsTexts(t *testing.T) {
	words := embedWords()
	if len(words) != len(i18n.Languages()) {
		t.Errorf("%d languages", len(words))
	}
	people := words["ar"].(map[string]any)["people"].(map[string]string)
	if len(people) != 6 || people["few"] != "{n} أشخاص هنا" || people["one"] != "شخص واحد هنا" {
		t.Errorf("%v", people)
	}
	if people := words["en"].(map[string]any)["people"].(map[string]string); people["one"] != "{n} person is here" || people["other"] != "{n} people are here" {
		t.Errorf("%v", people)
	}
}

// No page of ours loads what is for others: it makes no new version of ours, and no worker
// keeps it.
func TestEmbedIsNoPartOfThePage(t *testing.T) {
	s := assembled(t, sources(t), program)
	changed := sources(t)
	changed["embed/rollcall.js"].Data = append(changed["embed/rollcall.js"].Data, "export default 1;\n"...)
	other := assembled(t, changed, program)
	if s.version != other.version || s.content("app-worker.js") != other.content("app-worker.js") {
		t.Error("a change of embed/rollcall.js changes the page")
	}
	if strings.Contains(s.content("app-worker.js"), embedDir) {
		t.Error("the worker keeps embed/rollcall.js")
	}
}

// Programs in TypeScript have the type of every field and event that a server sends, and of
// everything that the script exports.
func TestDeclarationsFollowGo(t *testing.T) {
	types := assembled(t, sources(t), program).content("rollcall.d.ts")
	for _, want := range []string{
		"export interface User {\n  id: string;\n  name: string;\n  status: string;\n  devices?: number;\n",
		"  info?: Record<string, string>;\n",
		"export interface RoomInfoChanged extends RoomInfo {\n  rev: number;\n}",
		"export interface ExistingUsers {\n  you: string;\n", "  room_info?: RoomInfo;\n  users: User[];\n",
		"export interface Heartbeat {\n  rev: number;\n  count: number;\n  hash: string;\n}",
		`| ({ event: "user_updated" } & UserUpdated)`, `| ({ event: "error" } & RollcallError)`,
	} {
		if !strings.Contains(types, want) {
			t.Errorf("there is no %q in\n%s", want, types)
		}
	}
	for i := range reflect.TypeFor[shared.User]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[shared.User]().Field(i).Tag.Get("json"), ",")
		if !regexp.MustCompile(`(?m)^  ` + name + `\??: `).MatchString(types) {
			t.Errorf("a user has no %s", name)
		}
	}
	script := assembled(t, sources(t), program).content("rollcall.js")
	for _, export := range regexp.MustCompile(`export (?:const|class|function) (\w+)`).FindAllStringSubmatch(script, -1) {
		if !regexp.MustCompile(`export (class|function) ` + export[1] + `\b`).MatchString(types) {
			t.Errorf("rollcall.js exports %s, rollcall.d.ts does not", export[1])
		}
	}
}
