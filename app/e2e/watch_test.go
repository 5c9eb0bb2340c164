//go:build !js

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
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

// Troubles that a test may have to expect.
const (
	unreachable = `net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INTERNET_DISCONNECTED|NETWORK_CHANGED)`
	noSocket    = `WebSocket connection to .* failed`
	noSuchPage  = `status of 404`
)

// watch is what happened in a tab, or in a worker, so far.
type watch struct {
	mu       sync.Mutex
	troubles []string
	expected []*regexp.Regexp
	urls     map[network.RequestID]string
	messages []message
	attempts []time.Time // at connecting the socket
	held     []fetch.RequestID
	dialog   func() // closes the dialog that a page opened; must not block
}

func newWatch() *watch { return &watch{urls: map[network.RequestID]string{}} }

// see takes one event of the tab. It runs on the goroutine that reads for it.
func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.urls[e.RequestID] = e.Request.URL
	case *network.EventWebSocketCreated:
		w.attempts = append(w.attempts, time.Now())
	case *network.EventWebSocketFrameSent:
		w.frame(true, e.RequestID, e.Response)
	case *network.EventWebSocketFrameReceived:
		w.frame(false, e.RequestID, e.Response)
	case *fetch.EventRequestPaused:
		w.held = append(w.held, e.RequestID)
	case *page.EventJavascriptDialogOpening:
		w.trouble("dialog: %s %q", e.Type, e.Message)
		w.dialog()
	default:
		w.complaint(event)
	}
}

// complaint notes what the browser says is wrong with the page.
func (w *watch) complaint(event any) {
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

// warning is in each line by which the program says that it repairs something
// that should never be wrong, such as a roster that is not the server's.
const warning = " WARN rollcall: "

func (w *watch) trouble(format string, args ...any) {
	w.troubles = append(w.troubles, fmt.Sprintf(format, args...))
}

// issue notes what the browser's audits found.
func (w *watch) issue(i *audits.InspectorIssue) {
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

// unknownAutocomplete is what Chromium finds in autocomplete="nickname", which
// HTML has (§4.10.18.7.1) and Chromium not.
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

// expect makes troubles that match one of the patterns no failure of the test.
func (w *watch) expect(patterns ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range patterns {
		w.expected = append(w.expected, regexp.MustCompile(p))
	}
}

// unexpected is the troubles so far, without those that were to be expected.
func (w *watch) unexpected() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.troubles), func(text string) bool {
		return slices.ContainsFunc(w.expected, func(r *regexp.Regexp) bool { return r.MatchString(text) })
	})
}

// crashed reports whether the process of the page has ended.
func (w *watch) crashed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.troubles, func(text string) bool { return strings.HasPrefix(text, "crash:") })
}

// takeHeld is the requests that were held back since it was last called.
func (w *watch) takeHeld() []fetch.RequestID {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := w.held
	w.held = nil
	return held
}

// attempted is when the page tried to connect, from the given attempt on.
func (w *watch) attempted(mark int) []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.attempts[mark:])
}

func (w *watch) frame(sent bool, connection network.RequestID, f *network.WebSocketFrame) {
	w.messages = append(w.messages, decodeFrame(sent, string(connection), time.Now(), f.PayloadData)...)
}

// since is the messages from the given one on.
func (w *watch) since(mark int) []message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.messages[mark:])
}
