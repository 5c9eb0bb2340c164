package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// Where things are kept, and under which names.
const (
	local storage = "localStorage"   // for good, shared by all windows
	tab   storage = "sessionStorage" // for this tab

	keyItem    = "rollcall.key"
	nameItem   = "rollcall.name"
	joinedItem = "rollcall.joined" // the room that this tab is in

	touchedItem = "rollcall.touched" // when there was input in any window, in ms since 1970
)

// storage is one of the browser's two. What can't be kept is forgotten: a
// person who forbids storage, or whose disk is full, can still join.
type storage string

func (s storage) get(item string) (value string) {
	defer forget()
	if v := s.area().Call("getItem", item); v.Truthy() {
		return v.String()
	}
	return ""
}

func (s storage) set(item, value string) {
	defer forget()
	s.area().Call("setItem", item, value)
}

func (s storage) del(item string) {
	defer forget()
	s.area().Call("removeItem", item)
}

// area asks by way of a call, because an exception that a call throws becomes
// a panic, but one thrown by the property itself ends the program.
func (s storage) area() app.Value {
	return app.Window().Get("Reflect").Call("get", app.Window(), string(s))
}

func forget() { _ = recover() }

// personKey is the person's secret, made on the first visit.
func personKey() string {
	if key := local.get(keyItem); shared.CheckKey(key) == nil {
		return key
	}
	key := shared.NewKey()
	local.set(keyItem, key)
	return key
}

// replaceBlockedStorage puts a storage that forgets on reload where the
// browser forbids the real one, because go-app asks for it without caring.
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

// memory is a Storage (HTML §12.2.1) that lives as long as the page.
func memory() map[string]any {
	items := map[string]string{}
	method := func(do func(args []app.Value) any) app.Func {
		return app.FuncOf(func(_ app.Value, args []app.Value) any { return do(args) })
	}
	return map[string]any{
		"length": 0, // only go-app asks, to clean up what was kept
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
