package ui

import "rollcall/shared"

// census counts members by name and by status. Its methods may be called on nil, which
// counts nothing.
type census struct {
	names    map[string]int
	statuses map[shared.Status]int
}

// add counts a member n times, which may be negative.
func (c *census) add(u shared.User, n int) {
	if c == nil {
		return
	}
	c.statuses[u.Status] += n
	if c.names[u.Name] += n; c.names[u.Name] == 0 {
		delete(c.names, u.Name)
	}
}

// counted returns the census of the roster.
func (s *memberList) counted() *census {
	if s.census == nil {
		s.census = &census{make(map[string]int, s.roster.Len()), map[shared.Status]int{}}
		for u := range s.roster.All() {
			s.census.add(u, 1)
		}
	}
	return s.census
}

// tag returns what tells a member from others of the same name, or "" if there are none.
func (s *memberList) tag(u shared.User) string {
	if s.counted().names[u.Name] < 2 {
		return ""
	}
	return shared.Tag(u.ID)
}

// tally returns how many members have a status.
func (s *memberList) tally(status shared.Status) int { return s.counted().statuses[status] }
