//go:build !js

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/serviceworker"
)

// Patterns for troubles that a test may have to expect.
const (
	unreachable = `net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED|ABORTED)|EMPTY_RESPONSE|INTERNET_DISCONNECTED|NETWORK_CHANGED)`
	noSocket    = `WebSocket connection to .* failed`
	noSuchPage  = `status of 404`
)

// monitor records what happens in a tab or a worker.
type monitor struct {
	mu       sync.Mutex
	troubles []string
	expected patterns
	urls     map[network.RequestID]string
	messages []message
	paused   []fetch.RequestID
	dialog   func() // closes a dialog that the page has opened; must not block
}

func newMonitor() *monitor { return &monitor{urls: map[network.RequestID]string{}} }

// handleEvent records an event. It runs on the goroutine that reads the tab's events.
func (w *monitor) handleEvent(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.urls[e.RequestID] = e.Request.URL
	case *network.EventWebSocketFrameSent:
		w.frame(true, e.RequestID, e.Response)
	case *network.EventWebSocketFrameReceived:
		w.frame(false, e.RequestID, e.Response)
	case *fetch.EventRequestPaused:
		w.paused = append(w.paused, e.RequestID)
	case *page.EventJavascriptDialogOpening:
		w.trouble("dialog: %s %q", e.Type, e.Message)
		w.dialog()
	default:
		w.recordTrouble(event)
	}
}

// recordTrouble records what the browser reports as wrong with the page.
func (w *monitor) recordTrouble(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		w.trouble("exception: %s", exceptionText(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		text := consoleText(e.Args)
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert || strings.Contains(text, warning) {
			w.trouble("console: %s", text)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			w.trouble("log: %s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *audits.EventIssueAdded:
		w.issue(e.Issue)
	case *network.EventLoadingFailed:
		if !e.Canceled {
			w.trouble("request: %s %s %s", w.urls[e.RequestID], e.ErrorText, e.BlockedReason)
		}
	case *serviceworker.EventWorkerErrorReported:
		w.trouble("worker: %s (line %d)", e.ErrorMessage.ErrorMessage, e.ErrorMessage.LineNumber)
	case *inspector.EventTargetCrashed:
		w.trouble("crash: of the page's process")
	}
}

// warning is in each line by which the program reports that it repairs what should never
// be wrong, such as a roster that differs from the server's.
const warning = " WARN rollcall: "

func (w *monitor) trouble(format string, args ...any) {
	w.troubles = append(w.troubles, fmt.Sprintf(format, args...))
}

// issue records an issue of the browser's audits.
func (w *monitor) issue(i *audits.InspectorIssue) {
	if d := i.Details.ContentSecurityPolicyIssueDetails; d != nil {
		w.trouble("policy: %s was violated by %s %s", d.ViolatedDirective, d.ContentSecurityPolicyViolationType, d.BlockedURL)
		return
	}
	if d := i.Details.GenericIssueDetails; d != nil && d.ErrorType == unknownAutocomplete {
		return
	}
	details, err := json.Marshal(i.Details)
	w.trouble("issue: %s %s %v", i.Code, details, err)
}

// unknownAutocomplete is Chromium's issue with autocomplete="nickname", which HTML has
// (§4.10.18.7.1) and Chromium does not know.
const unknownAutocomplete = audits.GenericIssueErrorTypeFormInputHasWrongButWellIntendedAutocompleteValueError

func exceptionText(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Text + " " + d.Exception.Description
	}
	return d.Text
}

func consoleText(args []*runtime.RemoteObject) string {
	var text string
	for _, arg := range args {
		if arg.Description != "" {
			text += arg.Description + " "
		} else {
			text += string(arg.Value) + " "
		}
	}
	return text
}

// expect adds patterns of troubles that do not fail the test.
func (w *monitor) expect(patterns ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expected.add(patterns...)
}

// unexpected returns the troubles that no pattern matches.
func (w *monitor) unexpected() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.troubles), w.expected.match)
}

// crashed reports whether the page's process has ended.
func (w *monitor) crashed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.troubles, func(text string) bool { return strings.HasPrefix(text, "crash:") })
}

// takePaused returns the requests that were paused since its last call.
func (w *monitor) takePaused() []fetch.RequestID {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := w.paused
	w.paused = nil
	return held
}

func (w *monitor) frame(sent bool, connection network.RequestID, f *network.WebSocketFrame) {
	w.messages = append(w.messages, decodeFrame(sent, string(connection), time.Now(), f.PayloadData)...)
}

// since returns the messages from index mark on.
func (w *monitor) since(mark int) []message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.messages[mark:])
}
