// Package e2e tests the program that make build creates with real browsers: what a user
// does to the page, which messages are exchanged, and what other members see.
//
// The package consists of tests. They run bin/rollcall, or the program that ROLLCALL_BIN
// names by an absolute path, on a free port of the loopback interface. `make browser`
// runs them in Chromium; `make browsers` runs TestEngines, a small suite for each of the
// three engines that browsers are made of.
//
// Three Chromium processes are started once and shared by all tests. Each test has a
// server and browser profiles (storage, caches, workers) of its own, and tests run in
// parallel. A test that kills a browser starts one for that.
//
// A tab is monitored until it is closed (monitor_test.go): an exception, an error on the
// console, a violation of the content security policy, a failed request, a dialog of the
// page, a crash, or an issue of the browser's audits fails the test, unless the test has
// called expect for it. A test that fails reports the page, the messages over its
// socket, and the server's log; go test -artifacts keeps a screenshot.
//
// Tests must not depend on the speed of the machine. They wait for conditions
// (wait_test.go), and leave it to the page to measure times and to record what is
// visible only for a moment.
//
// Where to look:
//
//   - wait_test.go: waiting. server_test.go: the program under test. proxy_test.go,
//     blackhole_test.go: proxies in front of it.
//   - browser_test.go: Chromium. tab_test.go: what a user does in a tab.
//     monitor_test.go: what happens there meanwhile. wire_test.go: the socket's frames.
//     worker_test.go: its service worker. emulate_test.go, clock_test.go: its
//     environment.
//   - people_test.go: joining, cards, waiting for what members see.
//   - engines_test.go, dialogs_test.go: the suite for all engines. visitor_test.go: a
//     window of any engine. observer_test.go: what another member receives.
//   - All other files contain tests, by subject.
package e2e
