package main

import (
	"net"
	"net/http"
	"sync"
)

// spares are the connections on which no whole request has come. Browsers open them
// in case, and http.Server.Shutdown waits 5 s for each.
type spares struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// note is an http.Server's ConnState.
func (s *spares) note(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state != http.StateNew {
		delete(s.conns, c)
		return
	}
	if s.conns == nil {
		s.conns = make(map[net.Conn]struct{})
	}
	s.conns[c] = struct{}{}
}

// close closes them. One that is accepted at the same moment is waited for.
func (s *spares) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}
