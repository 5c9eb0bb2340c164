package site

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
)

// everyAnswer has a request for each kind of answer, and its status.
var everyAnswer = map[string]int{
	"GET /":                     http.StatusOK,
	"HEAD /":                    http.StatusOK,
	"GET /r/standup":            http.StatusOK,
	"GET /r/Standup":            http.StatusTemporaryRedirect,
	"GET //r/standup":           http.StatusTemporaryRedirect,
	"GET /r/a%20b":              http.StatusTemporaryRedirect,
	"GET /r/%20":                http.StatusNotFound,
	"GET /open":                 http.StatusOK,
	"GET /open?title=":          http.StatusBadRequest,
	"GET /open?title=a":         http.StatusSeeOther,
	"GET /r":                    http.StatusNotFound,
	"GET /nowhere":              http.StatusNotFound,
	"GET /shell":                http.StatusOK,
	"GET /healthz":              http.StatusOK,
	"GET /robots.txt":           http.StatusOK,
	"GET /favicon.ico":          http.StatusOK,
	"GET /app-worker.js":        http.StatusOK,
	"GET /manifest.webmanifest": http.StatusOK,
	"GET " + wasmPath:           http.StatusOK,
	"HEAD " + wasmPath:          http.StatusOK,
	"GET /web/nothing.js":       http.StatusNotFound,
	"GET /ws":                   http.StatusBadRequest,
	"GET /ws?room=standup":      http.StatusUpgradeRequired,
	"OPTIONS /ws?room=standup":  http.StatusNoContent,
	"GET /r/standup/badge.svg":  http.StatusOK,
	"GET /embed":                http.StatusOK,
	"GET /embed?room=%20":       http.StatusNotFound,
	"GET /r/a/widget.json":      http.StatusOK,
	"GET /r/%20/widget.json":    http.StatusBadRequest,
	"POST /r/a/badge.svg":       http.StatusMethodNotAllowed,
	"POST /":                    http.StatusMethodNotAllowed,
	"DELETE /r/standup":         http.StatusMethodNotAllowed,
	"PUT " + wasmPath:           http.StatusMethodNotAllowed,
	"PATCH /healthz":            http.StatusMethodNotAllowed,
	"POST /nowhere":             http.StatusMethodNotAllowed,
	"OPTIONS /":                 http.StatusMethodNotAllowed,
	"TRACE /":                   http.StatusMethodNotAllowed,
	"FROB /shell":               http.StatusMethodNotAllowed,
}

func TestSecurityHeadersOnEveryAnswer(t *testing.T) {
	r := newRigOf(t, Config{Hub: hub.New(hub.Config{}), HSTS: time.Hour})
	for request, want := range everyAnswer {
		method, target, _ := strings.Cut(request, " ")
		res := r.get(method, target)
		if res.StatusCode != want {
			t.Errorf("%s: %s, want %d", request, res.Status, want)
		}
		checkSecurity(t, request, res.Header)
		if got := res.Header.Get("Strict-Transport-Security"); got != "" {
			t.Errorf("%s: Strict-Transport-Security %q without TLS", request, got)
		}
		secret := r.get(method, "https://rollcall.test"+target)
		checkSecurity(t, request, secret.Header)
		if got := secret.Header.Values("Strict-Transport-Security"); len(got) != 1 || got[0] != "max-age=3600" {
			t.Errorf("%s: Strict-Transport-Security %q", request, got)
		}
		if got := res.Header.Get("Allow"); want == http.StatusMethodNotAllowed && got != "GET, HEAD" {
			t.Errorf("%s: Allow %q", request, got)
		}
	}
	if got := r.get("POST", "/ws?room=standup").Header.Get("Allow"); got != "GET, HEAD, OPTIONS" {
		t.Errorf("Allow %q for the socket", got)
	}
	live := start(t, hub.Config{})
	_, res := live.Request(wiretest.Upgrade("/ws?room=standup"))
	checkSecurity(t, "the upgrade", res.Header)
	_, res = live.Request(wiretest.Upgrade("/ws?room=standup", "Origin: http://evil.test\r\n"))
	checkSecurity(t, "the refused upgrade", res.Header)
}

// Strict-Transport-Security is sent over https only, which a trusted proxy tells, and not
// if the configured time is 0.
func TestHSTSBehindAProxy(t *testing.T) {
	r := newRigOf(t, Config{Hub: hub.New(hub.Config{}), HSTS: time.Hour, TrustedProxy: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}})
	if got := r.get("GET", "/", "X-Forwarded-Proto", "https").Header.Get("Strict-Transport-Security"); got != "max-age=3600" {
		t.Errorf("by https: %q", got)
	}
	if got := r.get("GET", "https://rollcall.test/", "X-Forwarded-Proto", "http").Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("by http: %q", got)
	}
	none := newRig(t, hub.Config{})
	if got := none.get("GET", "https://rollcall.test/").Header.Values("Strict-Transport-Security"); got != nil {
		t.Errorf("turned off: %q", got)
	}
}

// checkSecurity repeats the policy, so that it can't be changed by accident.
func checkSecurity(t *testing.T, request string, h http.Header) {
	t.Helper()
	for field, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
			"img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; " +
			"base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
			"magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
	} {
		if got := h.Values(field); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %s is %q, want %q", request, field, got, want)
		}
	}
}

// A page that names people is not cached.
func TestWhatMayBeKept(t *testing.T) {
	r := newRig(t, hub.Config{})
	for target, want := range map[string]string{
		"/": "no-store", "/r/standup": "no-store", "/r/Standup": "no-store", "/nowhere": "no-store", "/r/a%20b": "no-store",
		"/healthz": "no-cache", "/robots.txt": "no-cache",
	} {
		if got := r.get("GET", target).Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: Cache-Control %q, want %q", target, got, want)
		}
	}
}
