//go:build !js

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The example of a page of one's own, on another origin than the server, shows people
// come and go.
func TestExampleInABrowser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "main.wasm"), "../../docs/examples/browser")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	glue, err := os.ReadFile("../../wasm_exec.js")
	if err != nil {
		t.Fatal(err)
	}
	var own string // the page's HTML
	mux := http.NewServeMux()
	mux.Handle("/main.wasm", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("/wasm_exec.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(glue)
	})
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, own) })
	page := httptest.NewServer(mux)
	t.Cleanup(page.Close)

	s := startServer(t, "-allow-origin", page.URL, "-grace", "100ms")
	own = fmt.Sprintf(`<!doctype html><title>Mine</title><ul id="rollcall" data-server=%q data-room="standup"></ul>
<script src="wasm_exec.js"></script><script>
const go = new Go();
WebAssembly.instantiateStreaming(fetch("main.wasm"), go.importObject).then((program) => go.run(program.instance));
</script>`, s.socket())
	ada := bot(t, s, "standup", "Ada <b>")
	tb := sit(t, &server{t: t, at: page.URL}, 0, "own page")
	tb.goTo("/")
	shows := func(names ...string) {
		t.Helper()
		tb.holds("a list of "+strings.Join(names, ", "), `(want) => want === [...document.querySelectorAll("#rollcall > li")].map((li) => li.textContent).join()`,
			strings.Join(names, ","))
	}
	shows("Ada <b>")
	bot(t, s, "standup", "Ben")
	shows("Ada <b>", "Ben")
	if err := ada.Close(); err != nil {
		t.Fatal(err)
	}
	shows("Ben")
}
