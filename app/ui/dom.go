package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

func byID(id string) app.Value { return app.Window().GetElementByID(id) }

func one(selector string) app.Value { return document().Call("querySelector", selector) }

func document() app.Value { return app.Window().Get("document") }

func setTitle(room string) { document().Set("title", room+" · Rollcall") }

// online is what the browser thinks of the network. It is sure only of "no".
func online() bool {
	on := app.Window().Get("navigator").Get("onLine")
	return !app.IsClient || on.Bool()
}

// base is the path of the site: the server's page says it.
func base() string {
	root := document().Get("documentElement")
	if root.Truthy() {
		if path := root.Call("getAttribute", "data-base"); path.Truthy() {
			return path.String()
		}
	}
	return "/"
}

// socketURL is the address of the wire on the page's own server.
func socketURL() string {
	u := *app.Window().URL()
	u.Scheme = map[string]string{"https": "wss"}[u.Scheme]
	if u.Scheme == "" {
		u.Scheme = "ws"
	}
	return u.Scheme + "://" + u.Host + shared.SocketPath(base())
}

// listen calls do for each event until release is called. Browsers scroll on
// without waiting for it. It runs outside of the UI goroutine.
func listen(target app.Value, event string, do func()) (release func()) {
	f := app.FuncOf(func(app.Value, []app.Value) any {
		do()
		return nil
	})
	options := map[string]any{"passive": true}
	target.Call("addEventListener", event, f, options)
	return func() {
		target.Call("removeEventListener", event, f)
		f.Release()
	}
}

// then calls ok with what a promise gives; a failure is nobody's concern.
func then(promise app.Value, ok func(app.Value)) {
	var done, failed app.Func
	end := func() {
		done.Release()
		failed.Release()
	}
	done = app.FuncOf(func(_ app.Value, args []app.Value) any {
		defer end()
		ok(args[0])
		return nil
	})
	failed = app.FuncOf(func(app.Value, []app.Value) any {
		end()
		return nil
	})
	promise.Call("then", done, failed)
}
