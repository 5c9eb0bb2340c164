// Package site is what a browser sees of the server: the page of each room with the
// people who are in it, the files of the program, and the address of the WebSocket.
// Package transport takes a WebSocket over once its handshake is allowed.
//
// Where to look:
//
//   - site.go: every route. mount.go: where the site is among other handlers. rooms.go:
//     which address means which room.
//   - page.go: the data of a page. language.go: its language. pack.go: its compression.
//     headers.go: what goes with every answer.
//   - token.go: who may enter. limits.go: how much an address may have.
//   - response.go: how much memory an unread answer may hold, and for how long.
//   - proxies.go: the client's address behind a proxy. proxywarnings.go: proxies that are
//     not set up as they should be.
//   - assets.go, encoding.go: files, their caching and their codings.
//   - frame.go: what pages that others make have in common with ours.
//   - embed.go: what pages of other origins may load.
//   - handshake.go, origin.go: which requests may open a socket.
package site

import (
	"cmp"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"rollcall/server/hosts"
	"rollcall/server/hub"
	"rollcall/server/notice"
	"rollcall/server/transport"
	"rollcall/shared"
	"rollcall/web"
)

// Config configures a Site. Hub must be set; the other fields may be zero.
type Config struct {
	Hub *hub.Hub
	// Build is the output of a build of the browser's program; see web.Read. Without it
	// there are no pages, only the WebSocket and healthz.
	Build fs.FS
	// AllowOrigin lists the origins, beside the site's own, whose pages may open the
	// WebSocket: hosts such as "example.com" or "*.example.com", or with a scheme, such
	// as "https://example.com"; see CheckOrigin.
	AllowOrigin []string
	// Admit decides who may enter; nil admits everybody.
	Admit Admit
	// Tokens tells that Admit wants a token, so that pages ask for one.
	Tokens bool
	// Limits bounds what an address may have; there are no limits by default.
	Limits Limits
	// TrustedProxy lists the networks of the proxies whose headers say for whom they
	// forward a request. From any other address these headers are ignored.
	TrustedProxy []netip.Prefix
	// Forwarded tells that those proxies set Forwarded (RFC 7239) instead of
	// X-Forwarded-For, -Proto and -Host.
	Forwarded bool
	// Base is the path of the lobby, under which all other paths are; "/" if empty. See
	// CheckBase.
	Base string
	// HSTS is the max-age of Strict-Transport-Security (RFC 6797) over https; 0 to send
	// none.
	HSTS time.Duration
	// AwayAfter is how long a page is hidden before its person is shown as away, in whole
	// seconds; shared.AwayAfter if 0.
	AwayAfter time.Duration
	// AttendanceKept is for how long it is kept who was here, which pages say before one
	// joins; 0 if it is not.
	AttendanceKept time.Duration
	// AttendancePage makes what answers at shared.AttendancePath, with the room as path value
	// "room"; nil for nothing. It gets the site for the frame of its pages, see frame.go.
	AttendancePage func(*Site) (http.Handler, error)
	// PublicNames tells that widgets and badges name people, and not only how many there are.
	PublicNames bool
	// Badges tells that pages of all origins may show a room's badge, for which no token is
	// needed then.
	Badges bool
	// Handlers answer what is asked for under the paths that are their keys; see
	// CheckHandlers. They get the same headers, bounds and names as everything else.
	Handlers map[string]http.Handler
	// Log receives a line for each session that ended, and at debug level why
	// handshakes were refused; nil for none.
	Log *slog.Logger
}

// Site is an http.Handler for all of the server's paths. Its WebSocket endpoint needs
// HTTP/1.1 connections that can be hijacked. Its methods are safe for concurrent use,
// except SetNames.
type Site struct {
	base           string // begins and ends with a slash
	hub            *hub.Hub
	admit          Admit
	tokens         bool
	files          *web.Files
	unpacked       unpacked
	attendancePage http.Handler // nil for none
	pages          pages
	packer         packer
	shells         map[string]web.Asset // by language
	endpoint       *transport.Endpoint
	origins        origins
	publicNames    bool
	badges         bool
	limits         *limits
	memory         memoryBudget
	log            *slog.Logger
	proxies        proxies
	guard          hosts.Guard
	proxyWarnings  proxyWarnings
	handler        http.Handler

	undecided notice.Warning // Admit has failed
}

