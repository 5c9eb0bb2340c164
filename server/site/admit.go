package site

import (
	"net/http"
	"strings"

	"rollcall/server/entry"
	"rollcall/shared"
)

// admit returns what a token allows in a room, or why it does not. Where there is
// no gate it allows all, and the pass is nil.
func admit(gate *entry.Gate, token, room string) (*entry.Pass, error) {
	if gate == nil {
		return nil, nil
	}
	pass, err := gate.Check(token)
	if err != nil {
		return nil, err
	}
	if !pass.Allows(room) {
		return nil, shared.Errorf(shared.CodeForbidden, "the token is not for this room")
	}
	return &pass, nil
}

// tokenOf is the token of a handshake; see shared.TokenProtocol.
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

// statusOf is the status of an answer to somebody who may not enter.
func statusOf(err error) int {
	if asError(err).Code == shared.CodeForbidden {
		return http.StatusForbidden
	}
	return http.StatusUnauthorized
}

// challenge says that a token would help (RFC 6750 §3).
func challenge(w http.ResponseWriter) { w.Header().Set("WWW-Authenticate", "Bearer") }

// refuseEntry answers a handshake of somebody who may not enter.
func refuseEntry(w http.ResponseWriter, err error) {
	challenge(w)
	refuse(w, statusOf(err), err)
}

// refuse answers a handshake with an error event.
func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(shared.Encode(asError(err))) // the client may be gone
}
