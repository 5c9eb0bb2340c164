package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"rollcall/server/api/keys"
	"rollcall/server/events"
	"rollcall/server/hub"
	"rollcall/shared/api"
)

// Config configures an API.
type Config struct {
	Base  string                            // the path that everything of the server is under
	Keys  *keys.File                        // nil for no keys
	Token func(token string) (Grant, error) // verifies a token; nil for no tokens
	Nodes *Nodes                            // nil for a server alone
	// Erase deletes what a database keeps of a member, and returns how many rows that were;
	// nil for no database.
	Erase func(ctx context.Context, member string) (rows int64, err error)
	Log   *slog.Logger // nil for no log

	Attendance *Attendance // nil if no attendance is taken
	// Node names this life of this node, if it shares rooms with others, and Shared says that
	// it does, or that a successor may show the same rooms.
	Node   string
	Shared bool
}

// API is an http.Handler for the calls under Base + api.Path. It also answers the queries of
// other nodes. Its methods are safe for concurrent use, except that Start must be called
// before the first call or query.
type API struct {
	config      Config
	hub         *hub.Hub
	mux         *http.ServeMux
	description []byte
	limits      *limiter
	shown       *limiter // by room
	events      *events.Log
	streams     streams
	stopping    context.Context // done when streams are to end
	stop        context.CancelFunc
}

// New returns an API that has no hub yet; see Start.
func New(c Config) *API {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{config: c, mux: http.NewServeMux(), limits: newLimiter(callsPerSecond, callsAtOnce), shown: newLimiter(shownPerSecond, shownAtOnce)}
	a.stopping, a.stop = context.WithCancel(context.Background())
	a.description = a.describe(a.mux)
	return a
}

// Handlers returns the API under its path relative to Base, for server.Config. It returns
// nil if the configuration has neither keys nor tokens, so that nobody could make a call.
func (a *API) Handlers() map[string]http.Handler {
	if a.config.Keys == nil && a.config.Token == nil {
		return nil
	}
	return map[string]http.Handler{api.Path: a}
}

// Start makes the API answer for the rooms of h. Where anybody could follow them, it tells
// from now on what happens there.
func (a *API) Start(h *hub.Hub) {
	a.hub = h
	if a.Handlers() == nil && a.config.Nodes == nil {
		return
	}
	c := events.Config{Node: a.config.Node, Shared: a.config.Shared, Log: a.config.Log}
	if a.config.Nodes != nil {
		c.Ask = a.config.Nodes.Ask
	}
	a.events = events.Observe(h, c)
	go a.events.Pull(a.stopping)
}

// Events returns what is told of the rooms; nil if nobody could follow them.
func (a *API) Events() *events.Log { return a.events }

// Stop ends the streams of events, each with a last one that says so, and begins no more.
func (a *API) Stop() { a.stop() }

// call is the http.ResponseWriter of a call, and records what is logged of it.
type call struct {
	http.ResponseWriter
	caller    *caller
	operation string // its id; "" if there is no such call
	status    int
	cut       bool // the answer ended before it was complete
}

func (c *call) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *call) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// callKey is the key of a *call in the context of its request.
type callKey struct{}

// ServeHTTP answers one call. Without a valid key every path but that of the description is
// answered alike, so that nobody can find out which rooms and members there are.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began, id, c := time.Now(), rand.Text()[:16], &call{ResponseWriter: w}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Request-Id", id)
	path := strings.TrimPrefix(r.URL.Path, a.config.Base+api.Path)
	if path == "openapi.json" {
		a.sendDescription(w, r)
		return
	}
	if c.caller = a.identify(r); c.caller == nil {
		a.config.Log.Debug("a call of the API without a valid key", "request", id, "remote", r.RemoteAddr)
		w.Header().Set("WWW-Authenticate", "Bearer")
		problem(api.Unauthorized, "").send(w)
		return
	}
	defer func() {
		a.config.Log.Info("a call of the API", "request", id, "key", c.caller.name, "call", c.operation, "status", c.status, "took", time.Since(began))
	}()
	if wait := a.limits.allow(c.caller.id); wait > 0 {
		sendWait(c, api.TooManyCalls, wait)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	r.URL = &url.URL{Path: "/" + path, RawQuery: r.URL.RawQuery}
	a.rescued(c, r, id)
	if c.cut {
		panic(http.ErrAbortHandler) // so that the client learns that the answer is incomplete
	}
}

// rescued routes a call, and answers with a problem if its handler crashes.
func (a *API) rescued(c *call, r *http.Request, id string) {
	defer hub.Rescue(a.config.Log.With("request", id), func() {
		if c.cut = c.status != 0; !c.cut {
			problem(api.Internal, "").send(c)
		}
	})
	a.route(c, r)
}

// sendWait answers with a problem that goes away after some time.
func sendWait(w http.ResponseWriter, t api.ProblemType, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	problem(t, "").send(w)
}

func (a *API) sendDescription(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem(api.MethodNotAllowed, "").send(w)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.description))
}

// route passes a call to its handler. If there is none, it answers with a problem instead of
// the plain text of an http.ServeMux.
func (a *API) route(w http.ResponseWriter, r *http.Request) {
	if h, pattern := a.mux.Handler(r); pattern == "" {
		refused := refusal{header: http.Header{}}
		h.ServeHTTP(&refused, r)
		if refused.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", refused.header.Get("Allow"))
			problem(api.MethodNotAllowed, "").send(w)
			return
		}
		problem(api.NotFound, "").send(w)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// refusal is an http.ResponseWriter that keeps the header and the status of an answer.
type refusal struct {
	header http.Header
	status int
}

func (r *refusal) Header() http.Header         { return r.header }
func (r *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (r *refusal) WriteHeader(status int)      { r.status = status }

// authorize is a middleware of huma. It refuses callers who lack the scope that the
// description of the call names, those whose token is not for the room, and a body that is
// not of a type that the description names. A form of a page has another type.
func (a *API) authorize(ctx huma.Context, next func(huma.Context)) {
	c, op := ctx.Context().Value(callKey{}).(*call), ctx.Operation()
	c.operation = op.OperationID
	r, w := humago.Unwrap(ctx)
	for _, scope := range op.Security[0][security] {
		if !c.caller.mayUse(api.Scope(scope)) {
			problem(api.Forbidden, "it lacks the scope "+scope).send(w)
			return
		}
	}
	room := ctx.Param("room")
	if op.OperationID == followEvents {
		room = ctx.Query("room")
	}
	if !c.caller.mayAsk(room) {
		problem(api.Forbidden, "the token is for some rooms only, and not for this").send(w)
		return
	}
	if body := op.RequestBody; body != nil {
		if kind, _, err := mime.ParseMediaType(ctx.Header("Content-Type")); err != nil || body.Content[kind] == nil {
			problem(api.NotJSON, "its Content-Type must be application/json").send(w)
			return
		}
		r.Header.Set("Content-Type", "application/json") // as huma spells it
	}
	next(ctx)
}
