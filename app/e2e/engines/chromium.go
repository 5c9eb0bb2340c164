package engines

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"regexp"
)

// chromiumNames are the names of Chromium's executable; make chromium looks for the
// same.
var chromiumNames = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"}

// chromium is a Chromium process, driven by the DevTools protocol.
type chromium struct {
	remote[*chromiumWindow] // by session id
}

func startChromium(ctx context.Context) (Browser, error) {
	b := &chromium{}
	err := b.connect(ctx, program{
		names:     chromiumNames,
		ready:     regexp.MustCompile(`^DevTools listening on (ws://\S+)`),
		arguments: chromiumFlags,
	}, "", b.handleEvent, b.begin)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (b *chromium) begin(ctx context.Context) error {
	var browser struct{ Product string }
	err := b.pipe.call(ctx, "", "Browser.getVersion", none, &browser)
	b.version = browser.Product
	return err
}

func chromiumFlags(home string) []string {
	flags := []string{"--headless", "--remote-debugging-port=0", "--user-data-dir=" + home, "--no-first-run", "--disable-gpu",
		"--disable-component-update", "--disable-dev-shm-usage"}
	if os.Getuid() == 0 {
		flags = append(flags, "--no-sandbox") // the sandbox does not work for root
	}
	return append(flags, "about:blank")
}

// handleEvent records troubles and the end of loading.
func (b *chromium) handleEvent(m message) {
	w, ok := b.get(m.Session)
	if !ok {
		return
	}
	switch m.Method {
	case "Page.loadEventFired":
		select {
		case w.loaded <- struct{}{}:
		default: // nobody waits for it
		}
	case "Runtime.exceptionThrown":
		w.add("exception: " + string(m.Params))
	case "Runtime.consoleAPICalled":
		var call struct{ Type string }
		if json.Unmarshal(m.Params, &call) == nil && call.Type == "error" {
			w.add("console: " + string(m.Params))
		}
	case "Log.entryAdded":
		var log struct {
			Entry struct{ Level, Source, Text, URL string }
		}
		if json.Unmarshal(m.Params, &log) == nil && log.Entry.Level == "error" {
			w.add(log.Entry.Source + ": " + log.Entry.Text + " " + log.Entry.URL)
		}
	}
}

// chromiumWindow is a target and the session attached to it.
type chromiumWindow struct {
	troubles
	browser         *chromium
	target, session string
	loaded          chan struct{} // receives the end of each load
}

func (b *chromium) Window(ctx context.Context) (Window, error) {
	var profile struct{ BrowserContextID string }
	if err := b.pipe.call(ctx, "", "Target.createBrowserContext", none, &profile); err != nil {
		return nil, err
	}
	var target struct{ TargetID string }
	if err := b.pipe.call(ctx, "", "Target.createTarget",
		params{"url": "about:blank", "browserContextId": profile.BrowserContextID, "newWindow": true}, &target); err != nil {
		return nil, err
	}
	var session struct{ SessionID string }
	if err := b.pipe.call(ctx, "", "Target.attachToTarget", params{"targetId": target.TargetID, "flatten": true}, &session); err != nil {
		return nil, err
	}
	w := &chromiumWindow{browser: b, target: target.TargetID, session: session.SessionID, loaded: make(chan struct{}, 1)}
	b.put(w.session, w)
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		if err := w.call(ctx, domain+".enable", none, nil); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *chromiumWindow) Version() string { return w.browser.version }

func (w *chromiumWindow) call(ctx context.Context, method string, params, result any) error {
	return w.browser.pipe.call(ctx, w.session, method, params, result)
}

func (w *chromiumWindow) Open(ctx context.Context, url string) error {
	return w.load(ctx, "Page.navigate", params{"url": url})
}

func (w *chromiumWindow) Reload(ctx context.Context) error {
	return w.load(ctx, "Page.reload", none)
}

func (w *chromiumWindow) load(ctx context.Context, method string, params any) error {
	select {
	case <-w.loaded: // a load that nobody asked for
	default:
	}
	var answer struct{ ErrorText string }
	if err := w.call(ctx, method, params, &answer); err != nil {
		return err
	}
	if answer.ErrorText != "" {
		return errors.New(answer.ErrorText)
	}
	select {
	case <-w.loaded:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *chromiumWindow) evaluate(ctx context.Context, expression string) (string, error) {
	var answer struct {
		Result           struct{ Value string }
		ExceptionDetails json.RawMessage
	}
	err := w.call(ctx, "Runtime.evaluate", params{"expression": expression, "awaitPromise": true, "returnByValue": true}, &answer)
	if err == nil && answer.ExceptionDetails != nil {
		err = errors.New(string(answer.ExceptionDetails))
	}
	return answer.Result.Value, err
}

func (w *chromiumWindow) Click(ctx context.Context, x, y float64) error {
	for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		event := params{"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
		if kind == "mouseMoved" {
			event["button"] = "none"
		}
		if err := w.call(ctx, "Input.dispatchMouseEvent", event, nil); err != nil {
			return err
		}
	}
	return nil
}

// windowsKeyCodes are the codes of keys without a character. Chromium needs them to
// perform the default action of such a key.
var windowsKeyCodes = map[string]int{Enter: 13, Escape: 27}

func (w *chromiumWindow) Type(ctx context.Context, text string) error {
	for _, r := range text {
		key := params{"type": "keyDown", "key": string(r), "text": string(r)}
		if code := windowsKeyCodes[string(r)]; code != 0 {
			key["key"], key["windowsVirtualKeyCode"] = map[string]string{Enter: "Enter", Escape: "Escape"}[string(r)], code
		}
		if err := w.call(ctx, "Input.dispatchKeyEvent", key, nil); err != nil {
			return err
		}
		key["type"] = "keyUp"
		delete(key, "text")
		if err := w.call(ctx, "Input.dispatchKeyEvent", key, nil); err != nil {
			return err
		}
	}
	return nil
}

func (w *chromiumWindow) Close(ctx context.Context) error {
	return w.browser.pipe.call(ctx, "", "Target.closeTarget", params{"targetId": w.target}, nil)
}
