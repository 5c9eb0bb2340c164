package engines

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Engine is a browser engine.
type Engine struct {
	Name  string
	Start func(ctx context.Context) (Browser, error) // names what is missing if the engine isn't installed
}

// All lists the engines.
var All = []Engine{{"Chromium", startChromium}, {"Firefox", startFirefox}, {"WebKit", startWebKit}}

// Browser is a running engine. It is safe for concurrent use.
type Browser interface {
	// Window opens a window with a profile (storage, caches, workers) of its own.
	Window(ctx context.Context) (Window, error)
	// Close ends the engine's processes and removes their files.
	Close()
}

// Window is a window with one page. Its methods return the error of ctx if that ends
// first.
type Window interface {
	// Version returns name and version of the engine.
	Version() string
	// Open opens an address and returns when the document has loaded.
	Open(ctx context.Context, url string) error
	// Reload reloads the page and returns when the document has loaded.
	Reload(ctx context.Context) error
	// Click clicks at a point of the viewport, in CSS pixels.
	Click(ctx context.Context, x, y float64) error
	// Type types a text into the focused element. Enter and Escape are keys.
	Type(ctx context.Context, text string) error
	// Troubles returns what the engine has found wrong with the page so far: errors on
	// the console, exceptions, violations of the content security policy.
	Troubles(ctx context.Context) ([]string, error)
	// Close closes the window as a user does.
	Close(ctx context.Context) error

	// evaluate returns the value of an expression or of its promise, which must be a
	// string.
	evaluate(ctx context.Context, expression string) (string, error)
}

// Keys for Type.
const (
	Enter  = "\r"
	Escape = "\x1b"
)

// Eval calls a JavaScript function in the page with the given arguments, which are
// encoded as JSON, and decodes its result, or that of its promise.
func Eval[T any](ctx context.Context, w Window, function string, args ...any) (result T, err error) {
	list := make([]string, len(args))
	for i, arg := range args {
		encoded, err := json.Marshal(arg)
		if err != nil {
			return result, err
		}
		list[i] = string(encoded)
	}
	text, err := w.evaluate(ctx, fmt.Sprintf("(async () => JSON.stringify(await (%s)(%s)) ?? 'null')()", function, strings.Join(list, ",")))
	if err != nil {
		return result, err
	}
	err = json.Unmarshal([]byte(text), &result)
	return result, err
}
