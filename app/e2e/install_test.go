//go:build !js

package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

// The browser finds nothing that keeps the app from being installed.
func TestInstallable(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	// Profiles that are made in a browser are private: nothing is installed there.
	tb := profile{browser: startBrowser(t)}.newTab(t, s, "buyer")
	tb.goTo("/r/standup")
	tb.asked()
	tb.equipped()
	manifest := call(tb, page.GetAppManifest, page.GetAppManifestParams{})
	for _, e := range manifest.Errors {
		t.Errorf("the manifest has an error at line %d: %s", e.Line, e.Message)
	}
	if !strings.HasSuffix(manifest.URL, "/manifest.webmanifest") {
		t.Errorf("the manifest is %q", manifest.URL)
	}
	for _, e := range call(tb, page.GetInstallabilityErrors, cdp.Empty{}).InstallabilityErrors {
		t.Errorf("not installable: %s %v", e.ErrorID, e.ErrorArguments)
	}
	wantIcons(t, tb, manifest.URL, manifest.Data)
}

// wantIcons wants the icons of every kind of device, each of the size it says.
func wantIcons(t *testing.T, tb *tab, url, manifest string) {
	t.Helper()
	var m struct {
		Name  string
		Icons []struct{ Src, Sizes, Type, Purpose string }
	}
	if err := json.Unmarshal([]byte(manifest), &m); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, icon := range m.Icons {
		kinds = append(kinds, icon.Sizes+" "+icon.Type+" "+icon.Purpose)
		if icon.Type != "image/png" {
			continue
		}
		size := eval[string](tb, `async (src, base) => {
			const image = await createImageBitmap(await (await fetch(new URL(src, base))).blob());
			return image.width + "x" + image.height;
		}`, icon.Src, url)
		if size != icon.Sizes {
			t.Errorf("%s is %s, not %s", icon.Src, size, icon.Sizes)
		}
	}
	for _, kind := range []string{"192x192 image/png", "512x512 image/png", "512x512 image/png maskable", "any image/svg+xml"} {
		if !slices.ContainsFunc(kinds, func(k string) bool { return strings.HasPrefix(k, kind) }) {
			t.Errorf("there is no icon %s among %q", kind, kinds)
		}
	}
}

// A first visit loads the whole app, page and worker together, in 1.5 MB: nothing
// comes twice, and everything comes compressed.
func TestFirstVisitIsSmall(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	robot(t, s, "standup", "Bob")
	front := behindFront(t, s)
	tb := sit(t, front.server, 0, "first")
	tb.goTo("/r/standup")
	tb.asked()
	tb.equipped()
	if n := front.bytes.Load(); n > 1_500_000 || n < 500_000 {
		t.Errorf("a first visit loads %d bytes", n)
	}
}

// A second visit has the program from the worker's cache: no byte of it comes
// over the network.
func TestSecondVisitLoadsNoProgram(t *testing.T) {
	t.Parallel()
	front := behindFront(t, startServer(t))
	tb := sit(t, front.server, 0, "again")
	tb.goTo("/")
	tb.asked()
	tb.equipped()
	if first := front.programs.Load(); first != 1 {
		t.Errorf("the first visit loads the program %d times", first)
	}
	tb.goTo("/r/standup")
	tb.asked()
	if all := front.programs.Load(); all != 1 {
		t.Errorf("after the second visit the program was loaded %d times", all)
	}
}

// The program is rehearsed up to its dialog, so that the page has next to nothing left
// to compile. What the program asks of the page and rehearse.js does not know ends that.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	tb := sit(t, startServer(t), 0, "first")
	tb.goTo("/")
	tb.asked()
	result := eval[string](tb, `() => new Promise((done) => {
		const { program, glue, rehearse } = document.querySelector("[data-rehearse]").dataset;
		const worker = new Worker(rehearse);
		worker.onmessage = ({data}) => done(data.compiled instanceof WebAssembly.Module ? "compiled, rehearsed: " + data.rehearsed : "not compiled");
		worker.onerror = (e) => done(e.message);
		worker.postMessage({glue, program});
	})`)
	if result != "compiled, rehearsed: true" {
		t.Error(result)
	}
}

// Where a worker can't compile the program, the page does.
func TestWithoutRehearsal(t *testing.T) {
	t.Parallel()
	tb := sit(t, startServer(t), 0, "alone")
	tb.pretend(`globalThis.Worker = class { constructor() { throw new Error("no workers here") } }`)
	tb.goTo("/")
	tb.join("Ann")
	tb.goTo("/")
	tb.pretend(`globalThis.Worker = class { postMessage() { setTimeout(() => this.onmessage({data: {compiled: null}})) } terminate() {} }`)
	tb.goTo("/")
	tb.present()
}
