//go:build !js

package e2e

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"rollcall/app/e2e/engines"
)

// visitor is a window of any engine, with helpers for tests.
type visitor struct {
	engines.Window
	t        *testing.T
	label    string
	server   *server
	expected patterns // of troubles
	open     bool
}

// visit opens a window with a profile of its own. When it is closed, at the latest by
// the end of the test, the engine must not have found troubles.
func visit(t *testing.T, b engines.Browser, s *server, label string) *visitor {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w, err := b.Window(ctx)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{Window: w, t: t, label: label, server: s, open: true}
	t.Cleanup(func() {
		if v.open {
			v.close()
		}
	})
	return v
}

// do performs an action that must succeed in time. It ignores the end of the test's
// context, so that it can close windows afterwards.
func (v *visitor) do(what string, act func(context.Context) error) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.t.Context()), patience)
	defer cancel()
	if err := act(ctx); err != nil {
		v.fatalf("%s: %v", what, err)
	}
}

func (v *visitor) goTo(path string) {
	v.t.Helper()
	v.do("opening "+path, func(ctx context.Context) error { return v.Open(ctx, v.server.url(path)) })
}

func (v *visitor) reload() {
	v.t.Helper()
	v.do("reloading", v.Reload)
}

// close checks for troubles and closes the window.
func (v *visitor) close() {
	v.t.Helper()
	v.open = false
	v.do("closing", func(ctx context.Context) error {
		found, err := v.Troubles(ctx)
		for _, trouble := range found {
			if !v.expected.match(trouble) && !leftOpen.match(trouble) {
				v.t.Errorf("%s: trouble in the page: %s", v.label, trouble)
			}
		}
		return errors.Join(err, v.Close(ctx))
	})
}

// evalIn is engines.Eval with a timeout.
func evalIn[T any](v *visitor, function string, args ...any) (result T, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.t.Context()), patience)
	defer cancel()
	return engines.Eval[T](ctx, v.Window, function, args...)
}

// until waits until probe returns nil.
func (v *visitor) until(what string, probe func() error) {
	v.t.Helper()
	eventually(what, v.fatalf, probe)
}

// holds waits until a JavaScript function returns true.
func (v *visitor) holds(what, function string, args ...any) {
	v.t.Helper()
	v.until(what, func() error { return isTrue(evalIn[bool](v, function, args...)) })
}

// click is like tab.click.
func (v *visitor) click(selector string) {
	v.t.Helper()
	for missed := true; missed; missed, _ = evalIn[bool](v, clickMissed) {
		var at []float64
		v.until(selector+" can be clicked", func() (err error) {
			before := at
			at, err = evalIn[[]float64](v, clickPoint, selector)
			return isSettled(at, before, err)
		})
		v.do("clicking "+selector, func(ctx context.Context) error { return v.Click(ctx, at[0], at[1]) })
	}
}

// enter clicks a field and replaces its text by typing.
func (v *visitor) enter(selector, text string) {
	v.t.Helper()
	v.click(selector)
	v.holds(selector+" has the focus", `(selector) => {
		const field = document.querySelector(selector);
		if (document.activeElement === field) field.select();
		return document.activeElement === field;
	}`, selector)
	v.press(text)
	v.holds(selector+" has the text", `(selector, text) => document.querySelector(selector).value === text`, selector, text)
}

// press types keys.
func (v *visitor) press(keys string) {
	v.t.Helper()
	v.do("typing", func(ctx context.Context) error { return v.Type(ctx, keys) })
}

// asked waits until a name is asked for, and returns the content of the field.
func (v *visitor) asked() string {
	v.t.Helper()
	v.holds("a name is asked for", nameIsAsked)
	name, err := evalIn[string](v, `() => document.querySelector("#name-field").value`)
	if err != nil {
		v.fatalf("%v", err)
	}
	return name
}

// join joins the room through the dialog and returns the own card.
func (v *visitor) join(name string) card {
	v.t.Helper()
	v.asked()
	v.enter("#name-field", name)
	v.click(":is(#name-form, #card-form) [type=submit]")
	return v.inRoom()
}

// inRoom waits until the window is in the room, and returns the own card.
func (v *visitor) inRoom() (own card) {
	v.t.Helper()
	v.until("I am in the room", func() error {
		people, err := evalIn[[]card](v, "() => ("+cards+")(document)")
		if err != nil {
			return err
		}
		i := slices.IndexFunc(people, func(c card) bool { return c.You })
		if i < 0 {
			return fmt.Errorf("none of %d cards is mine", len(people))
		}
		own = people[i]
		return nil
	})
	v.holds("no name is asked for and the page is live", `() => !document.querySelector("#name-form, #card-form") && document.querySelector("#connection").dataset.state === "live"`)
	return own
}

// sees waits until the page shows exactly these members and their number, and is live.
func (v *visitor) sees(people ...card) {
	v.t.Helper()
	v.until(fmt.Sprintf("the people are\n%s", listing(people)), func() error {
		shown, err := evalIn[[]card](v, "() => ("+cards+")(document)")
		if err != nil {
			return err
		}
		if !slices.Equal(whoIs(shown), whoIs(people)) {
			return fmt.Errorf("they are\n%s", listing(shown))
		}
		count, err := evalIn[string](v, `() => document.querySelector("#count").textContent + " " + document.querySelector("#connection").dataset.state`)
		if err == nil && count != fmt.Sprint(len(people))+" live" {
			err = fmt.Errorf("the page says %s", count)
		}
		return err
	})
}

// whoIs returns ids and names, sorted.
func whoIs(people []card) []string {
	who := make([]string, len(people))
	for i, c := range people {
		who[i] = c.ID + " " + c.Name
	}
	slices.Sort(who)
	return who
}

// expect adds patterns of troubles that do not fail the test.
func (v *visitor) expect(patterns ...string) { v.expected.add(patterns...) }

// fatalf ends the test with a report.
func (v *visitor) fatalf(format string, args ...any) {
	v.t.Helper()
	page, err := evalIn[string](v, "() => document.URL + '\\n' + document.body.outerHTML")
	if err != nil {
		page = err.Error()
	}
	v.t.Fatalf("%s: %s\n--- the page\n%s\n--- the server's log\n%s", v.label, fmt.Sprintf(format, args...), lastBytes(page, 12000), lastBytes(v.server.log.String(), 6000))
}

// leftOpen is what Firefox says of a socket that a page which is left had, or was about to
// have, and of its icon, if the worker was about to answer that.
var leftOpen = patterns{
	regexp.MustCompile(`Firefox can.t establish a connection to the server at ws`),
	regexp.MustCompile(`connection to ws\S+ was interrupted while the page was loading`),
	regexp.MustCompile(`Failed to load .\S+/icon\.[0-9a-f]+\.svg.\. A ServiceWorker intercepted the request and encountered an unexpected error`),
}
