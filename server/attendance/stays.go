package attendance

import (
	"iter"
	"time"

	"rollcall/server/store"
)

// ReturnWithin is how long after a server stopped its members may take to come back and have
// not been away: rooms show them for as long, on the server that took over.
const ReturnWithin = 15 * time.Second

// maxNames is how many names of one person are reported at most.
const maxNames = 20

// Stay is a time that a member was in a room, on whatever nodes.
type Stay struct {
	Member   string
	Names    []string // in the order in which they were used, of more than maxNames the latest
	Identity string
	Role     string // the latest
	From     time.Time
	To       time.Time // zero if it goes on
	Reason   string    // why it ended
	Node     string    // the node on which it ended, or goes on
}

// Stays returns the stays that visits make, which must be by member, and those of one member
// by when they began, as store.Store.Visits returns them. Visits that overlap or touch are one
// stay, and so is one that ended because the server stopped with one that began within
// ReturnWithin. It holds one stay at a time, and ends after an error.
func Stays(visits iter.Seq2[store.Visit, error]) iter.Seq2[Stay, error] {
	return func(yield func(Stay, error) bool) {
		var s Stay
		for v, err := range visits {
			switch {
			case err != nil:
				yield(Stay{}, err)
				return
			case s.Member == v.Member && s.goesOn(v):
				s.add(v)
				continue
			case s.Member != "" && !yield(s, nil):
				return
			}
			s = Stay{Member: v.Member, Identity: v.Identity, Role: v.Role, From: v.Attached, To: v.Detached, Reason: v.Reason, Node: v.Node}
			s.named(v.Name)
		}
		if s.Member != "" {
			yield(s, nil)
		}
	}
}

// goesOn reports whether v is part of s.
func (s *Stay) goesOn(v store.Visit) bool {
	until := s.To
	if s.Reason == store.Stopping {
		until = until.Add(ReturnWithin)
	}
	return s.To.IsZero() || !v.Attached.After(until)
}

// add makes v part of s.
func (s *Stay) add(v store.Visit) {
	s.named(v.Name)
	s.Role = v.Role
	if s.To.IsZero() {
		return
	}
	if v.Detached.IsZero() || !v.Detached.Before(s.To) {
		s.To, s.Reason, s.Node = v.Detached, v.Reason, v.Node
	}
}

// named adds a name, unless it is the latest one or there is none.
func (s *Stay) named(name string) {
	if name != "" && (len(s.Names) == 0 || s.Names[len(s.Names)-1] != name) {
		s.Names = append(s.Names[max(0, len(s.Names)-maxNames+1):], name)
	}
}
