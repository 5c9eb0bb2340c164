package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// Storage areas, and the names of the items in them.
const (
	local storage = "localStorage"   // permanent, shared by all tabs
	tab   storage = "sessionStorage" // for this tab

	keyItem    = "rollcall.key"
	nameItem   = "rollcall.name"
	joinedItem = "rollcall.joined" // the room that this tab has joined
	sinceItem  = "rollcall.since"  // since when, as client.Options.JoinedAt

	inputItem = "rollcall.touched" // when any tab had input, in ms since 1970
)

// storage is one of the browser's storage areas. Failures are ignored: a user who
// forbids storage, or whose disk is full, can still join.
type storage string

func (s storage) get(item string) (value string) {
	defer ignorePanic()
	if v := s.area().Call("getItem", item); v.Truthy() {
		return v.String()
	}
	return ""
}

func (s storage) set(item, value string) {
	defer ignorePanic()
	s.area().Call("setItem", item, value)
}

func (s storage) del(item string) {
	defer ignorePanic()
	s.area().Call("removeItem", item)
}

// area uses Reflect.get: an exception that a call throws becomes a panic, but one thrown
// by a property access ends the program.
func (s storage) area() app.Value {
	return app.Window().Get("Reflect").Call("get", app.Window(), string(s))
}

// readSince returns the sinceItem, or 0.
func readSince() int64 {
	ms, _ := strconv.ParseInt(tab.get(sinceItem), 10, 64)
	return ms
}

// setSince sets the sinceItem, or removes it.
func setSince(ms int64) {
	if ms == 0 {
		tab.del(sinceItem)
	} else {
		tab.set(sinceItem, strconv.FormatInt(ms, 10))
	}
}

func ignorePanic() { _ = recover() }

// personKey returns the user's secret, which is made on the first visit.
func personKey() string {
	if key := local.get(keyItem); shared.CheckKey(key) == nil {
		return key
	}
	key := shared.NewKey()
	local.set(keyItem, key)
	return key
}

// replaceBlockedStorage replaces storage that the browser forbids by one that is
// forgotten with the page, because go-app uses it unchecked.
func replaceBlockedStorage() {
	for _, s := range []storage{local, tab} {
		if app.IsClient && s.blocked() {
			app.Window().Get("Object").Call("defineProperty", app.Window(), string(s),
				map[string]any{"value": memory(), "configurable": true})
		}
	}
}

func (s storage) blocked() (blocked bool) {
	defer func() { blocked = recover() != nil }()
	s.area().Call("getItem", "")
	return false
}

// memory returns a Storage (HTML §12.2.1) that lives as long as the page.
func memory() map[string]any {
	items := map[string]string{}
	method := func(do func(args []app.Value) any) app.Func {
		return app.FuncOf(func(_ app.Value, args []app.Value) any { return do(args) })
	}
	return map[string]any{
		"length": 0, // only go-app reads it, to clean up
		"getItem": method(func(args []app.Value) any {
			if v, ok := items[args[0].String()]; ok {
				return v
			}
			return nil
		}),
		"setItem": method(func(args []app.Value) any {
			items[args[0].String()] = args[1].String()
			return nil
		}),
		"removeItem": method(func(args []app.Value) any {
			delete(items, args[0].String())
			return nil
		}),
	}
}
