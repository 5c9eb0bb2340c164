package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

func byID(id string) app.Value { return app.Window().GetElementByID(id) }

func query(selector string) app.Value { return document().Call("querySelector", selector) }

func document() app.Value { return app.Window().Get("document") }

// focusedID returns the id of the element that has the focus.
func focusedID() string { return document().Get("activeElement").Get("id").String() }

// online returns the browser's view of the network. Only false is reliable.
func online() bool {
	on := app.Window().Get("navigator").Get("onLine")
	return !app.IsClient || on.Bool()
}

// base returns the path of the site, which the server writes into the page.
func base() string {
	root := document().Get("documentElement")
	if root.Truthy() {
		if path := root.Call("getAttribute", "data-base"); path.Truthy() {
			return path.String()
		}
	}
	return "/"
}

// awayAfter returns how long a page is hidden until its user counts as away. The server
// writes it into the page, in seconds.
func awayAfter() time.Duration {
	text := document().Get("documentElement").Call("getAttribute", "data-away-after")
	if text.Truthy() {
		if seconds, err := strconv.Atoi(text.String()); err == nil {
			return time.Duration(seconds) * time.Second
		}
	}
	return shared.AwayAfter
}

// attendance returns what the server says of it in the page, "" if none is taken.
func attendance() string {
	if text := document().Get("documentElement").Call("getAttribute", "data-attendance"); text.Truthy() {
		return text.String()
	}
	return ""
}

// socketURL returns the address of the WebSocket on the page's own server.
func socketURL() string {
	u := *app.Window().URL()
	u.Scheme = map[string]string{"https": "wss"}[u.Scheme]
	if u.Scheme == "" {
		u.Scheme = "ws"
	}
	return u.Scheme + "://" + u.Host + shared.SocketPath(base())
}

// listen calls do for each event until release is called, outside of the UI goroutine.
// Browsers do not wait for it before they scroll.
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

// then calls ok with the value of a promise, and ignores a rejection.
func then(promise app.Value, ok func(app.Value)) { settle(promise, ok, func() {}) }

// settle calls ok with the value of a promise, or failed if it is rejected.
func settle(promise app.Value, ok func(app.Value), failed func()) {
	var onOK, onFailed app.Func
	end := func() {
		onOK.Release()
		onFailed.Release()
	}
	onOK = app.FuncOf(func(_ app.Value, args []app.Value) any {
		defer end()
		ok(args[0])
		return nil
	})
	onFailed = app.FuncOf(func(app.Value, []app.Value) any {
		defer end()
		failed()
		return nil
	})
	promise.Call("then", onOK, onFailed)
}

// fetchText requests a path, with a bearer token unless that is "", and calls done once,
// outside of the UI goroutine. ok is false for an HTTP error, a failed request, and one that
// takes longer than within.
func fetchText(path, token string, within time.Duration, done func(text string, ok bool)) {
	abort := app.Window().Get("AbortController").New()
	late := time.AfterFunc(within, func() { abort.Call("abort") })
	answer := func(text string, ok bool) {
		late.Stop()
		done(text, ok)
	}
	failed := func() { answer("", false) }
	options := map[string]any{"cache": "no-store", "signal": abort.Get("signal")}
	if token != "" {
		options["headers"] = map[string]any{"Authorization": "Bearer " + token}
	}
	settle(app.Window().Call("fetch", path, options), func(response app.Value) {
		if !response.Get("ok").Bool() {
			failed()
			return
		}
		settle(response.Call("text"), func(text app.Value) { answer(text.String(), true) }, failed)
	}, failed)
}