// New returns a site. The error wraps web.ErrNotBuilt if the browser's program was not
// built, or names the template that refers to a file that the build did not make.
func New(c Config) (*Site, error) {
	c.Base = cmp.Or(c.Base, "/")
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	s := &Site{
		base:        c.Base,
		hub:         c.Hub,
		admit:       c.Admit,
		tokens:      c.Tokens,
		origins:     c.AllowOrigin,
		publicNames: c.PublicNames,
		badges:      c.Badges,
		limits:      newLimits(c.Limits, c.TrustedProxy...),
		log:         c.Log,
		proxies:     proxies{networks: c.TrustedProxy, standard: c.Forwarded},
		guard:       hosts.Guard{Log: c.Log},
	}
	if c.Build != nil {
		if err := s.load(c); err != nil {
			return nil, err
		}
	}
	s.endpoint = transport.New(transport.Config{
		Hub:      c.Hub,
		Messages: c.Limits.Messages,
		Refused:  s.limits.deny,
		Left:     s.limits.leave,
		Log:      c.Log,
	})
	s.memory = memoryBudget{exempt: s.limits.exempt, held: make(map[netip.Prefix]int)}
	s.handler = secure(s.boundResponses(s.guard.Protect(s.withHandlers(c.Handlers, s.routes()), s.base+"healthz", s.base+"readyz")), c.HSTS)
	return s, nil
}

// load reads a build and renders what depends on it alone.
func (s *Site) load(c Config) (err error) {
	if s.files, err = web.Read(c.Build); err != nil {
		return err
	}
	if s.pages, err = newPages(s.files, c.Base, c.Tokens, cmp.Or(c.AwayAfter, shared.AwayAfter), c.AttendanceKept); err != nil {
		return err
	}
	s.packer = newPacker()
	if s.shells, err = newShells(s.pages, s.packer); err != nil || c.AttendancePage == nil {
		return err
	}
	s.attendancePage, err = c.AttendancePage(s)
	return err
}

// SetNames sets the host names that the site answers to; without it, those are all names.
// It must be called before the first request. It is no field of Config because the names
// depend on the address that is listened on.
func (s *Site) SetNames(n *hosts.Names) { s.guard.Names, s.proxies.names = n, n }

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.warnOfProxy(r)
	r = s.proxies.fromClient(r)
	restorePath(r.URL, r.RequestURI, s.base)
	s.handler.ServeHTTP(w, r)
}

// ConnState is an http.Server's ConnState. It closes the connections that exceed the
// limits of their address. Those of trusted proxies are not counted here, because they may
// carry requests of any client.
func (s *Site) ConnState(c net.Conn, state http.ConnState) {
	addr := addrOf(c.RemoteAddr().String())
	if s.proxies.trusts(addr) {
		return
	}
	switch state {
	case http.StateNew:
		if !s.limits.opened(addr) {
			_ = c.Close()
		}
	case http.StateClosed, http.StateHijacked:
		s.limits.closed(addr)
	}
}

// Wait returns when no WebSocket connection is left; see transport.Endpoint.Wait.
func (s *Site) Wait() { s.endpoint.Wait() }

// routes returns the routes. Each pattern has a method, so that other methods are answered
// with 405 and an Allow header. A GET pattern serves HEAD too.
func (s *Site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	get := func(path string, h http.HandlerFunc) { mux.HandleFunc("GET "+s.base+path, h) }
	mux.HandleFunc("GET "+shared.SocketPath(s.base), s.connect)
	mux.HandleFunc("OPTIONS "+shared.SocketPath(s.base), allowToken)
	get("r/{room}/widget.json", s.sendWidget)
	mux.HandleFunc("OPTIONS "+s.base+"r/{room}/widget.json", allowToken)
	get("r/{room}/badge.svg", s.sendBadge)
	get("healthz", sendText("ok\n"))
	get("", s.notFound)
	if s.base != "/" {
		mux.HandleFunc("GET /", s.notFound) // outside the base path
	}
	if s.files == nil {
		return mux
	}
	get("{$}", s.lobby)
	get("r/{room}", s.room)
	get("r/{room}/{$}", s.room)
	get("r/{$}", s.room)
	get("r", s.room)
	mux.HandleFunc("GET "+shared.OpenPath(s.base), s.open)
	get("shell", s.sendShell)
	get("web/", s.sendAsset)
	get("embed/", s.sendEmbed)
	get("embed", s.sendEmbedPage)
	get("socket.io/", s.sendEmbed)
	get("sketch", s.sendSketch)
	get("app-worker.js", s.sendAsset)
	get("manifest.webmanifest", s.sendAsset)
	get("favicon.ico", s.sendAsset)
	if s.attendancePage != nil {
		page := s.attendance(s.attendancePage)
		for _, path := range []string{"attendance", "r/{room}/attendance"} {
			get(path, page)
			mux.HandleFunc("POST "+s.base+path, page)
		}
	}
	get("robots.txt", sendText("User-agent: *\nDisallow: "+s.base+"r/\n"))
	return mux
}

// sendText returns a handler that answers with a fixed text, which a cache must
// revalidate each time.
func sendText(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write([]byte(text)) // the client may be gone
	}
}
