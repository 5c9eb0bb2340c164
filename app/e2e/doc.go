// Package e2e drives the program that make build leaves with real browsers:
// what a person does to the page, what travels on the wire meanwhile, and what
// the others see of it.
//
// It has nothing but tests. They start bin/rollcall (or the program that
// ROLLCALL_BIN names by an absolute path) on a free port of the loopback
// interface, and Chromium processes that each have a profile of their own.
//
//	make build && go test ./app/e2e
//
// Three browsers are started once and shared by all tests; what a test opens
// in them is a profile that nobody else uses (storage, caches, workers), and
// its server is its own. A test that kills a browser starts one for that.
//
// A page is watched from its first request to its end (watch_test.go): an
// exception, an error on its console, a violation of its content security
// policy, a request that failed, a dialog of its own, a crash or an issue that
// the browser's audits report fails the test, unless the test said before that
// it is to be expected.
//
// A test that fails says what the page held, what went over its socket and
// what the server logged; go test -artifacts keeps the screenshot.
//
// Where to look:
//
//   - server_test.go: the program under test. browser_test.go: Chromium.
//   - tab_test.go: hands and eyes of a person. watch_test.go: what is noticed
//     meanwhile. wire_test.go: the frames of the socket. worker_test.go: what
//     its service worker does.
//   - people_test.go: joining, cards, waiting for what people see.
//   - every other file: tests, by what they are about.
package e2e
