package engines

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// webkit is a virtual display. Each window has a driver and a browser of its own, since
// a driver has only one session at a time (WebDriver,
// https://www.w3.org/TR/webdriver2/).
type webkit struct {
	display *process
	number  string // of the display

	mu      sync.Mutex
	drivers []*process
}

func startWebKit(ctx context.Context) (Browser, error) {
	if _, err := findProgram([]string{"WebKitWebDriver"}); err != nil {
		return nil, err
	}
	display, number, err := launch(ctx, program{
		names: []string{"Xvfb"},
		ready: regexp.MustCompile(`^(\d+)\n`),
		arguments: func(string) []string {
			return []string{"-displayfd", "1", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"}
		},
	})
	if err != nil {
		return nil, err
	}
	return &webkit{display: display, number: number}, nil
}

func (b *webkit) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, driver := range b.drivers {
		driver.stop()
	}
	b.display.stop()
}

func (b *webkit) Window(ctx context.Context) (Window, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	driver, err := b.driver(ctx, port)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.drivers = append(b.drivers, driver)
	b.mu.Unlock()
	at := "http://127.0.0.1:" + port + "/session"
	var session struct {
		SessionID    string
		Capabilities struct{ BrowserName, BrowserVersion string }
	}
	wanted := params{"capabilities": params{"alwaysMatch": params{"timeouts": params{"script": maxScript.Milliseconds()}}}}
	if err := command(ctx, http.MethodPost, at, wanted, &session); err != nil {
		return nil, err
	}
	version := session.Capabilities.BrowserName + "/" + session.Capabilities.BrowserVersion
	return &webkitWindow{driver: driver, at: at + "/" + session.SessionID, version: version}, nil
}

// maxScript is the driver's limit for scripts. The caller's context ends earlier.
const maxScript = time.Hour

// driver starts a driver and waits until it answers.
func (b *webkit) driver(ctx context.Context, port string) (*process, error) {
	driver, err := start(program{
		names: []string{"WebKitWebDriver"},
		environment: func(home string) []string {
			return []string{"DISPLAY=:" + b.number, "NO_AT_BRIDGE=1", "XDG_RUNTIME_DIR=" + home,
				"XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "XDG_DATA_HOME=" + filepath.Join(home, "data"), "XDG_CONFIG_HOME=" + filepath.Join(home, "config")}
		},
		arguments: func(string) []string { return []string{"--port=" + port} },
	})
	if err != nil {
		return nil, err
	}
	for {
		err := command(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/status", nil, nil)
		if err == nil {
			return driver, nil
		}
		select {
		case <-driver.end:
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond): // until the next attempt
			continue
		}
		driver.stop()
		return nil, fmt.Errorf("WebKitWebDriver does not start: %w", err)
	}
}

// freePort returns an unused port: a driver does not report a port of its own choice.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

// webkitWindow is a session of a driver.
type webkitWindow struct {
	driver  *process
	at      string // its URL
	version string
}

func (w *webkitWindow) Version() string { return w.version }

func (w *webkitWindow) post(ctx context.Context, path string, body params, result any) error {
	return command(ctx, http.MethodPost, w.at+path, body, result)
}

func (w *webkitWindow) Open(ctx context.Context, url string) error {
	return w.collect(ctx, w.post(ctx, "/url", params{"url": url}, nil))
}

func (w *webkitWindow) Reload(ctx context.Context) error {
	return w.collect(ctx, w.post(ctx, "/refresh", none, nil))
}

// collectTroubles records what is wrong with the page once it has loaded, which is
// before the program runs: the driver does not report the console.
const collectTroubles = `() => {
	if (window.troubles) return;
	window.troubles = [];
	const say = console.error;
	console.error = (...args) => { troubles.push("console: " + args.join(" ")); say.apply(console, args) };
	addEventListener("error", (e) => troubles.push("exception: " + e.message));
	addEventListener("unhandledrejection", (e) => troubles.push("exception: " + e.reason));
	document.addEventListener("securitypolicyviolation", (e) => troubles.push("policy: " + e.violatedDirective + " " + e.blockedURI));
}`

func (w *webkitWindow) collect(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	_, err = Eval[any](ctx, w, collectTroubles)
	return err
}

func (w *webkitWindow) Troubles(ctx context.Context) ([]string, error) {
	return Eval[[]string](ctx, w, "() => window.troubles ?? []")
}

func (w *webkitWindow) evaluate(ctx context.Context, expression string) (string, error) {
	var answer struct{ Value, Error string }
	script := "const done = arguments[0]; (" + expression + ").then((value) => done({value}), (error) => done({error: 'script: ' + error}))"
	err := w.post(ctx, "/execute/async", params{"script": script, "args": []any{}}, &answer)
	if err == nil && answer.Error != "" {
		err = errors.New(answer.Error)
	}
	return answer.Value, err
}

func (w *webkitWindow) Click(ctx context.Context, x, y float64) error {
	return w.post(ctx, "/actions", params{"actions": clickActions(x, y)}, nil)
}

func (w *webkitWindow) Type(ctx context.Context, text string) error {
	return w.post(ctx, "/actions", params{"actions": typeActions(text)}, nil)
}

func (w *webkitWindow) Close(ctx context.Context) error {
	err := command(ctx, http.MethodDelete, w.at, nil, nil)
	w.driver.stop()
	return err
}

// command sends a command of WebDriver (§6).
func command(ctx context.Context, method, url string, body params, result any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, answer.Value)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Value, result)
}
