package site

import (
	"fmt"
	"net/http"
	"time"
)

// ContentSecurityPolicy of every answer. The program is WebAssembly
// ('wasm-unsafe-eval'); there is no inline script or style, so a name that
// would be markup could do nothing even if it got into a page.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
	"img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// securityHeaders go with every answer, whatever it is.
var securityHeaders = map[string]string{
	"Content-Security-Policy":      ContentSecurityPolicy,
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer", // an address names a room
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
		"magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
}

// secure puts the security headers on every answer of next; hsts is
// Config.HSTS. What comes in plain gets no Strict-Transport-Security (RFC 6797 §7.2).
func secure(next http.Handler, hsts time.Duration) http.Handler {
	stay := fmt.Sprintf("max-age=%d", int(hsts.Seconds()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range securityHeaders {
			w.Header().Set(name, value)
		}
		if hsts > 0 && r.URL.Scheme == "https" {
			w.Header().Set("Strict-Transport-Security", stay)
		}
		next.ServeHTTP(w, r)
	})
}
