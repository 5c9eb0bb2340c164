//go:build audit && !js

package e2e

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var modules = flag.String("modules", "", "where npm has put React and TypeScript (an absolute path)")

// commonJS returns React as one module of JavaScript, of the files that npm has of it: a page
// without a bundler can't load those.
func commonJS(t *testing.T) string {
	t.Helper()
	all := `const modules = {}, made = {}, process = { env: { NODE_ENV: "development" } };
function require(name) {
	if (!made[name]) {
		made[name] = { exports: {} };
		modules[name](made[name], made[name].exports);
	}
	return made[name].exports;
}
`
	for name, file := range map[string]string{
		"react": "react/cjs/react.development.js", "scheduler": "scheduler/cjs/scheduler.development.js",
		"react-dom": "react-dom/cjs/react-dom.development.js", "react-dom/client": "react-dom/cjs/react-dom-client.development.js",
	} {
		all += fmt.Sprintf("modules[%q] = (module, exports) => {\n%s\n};\n", name, readFile(t, filepath.Join(*modules, file)))
	}
	return all + `export const React = require("react"), { createRoot } = require("react-dom/client");
export const { useEffect, useState, useSyncExternalStore } = React;
`
}

// useRollcall shows a room in React, also where StrictMode runs each effect twice; another room
// is another connection, and nothing is left of what is taken out.
func TestReact(t *testing.T) {
	react := commonJS(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/react.js" {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, react)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><title>React</title><link rel="icon" href="data:,">
			<script type="importmap">{"imports": {"react": "/react.js"}}</script><div id="root"></div>`)
	}))
	t.Cleanup(page.Close)
	s := startServer(t, append(grace(shortGrace), "-allow-origin", page.URL)...)
	bot(t, s, "stand-up", "Ada")
	bot(t, s, "lobby", "Zoe")
	tb := sit(t, s, 0, "react")
	tb.goElsewhere(page.URL)
	eval[bool](tb, `async (base) => {
		globalThis.sockets = [];
		globalThis.WebSocket = class extends WebSocket {
			constructor(...args) {
				super(...args);
				sockets.push(this);
			}
		};
		const { React, createRoot } = await import("react");
		const { useRollcall } = await import(base + "/embed/react.js");
		const Here = ({ room }) => {
			const [{ state, members }] = useRollcall({ base, room });
			return React.createElement("p", null, state + ":" + members.map((u) => u.name).join());
		};
		const root = createRoot(document.querySelector("#root"));
		globalThis.show = (room) => root.render(React.createElement(React.StrictMode, null, room && React.createElement(Here, { room })));
		show("stand-up");
		return true;
	}`, s.at)
	shows := func(what, text string) {
		t.Helper()
		tb.holds(what, `(text) => document.querySelector("#root").textContent === text`, text)
	}
	shows("who is here", "live:Ada")
	bot(t, s, "stand-up", "Bob")
	shows("who comes", "live:Ada,Bob")
	eval[any](tb, `() => { show("lobby") }`)
	shows("another room", "live:Zoe")
	tb.holds("with one connection", `() => sockets.filter((s) => s.readyState <= WebSocket.OPEN).length === 1`)
	eval[any](tb, `() => { show() }`)
	shows("nothing", "")
	tb.holds("without a connection", `() => sockets.every((s) => s.readyState > WebSocket.OPEN)`)
}

// A program in TypeScript compiles with the types that the server has, and not with others.
func TestTypes(t *testing.T) {
	s := startServer(t)
	dir := t.TempDir()
	files := map[string]string{"example.ts": readFile(t, "testdata/example.ts")}
	for _, name := range []string{"rollcall.d.ts", "react.d.ts", "roll-call.d.ts"} {
		res, err := http.Get(s.url("/embed/" + name))
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", name, res.Status, err)
		}
		files[name] = string(content)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("node", filepath.Join(*modules, "typescript/bin/tsc"), "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "example.ts")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
