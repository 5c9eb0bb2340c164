package site

import (
	"errors"
	"net/http"
	"net/netip"

	"rollcall/server/hub"
	"rollcall/server/transport"
	"rollcall/shared"
	"rollcall/shared/roomname"
)

// refusal is why a handshake is not accepted, and how that is answered.
type refusal struct {
	status int
	why    error             // a shared.Error is answered as an event, another as text
	header map[string]string // that the status asks for
}

// tooMany is the answer to an address that is over a limit.
func tooMany(why error) *refusal {
	return &refusal{http.StatusTooManyRequests, why, map[string]string{"Retry-After": "1"}}
}

// connect answers a WebSocket handshake (RFC 6455 §4.2). What is no handshake, or is not
// allowed, is answered before the upgrade. Nothing is counted against an address before
// all is checked.
func (s *Site) connect(w http.ResponseWriter, r *http.Request) {
	room, pass, no := s.examine(r)
	from := addrOf(r.RemoteAddr)
	if no == nil {
		if err := s.limits.enter(from, room); err != nil {
			no = tooMany(err)
		}
	}
	if no != nil {
		openToSender(w.Header(), r) // so that a page learns why it can't connect
		s.log.Debug("handshake refused", "remote", from, "err", no.why)
		s.refuse(w, from, no)
		return
	}
	a := transport.Admission{Room: room, Remote: from}
	if pass != nil {
		a.Known = &hub.Identity{ID: pass.ID, Name: pass.Name, Role: pass.Role, Info: pass.Info}
		a.Until = pass.Until
	}
	s.endpoint.Accept(w, r, a)
}

// examine checks everything in a handshake that shows whether it is one and whose it
// is. It returns the room that it is for and what is known of its sender; see Admit.
func (s *Site) examine(r *http.Request) (room string, pass *Pass, no *refusal) {
	room, err := roomParam(r)
	if err != nil {
		return "", nil, &refusal{http.StatusBadRequest, err, nil} // a page is never served for such a room
	}
	if no := s.checkOrigin(r); no != nil {
		return "", nil, no
	}
	if pass, err = s.mayEnter(r, tokenOf(r), room); err != nil {
		return "", nil, s.refusalOf(err)
	}
	// Last, because a browser's program asks without an upgrade what is wrong with its token.
	if err := transport.CheckUpgrade(r); err != nil {
		return "", nil, &refusal{err.Status, err, err.Header}
	}
	return room, pass, nil
}

// checkOrigin returns why the page that sent r may not have what is for the site's own pages
// and those of Config.AllowOrigin.
func (s *Site) checkOrigin(r *http.Request) *refusal {
	if err := s.origins.check(r); err != nil {
		return &refusal{http.StatusForbidden, shared.Errorf(shared.CodeBadOrigin, "%v", err), nil}
	}
	return nil
}

// refusalOf returns the refusal for an error of mayEnter.
func (s *Site) refusalOf(err error) *refusal {
	no := &refusal{status: statusOf(err), why: err}
	if s.tokens {
		no.header = map[string]string{challenge: bearer}
	}
	return no
}

// roomParam returns the room that a handshake asks for.
func roomParam(r *http.Request) (string, error) {
	rooms := r.URL.Query()[shared.RoomParam]
	if len(rooms) != 1 {
		return "", shared.Errorf(shared.CodeBadRoom, "the address needs one %s=, has %d", shared.RoomParam, len(rooms))
	}
	return rooms[0], roomname.Check(rooms[0])
}

// refuse answers a handshake that is not accepted. An address that is refused often is
// told no more than that, and its connection is closed.
func (s *Site) refuse(w http.ResponseWriter, from netip.Addr, no *refusal) {
	if s.limits.refused(from) {
		no = tooMany(shared.Errorf(shared.CodeTooOften, "your address has been refused too often"))
		w.Header().Set("Connection", "close")
	}
	for name, value := range no.header {
		w.Header().Set(name, value)
	}
	e, ok := errors.AsType[shared.Error](no.why)
	if !ok {
		http.Error(w, no.why.Error(), no.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(no.status)
	_, _ = w.Write(shared.Encode(e)) // the client may be gone
}
