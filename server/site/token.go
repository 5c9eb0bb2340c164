package site

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"rollcall/shared"
)

// Pass is what is known of a client that may enter a room.
type Pass struct {
	ID    string // of the member; see shared.CheckID
	Name  string // the only name that the member may have; "" to let them choose
	Role  shared.Role
	Info  shared.Info
	Until time.Time // when the session ends; the zero Time if it need not end
}

// Admit decides whether the sender of r may enter a room. Token is the one that came
// with the request, "" if none did. An error that is a shared.Error is sent to the
// client; of any other the client learns nothing, and tries again. Admit is called
// concurrently.
type Admit func(r *http.Request, token, room string) (*Pass, error)

// mayEnter returns what is known of the sender of r, or as a shared.Error why they may
// not enter. A nil Admit admits everybody, and the pass is nil.
func (s *Site) mayEnter(r *http.Request, token, room string) (*Pass, error) {
	if s.admit == nil {
		return nil, nil
	}
	pass, err := s.admit(r, token, room)
	if err == nil {
		return pass, nil
	}
	if _, ok := errors.AsType[shared.Error](err); !ok {
		s.undecided.Log(s.log, "it can't be found out who may enter, so nobody may", "err", err)
		err = shared.Errorf(shared.CodeInternal, "the server failed")
	}
	return nil, err
}

// tokenOf returns the token of a handshake, or "". It is in Authorization (RFC 6750 §2.1)
// or, from a browser's program, in Sec-WebSocket-Protocol; see shared.TokenProtocol.
func tokenOf(r *http.Request) string {
	const scheme = "bearer "
	if h := r.Header.Get("Authorization"); len(h) > len(scheme) && strings.EqualFold(h[:len(scheme)], scheme) {
		return h[len(scheme):]
	}
	offered := strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ",")
	for protocol := range strings.SplitSeq(offered, ",") {
		if token, ok := strings.CutPrefix(strings.TrimSpace(protocol), shared.TokenProtocol); ok {
			return token
		}
	}
	return ""
}

// statusOf returns the HTTP status for an error of an Admit.
func statusOf(err error) int {
	switch shared.AsError(err).Code {
	case shared.CodeForbidden:
		return http.StatusForbidden
	case shared.CodeUnauthorized, shared.CodeTokenExpired:
		return http.StatusUnauthorized
	}
	return http.StatusInternalServerError
}

// The header that says that a token would help (RFC 6750 §3).
const (
	challenge = "WWW-Authenticate"
	bearer    = "Bearer"
)
