package engines

import (
	"context"
	"slices"
	"sync"
)

// params are the parameters of a command.
type params map[string]any

var none = params{}

// troubles records what was wrong with a page.
type troubles struct {
	mu   sync.Mutex
	list []string
}

func (t *troubles) add(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, what)
}

// Troubles implements Window.
func (t *troubles) Troubles(context.Context) ([]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.list), nil
}

// remote is a browser that is driven through a pipe. W is the type of its windows.
type remote[W any] struct {
	process *process
	pipe    *pipe
	version string

	mu      sync.Mutex
	windows map[string]W // by the names that the browser's events have for them
}

// connect starts p and connects to the address that it prints, extended by path. It
// passes events to onEvent and calls begin; if that fails, the browser is closed.
func (r *remote[W]) connect(ctx context.Context, p program, path string, onEvent func(message), begin func(context.Context) error) error {
	var address string
	var err error
	if r.process, address, err = launch(ctx, p); err != nil {
		return err
	}
	if r.pipe, err = dial(ctx, address+path, onEvent); err != nil {
		r.process.stop()
		return err
	}
	if err := begin(ctx); err != nil {
		r.Close()
		return err
	}
	return nil
}

func (r *remote[W]) Close() {
	r.pipe.close()
	r.process.stop()
}

func (r *remote[W]) put(name string, w W) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.windows == nil {
		r.windows = map[string]W{}
	}
	r.windows[name] = w
}

func (r *remote[W]) get(name string) (W, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w, ok := r.windows[name]
	return w, ok
}
