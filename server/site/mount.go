package site

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// basePath matches paths whose segments no browser escapes and none of which is "." or
// "..".
var basePath = regexp.MustCompile(`^/([\w~-][\w.~-]*/)*$`)

// CheckBase returns an error if a path can't be Config.Base.
func CheckBase(base string) error {
	if !basePath.MatchString(base) {
		return fmt.Errorf("%q is not a path of letters, digits, '-', '_', '.' and '~' that begins and ends with a slash", base)
	}
	return nil
}

// restorePath puts back what http.StripPrefix, or a router that works like it, took off
// the front of a path, if the path that was asked for is under base. So the site is
// found with and without it. A path that was changed in another way stays as it is.
func restorePath(u *url.URL, requestURI, base string) {
	asked, err := url.ParseRequestURI(requestURI)
	if err != nil || !strings.HasPrefix(asked.Path, base) {
		return
	}
	if strings.HasSuffix(asked.Path, "/"+strings.TrimPrefix(u.Path, "/")) {
		u.Path, u.RawPath = asked.Path, asked.RawPath
	}
}

// reserved are the first segments of the site's own addresses.
var reserved = map[string]bool{
	"r": true, "open": true, "ws": true, "healthz": true, "readyz": true, "shell": true, "web": true, "embed": true, "socket.io": true,
	"attendance": true, "app-worker.js": true, "manifest.webmanifest": true, "favicon.ico": true, "robots.txt": true,
}

// CheckHandlers returns an error if handlers can't be Config.Handlers. A path is relative to
// that, as in "api/" for everything under it or "status" for itself alone.
func CheckHandlers(handlers map[string]http.Handler) error {
	for path, h := range handlers {
		if whole := "/" + strings.TrimSuffix(path, "/") + "/"; whole == "//" || !basePath.MatchString(whole) {
			return fmt.Errorf("%q is not a path of letters, digits, '-', '_', '.' and '~' that begins with no slash", path)
		}
		if first, _, _ := strings.Cut(path, "/"); reserved[first] {
			return fmt.Errorf("%q: something else is under %q", path, first)
		}
		if h == nil {
			return fmt.Errorf("%q has no handler", path)
		}
	}
	return nil
}

// withHandlers returns a handler that asks others for what is theirs and next for the
// rest.
func (s *Site) withHandlers(handlers map[string]http.Handler, next http.Handler) http.Handler {
	if len(handlers) == 0 {
		return next
	}
	mux := http.NewServeMux() // of its own: theirs have every method, ours GET alone
	for path, h := range handlers {
		mux.Handle(s.base+path, h)
	}
	mux.Handle("/", next)
	return mux
}
