package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// loader returns app.js: go-app's script that registers the worker and starts the
// program, amended. go-app is asked for it here, so that the server need not link go-app.
func loader(url func(name string) string, wasmSize int, version string) []byte {
	if version == "" {
		version = "unset" // go-app would put the time, and each build would differ
	}
	h := &app.Handler{
		Name:              "Rollcall",
		Version:           version,
		Resources:         resolver(url),
		LoadingLabel:      "Starting, {progress}%",
		WasmContentLength: strconv.Itoa(wasmSize), // the header tells the size as compressed
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/app.js", nil))
	script := amend(answer.Body.String(), url("app.wasm"))
	return relative(script, "/app-worker.js", url("app.wasm"))
}

// relative makes the given paths in a script those of the site that the script is
// from, which may be at any path: the script is in its directory web.
func relative(script []byte, paths ...string) []byte {
	for _, path := range paths {
		quoted := []byte(strconv.Quote(path))
		if n := bytes.Count(script, quoted); n != 1 {
			panic(fmt.Sprintf("web/build: app.js has %s %d times", quoted, n)) // go-app is pinned
		}
		script = bytes.Replace(script, quoted, fmt.Appendf(nil, "siteBase + %q", path[1:]), 1)
	}
	const base = `const siteBase = new URL("..", document.currentScript.src).pathname;` + "\n\n"
	return append([]byte(base), script...)
}

// amend makes go-app's script take the program that start.js has begun to compile, and
// register the worker when the program runs and the page has nothing to do. As it is,
// every piece of the program goes through a script that counts it, and the worker fetches
// and keeps all there is at the same time.
// Where the program can't be run, or ends, start.js says so in the person's language.
// Between its last byte, its memory and its first step the page gets its turn.
func amend(script, program string) []byte {
	for _, change := range []struct{ from, to string }{
		{"\ngoappInitServiceWorker();\n", "\n"},
		{"\ngoappInitWebAssembly();\n", "\ngoappInitWebAssembly().then(() => (globalThis.requestIdleCallback ?? setTimeout)(goappInitServiceWorker));\n"},
		{"  let instantiateStreaming = WebAssembly.instantiateStreaming;\n" + // which not every browser has, not even WebAssembly
			"  if (!instantiateStreaming) {\n" +
			"    instantiateStreaming = async (resp, importObject) => {\n" +
			"      const source = await (await resp).arrayBuffer();\n" +
			"      return await WebAssembly.instantiate(source, importObject);\n" +
			"    };\n" +
			"  }\n\n", ""},
		{"const wasm = await instantiateStreaming(\n" +
			"      fetchWithProgress(" + strconv.Quote(program) + ", showProgress),\n" +
			"      go.importObject\n    );",
			"globalThis.rollcallProgram ??= WebAssembly.compileStreaming(fetch(" + strconv.Quote(program) + "));\n" +
				"    const program = await globalThis.rollcallProgram;\n" +
				"    const turn = () => new Promise((next) => setTimeout(next));\n" +
				"    await turn();\n" +
				"    const wasm = { instance: await WebAssembly.instantiate(program, go.importObject) };\n" +
				"    await turn();"},
		{"    go.run(wasm.instance);\n", "    go.run(wasm.instance).finally(() => globalThis.rollcallFailed?.()); // it never ends by itself\n"},
		{"    loaderIcon.className = \"goapp-logo\";\n    loaderLabel.innerText = err;\n    console.error(\"loading wasm failed: \", err);\n",
			"    console.error(\"loading wasm failed: \", err);\n    globalThis.rollcallFailed?.();\n"},
	} {
		if strings.Count(script, change.from) != 1 {
			panic(fmt.Sprintf("web/build: go-app's script no longer has %q once", change.from))
		}
		script = strings.Replace(script, change.from, change.to, 1)
	}
	return []byte(script)
}

// A resolver tells go-app where its resources are served.
type resolver func(name string) string

// Resolve implements app.ResourceResolver.
func (url resolver) Resolve(location string) string {
	switch location {
	case "/web/app.wasm":
		return url("app.wasm")
	case "/": // the prefix of all routes: none
		return ""
	}
	return location
}
