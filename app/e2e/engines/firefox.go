package engines

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// firefoxSettings prevent requests to the Internet and questions to the user.
const firefoxSettings = `
user_pref("app.normandy.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.enabled", false);
`

// firefox is a Firefox process, driven by WebDriver BiDi
// (https://w3c.github.io/webdriver-bidi/).
type firefox struct {
	remote[*firefoxWindow] // by browsing context
}

func startFirefox(ctx context.Context) (Browser, error) {
	b := &firefox{}
	err := b.connect(ctx, program{
		names: []string{"firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"},
		ready: regexp.MustCompile(`WebDriver BiDi listening on (ws://\S+)`),
		arguments: func(home string) []string {
			_ = os.WriteFile(filepath.Join(home, "user.js"), []byte(firefoxSettings), 0o600) // without the settings it is only slower
			return []string{"--headless", "--no-remote", "--profile", home, "--remote-debugging-port=0", "about:blank"}
		},
	}, "/session", b.handleEvent, b.begin)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (b *firefox) begin(ctx context.Context) error {
	var session struct {
		Capabilities struct{ BrowserName, BrowserVersion string }
	}
	if err := b.pipe.call(ctx, "", "session.new", params{"capabilities": none}, &session); err != nil {
		return err
	}
	b.version = session.Capabilities.BrowserName + "/" + session.Capabilities.BrowserVersion
	return b.pipe.call(ctx, "", "session.subscribe", params{"events": []string{"log.entryAdded"}}, nil)
}

// handleEvent records troubles.
func (b *firefox) handleEvent(m message) {
	var entry struct {
		Type, Level, Text string
		Source            struct{ Context string }
	}
	if m.Method != "log.entryAdded" || json.Unmarshal(m.Params, &entry) != nil {
		return
	}
	w, ok := b.get(entry.Source.Context)
	if ok && (entry.Level == "error" || strings.Contains(entry.Text, "Content-Security-Policy")) {
		w.add(entry.Type + ": " + entry.Text)
	}
}

// firefoxWindow is a browsing context.
type firefoxWindow struct {
	troubles
	browser *firefox
	context string
}

func (b *firefox) Window(ctx context.Context) (Window, error) {
	var profile struct{ UserContext string }
	if err := b.pipe.call(ctx, "", "browser.createUserContext", none, &profile); err != nil {
		return nil, err
	}
	var made struct{ Context string }
	if err := b.pipe.call(ctx, "", "browsingContext.create", params{"type": "window", "userContext": profile.UserContext}, &made); err != nil {
		return nil, err
	}
	w := &firefoxWindow{browser: b, context: made.Context}
	b.put(w.context, w)
	return w, nil
}

func (w *firefoxWindow) Version() string { return w.browser.version }

// call sends a command for this window.
func (w *firefoxWindow) call(ctx context.Context, method string, params params, result any) error {
	params["context"] = w.context
	return w.browser.pipe.call(ctx, "", method, params, result)
}

func (w *firefoxWindow) Open(ctx context.Context, url string) error {
	return w.call(ctx, "browsingContext.navigate", params{"url": url, "wait": "complete"}, nil)
}

func (w *firefoxWindow) Reload(ctx context.Context) error {
	return w.call(ctx, "browsingContext.reload", params{"wait": "complete"}, nil)
}

func (w *firefoxWindow) evaluate(ctx context.Context, expression string) (string, error) {
	var answer struct {
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	err := w.browser.pipe.call(ctx, "", "script.evaluate",
		params{"expression": expression, "awaitPromise": true, "target": params{"context": w.context}}, &answer)
	if err == nil && answer.ExceptionDetails.Text != "" {
		err = errors.New(answer.ExceptionDetails.Text)
	}
	return answer.Result.Value, err
}

func (w *firefoxWindow) Click(ctx context.Context, x, y float64) error {
	return w.call(ctx, "input.performActions", params{"actions": clickActions(x, y)}, nil)
}

func (w *firefoxWindow) Type(ctx context.Context, text string) error {
	return w.call(ctx, "input.performActions", params{"actions": typeActions(text)}, nil)
}

func (w *firefoxWindow) Close(ctx context.Context) error {
	return w.call(ctx, "browsingContext.close", params{}, nil)
}
