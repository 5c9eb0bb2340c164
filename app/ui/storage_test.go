//go:build js

package ui

import (
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

func jsObject() app.Value  { return app.Window().Get("Object") }
func jsReflect() app.Value { return app.Window().Get("Reflect") }

// Forbidden storage throws when it is accessed, and go-app accesses it.
func TestForbiddenStorageIsReplaced(t *testing.T) {
	for _, s := range []storage{local, tab} {
		was := jsObject().Call("getOwnPropertyDescriptor", app.Window(), string(s))
		t.Cleanup(func() { jsObject().Call("defineProperty", app.Window(), string(s), was) })
		forbid := app.Window().Get("Function").New("throw new DOMException('denied', 'SecurityError')")
		jsObject().Call("defineProperty", app.Window(), string(s), map[string]any{"get": forbid, "configurable": true})
	}
	local.set("item", "lost")
	if got := local.get("item"); got != "" {
		t.Fatalf("forbidden storage keeps %q", got)
	}
	replaceBlockedStorage()
	for _, s := range []storage{local, tab} {
		s.set("item", string(s))
		if got := s.get("item"); got != string(s) {
			t.Errorf("%s keeps %q", s, got)
		}
		s.del("item")
		if got := s.get("item"); got != "" {
			t.Errorf("%s keeps %q after it was deleted", s, got)
		}
		if n := app.Window().Get(string(s)).Get("length").Int(); n != 0 {
			t.Errorf("%s has %d items for go-app to look through", s, n)
		}
	}
}

func TestTheKeyStays(t *testing.T) {
	prepare(t)
	t.Cleanup(func() { local.del(keyItem) })
	key := personKey()
	if again := personKey(); again != key {
		t.Errorf("the key was %q and is %q", key, again)
	}
	local.set(keyItem, "short")
	if personKey() == "short" {
		t.Error("a key that no server takes is used")
	}
}
