package hosts

import (
	"log/slog"
	"net"
	"net/http"
	"slices"

	"rollcall/server/notice"
)

// Guard refuses requests for names that are not the server's. It logs that at most once a
// minute.
type Guard struct {
	Names *Names
	Log   *slog.Logger

	warning notice.Warning
}

// maxLogged bounds how many bytes of a name are logged, since the client chooses it.
const maxLogged = 100

// Protect returns a handler that passes requests for a name of the server to next, and
// answers others with 421 (RFC 9110 §15.5.20). Requests for the open paths are passed on under
// any name, since health checks may not know one.
func (g *Guard) Protect(next http.Handler, open ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if slices.Contains(open, r.URL.Path) || g.Names.Has(r.Host, arrived) {
			next.ServeHTTP(w, r)
			return
		}
		g.warning.Log(g.Log, "a request for a name that is not this server's was refused; if it is one, add it with -host", "name", r.Host[:min(len(r.Host), maxLogged)])
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "This server has another name. Its operator can add this one with -host.", http.StatusMisdirectedRequest)
	})
}
