//go:build !js

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

// The browser finds nothing that prevents the installation of the app.
func TestInstallable(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	// Profiles that are created in a running browser are private, and can't install
	// apps.
	tb := profile{browser: startBrowser(t)}.newTab(t, s, "buyer")
	tb.goTo("/r/standup")
	tb.asked()
	tb.workerReady()
	manifest := call(tb, page.GetAppManifest, page.GetAppManifestParams{})
	for _, e := range manifest.Errors {
		t.Errorf("the manifest has an error at line %d: %s", e.Line, e.Message)
	}
	if !strings.HasSuffix(manifest.URL, "/manifest.webmanifest") {
		t.Errorf("the manifest is %q", manifest.URL)
	}
	tb.until("it can be installed", func() error { // the browser fetches what it checks
		for _, e := range call(tb, page.GetInstallabilityErrors, cdp.Empty{}).InstallabilityErrors {
			return fmt.Errorf("not installable: %s %v", e.ErrorID, e.ErrorArguments)
		}
		return nil
	})
	wantIcons(t, tb, manifest.URL, manifest.Data)
}

// wantIcons checks that the manifest has icons for every kind of device, of the sizes it
// claims.
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

// A first visit loads page and worker with at most 1.29 MB: nothing is loaded twice, and
// everything is compressed.
func TestFirstVisitIsSmall(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "standup", "Bob")
	proxy := behindProxy(t, s)
	tb := sit(t, proxy.server, 0, "first")
	tb.goTo("/r/standup")
	tb.asked()
	tb.workerReady()
	if n := proxy.bytes.Load(); n > 1_290_000 || n < 500_000 {
		t.Errorf("a first visit loads %d bytes", n)
	}
}

// On a second visit the program comes from the worker's cache, and not from the network.
func TestSecondVisitLoadsNoProgram(t *testing.T) {
	t.Parallel()
	proxy := behindProxy(t, startServer(t))
	tb := sit(t, proxy.server, 0, "again")
	tb.goTo("/")
	tb.asked()
	tb.workerReady()
	if first := proxy.programs.Load(); first != 1 {
		t.Errorf("the first visit loads the program %d times", first)
	}
	tb.goTo("/r/standup")
	tb.asked()
	if all := proxy.programs.Load(); all != 1 {
		t.Errorf("after the second visit the program was loaded %d times", all)
	}
}

// The rehearsal reaches the dialog, so that the page has almost nothing left to compile.
// It fails if the program uses something that rehearse.js does not know.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	proxy := behindProxy(t, startServer(t))
	proxy.raiseLimits()
	tb := sit(t, proxy.server, 0, "first")
	tb.goTo("/")
	tb.asked()
	result := eval[string](tb, `() => new Promise((done) => {
		const { src, dataset: { program, glue } } = document.querySelector("[data-program]");
		const worker = new Worker(src);
		worker.onmessage = ({data}) => done(data.compiled instanceof WebAssembly.Module ? "compiled, rehearsed: " + data.rehearsed : "not compiled");
		worker.onerror = (e) => done(e.message);
		worker.postMessage({glue, program});
	})`)
	if result != "compiled, rehearsed: true" {
		t.Error(result)
	}
}

// Where no worker can compile the program, the page does.
func TestWithoutRehearsal(t *testing.T) {
	t.Parallel()
	tb := sit(t, startServer(t), 0, "alone")
	tb.injectScript(`globalThis.Worker = class { constructor() { throw new Error("no workers here") } }`)
	tb.goTo("/")
	tb.join("Ann")
	tb.goTo("/")
	tb.injectScript(`globalThis.Worker = class { postMessage() { setTimeout(() => this.onmessage({data: {compiled: null}})) } terminate() {} }`)
	tb.goTo("/")
	tb.inRoom()
}
