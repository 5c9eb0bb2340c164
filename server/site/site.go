// Package site is what a browser sees of the server: the page of each room
// with the people who are in it, the files of the program, and the WebSocket
// endpoint that ties a connection to a session of the hub.
//
// Where to look:
//
//   - site.go: every route. rooms.go: which address means which room.
//   - page.go: the data of a page. language.go: what it speaks. headers.go: what goes with every answer.
//   - admit.go: who may enter. limits.go: how much an address may have.
//   - forwarded.go: who asks, where a proxy is in front.
//   - assets.go, encoding.go: files, their caching and their codings.
//   - socket.go: the handshake. conn.go: one connection. hijack.go: why an idle
//     one costs little.
package site

import (
	"cmp"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"rollcall/server/entry"
	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/web"
)

// Config says what a Site serves.
type Config struct {
	Hub *hub.Hub
	// Build is the tree of files that a build of the browser's program left; nil
	// for the one in this binary.
	Build fs.FS
	// AllowOrigin lists the origins, beside its own, whose pages may open the
	// WebSocket: hosts as in "example.com" or "*.example.com", or with a
	// scheme, as in "https://example.com"; see CheckOrigin.
	AllowOrigin []string
	// Gate says who may enter; nil lets everybody in.
	Gate *entry.Gate
	// Limits is how much an address may have; none by default.
	Limits Limits
	// TrustedProxy lists the networks of the proxies that say for whom they
	// forward; see proxies. Who else says so is not believed.
	TrustedProxy []netip.Prefix
	// Forwarded says that those proxies set Forwarded (RFC 7239), and not the
	// X-Forwarded kind.
	Forwarded bool
	// Base is the path of the lobby, under which everything is; "/" if empty.
	// See CheckBase.
	Base string
	// HSTS is for how long a browser that came by https comes by nothing else
	// (RFC 6797); 0 to say nothing of it.
	HSTS time.Duration
	// Log receives a line for each session that ended, and at debug level why
	// handshakes were refused; nil for none.
	Log *slog.Logger
}

// Site is an http.Handler of the whole server. It needs an HTTP/1.1 connection
// that can be hijacked for its WebSocket endpoint.
type Site struct {
	base     string // begins and ends with a slash
	hub      *hub.Hub
	gate     *entry.Gate
	files    *web.Files
	unpacked unpacked
	pages    pages
	shells   map[string]web.Asset // by language
	sockets  *sockets
	log      *slog.Logger
	proxies  proxies
	handler  http.Handler
}

// New makes a site. The error wraps web.ErrNotBuilt if the browser's program was
// not built, or says which template asks for what no build made.
func New(c Config) (*Site, error) {
	c.Base = cmp.Or(c.Base, "/")
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	files, err := load(c.Build)
	if err != nil {
		return nil, err
	}
	p, err := newPages(files, c.Base, c.Gate != nil)
	if err != nil {
		return nil, err
	}
	shells, err := newShells(p)
	if err != nil {
		return nil, err
	}
	s := &Site{
		base:    c.Base,
		hub:     c.Hub,
		gate:    c.Gate,
		files:   files,
		pages:   p,
		shells:  shells,
		sockets: newSockets(c),
		log:     c.Log,
		proxies: proxies{c.TrustedProxy, c.Forwarded},
	}
	s.handler = secure(s.routes(), c.HSTS)
	return s, nil
}

func load(build fs.FS) (*web.Files, error) {
	if build == nil {
		return web.Load()
	}
	return web.Read(build)
}

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.handler.ServeHTTP(w, s.proxies.unveil(r))
}

// Note is an http.Server's ConnState: it closes the connections that an address
// may not have. Those of trusted proxies are anybody's, and have no limit.
func (s *Site) Note(c net.Conn, state http.ConnState) {
	addr := addrOf(c.RemoteAddr().String())
	if s.proxies.trust(addr) {
		return
	}
	switch state {
	case http.StateNew:
		if !s.sockets.limits.opened(addr) {
			_ = c.Close()
		}
	case http.StateClosed, http.StateHijacked:
		s.sockets.limits.closed(addr)
	}
}

// Wait returns when no connection is left. Call it after no new request can
// come and the hub is closed; it then takes no longer than closeWithin.
func (s *Site) Wait() { s.sockets.running.Wait() }

// routes names a method in each pattern, so that another is answered with 405
// and what is allowed. A GET pattern serves HEAD too.
func (s *Site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	get := func(path string, h http.HandlerFunc) { mux.HandleFunc("GET "+s.base+path, h) }
	get("{$}", s.lobby)
	get("r/{room}", s.room)
	get("r/{room}/{$}", s.room)
	get("r/{$}", s.room)
	get("r", s.room)
	mux.Handle("GET "+shared.SocketPath(s.base), s.sockets)
	get("shell", s.sendShell)
	get("web/", s.sendAsset)
	get("app-worker.js", s.sendAsset)
	get("manifest.webmanifest", s.sendAsset)
	get("favicon.ico", s.sendAsset)
	get("robots.txt", sendText("User-agent: *\nDisallow: "+s.base+"r/\n"))
	get("healthz", sendText("ok\n"))
	get("", s.notFound)
	if s.base != "/" {
		mux.HandleFunc("GET /", s.notFound) // what is not ours
	}
	return mux
}

// sendText answers with a fixed text, which a cache must ask for each time.
func sendText(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write([]byte(text)) // the client may be gone
	}
}
