package roll

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"
)

// Bounds of sessions.
const (
	lasts       = time.Hour
	maxSessions = 1000
	maxSecret   = 8 << 10 // bytes of a key or a token
)

// session is what somebody who gave a key may see: the attendance of one room. The key is
// checked again with each request, so that a session ends with it.
type session struct {
	room   string
	secret string
	zone   string // of the browser; "" if it is not known
	began  time.Time
}

// sessions are those of this process, by their proofs. Its methods are safe for concurrent
// use.
type sessions struct {
	mu      sync.Mutex
	byProof map[string]session
}

// begin begins a session and returns the cookie for it. If there are maxSessions, the oldest
// one ends.
func (s *sessions) begin(now session) (cookie string) {
	cookie, now.began = rand.Text(), time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := ""
	for proof, other := range s.byProof {
		switch {
		case time.Since(other.began) >= lasts:
			delete(s.byProof, proof)
		case oldest == "" || other.began.Before(s.byProof[oldest].began):
			oldest = proof
		}
	}
	if len(s.byProof) >= maxSessions {
		delete(s.byProof, oldest)
	}
	s.byProof[proofOf(cookie)] = now
	return cookie
}

// find returns the session that a proof is of.
func (s *sessions) find(proof, room string) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byProof[proof]
	return found, ok && found.room == room && time.Since(found.began) < lasts
}

// end ends a session.
func (s *sessions) end(proof string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byProof, proof)
}

// proofOf returns what the forms of a page prove its session by. It is in the page, and does
// not tell the cookie. A form needs it because the cookie counts for GET alone.
func proofOf(cookie string) string {
	sum := sha256.Sum256([]byte("form " + cookie))
	return hex.EncodeToString(sum[:])
}
