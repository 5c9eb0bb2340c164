// Package engines drives the three engines that browsers are made of: Chromium, Firefox
// (Gecko) and WebKit. A Window offers what a user can do to a page, evaluates scripts in
// it, and reports what the engine has found wrong with it. Tests that need more of
// Chromium use its protocol, in package e2e.
//
// Browsers and windows may be used by several goroutines. Whoever starts a Browser must
// Close it, which ends its processes.
//
//   - engine.go: the interfaces, and the list of engines.
//   - remote.go, pipe.go: a browser that takes commands over a WebSocket.
//   - chromium.go: the DevTools protocol. firefox.go: WebDriver BiDi.
//   - webkit.go: WebDriver, with a virtual display (Xvfb).
//   - actions.go: the input actions of the W3C's protocols. process.go: processes.
package engines
