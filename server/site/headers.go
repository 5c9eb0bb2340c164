package site

import (
	"fmt"
	"net/http"
	"time"
)

// ContentSecurityPolicy is the header of that name in every answer. The program is
// WebAssembly ('wasm-unsafe-eval'). No inline script or style is allowed, so that a name
// with markup could do nothing even if it got into a page unescaped.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
	"img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// securityHeaders are set in every answer.
var securityHeaders = map[string]string{
	"Content-Security-Policy":      ContentSecurityPolicy,
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer", // an address names a room
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
		"magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
}

// secure returns a handler that sets the security headers in every answer of next. The
// max-age of Strict-Transport-Security is hsts; it is not sent over plain HTTP (RFC 6797
// §7.2), nor if hsts is 0.
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
