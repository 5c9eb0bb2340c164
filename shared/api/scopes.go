package api

// Scope is what a key or a token may be used for.
type Scope string

// The scopes. None includes another.
const (
	ScopeRead       Scope = "read"       // rooms, members, and where somebody is
	ScopeAttendance Scope = "attendance" // who was here
	ScopeModerate   Scope = "moderate"   // what hosts do
	ScopeAdmin      Scope = "admin"      // everything else
)

// Valid reports whether s is one of the scopes.
func (s Scope) Valid() bool {
	switch s {
	case ScopeRead, ScopeAttendance, ScopeModerate, ScopeAdmin:
		return true
	}
	return false
}

// KeyPrefix begins each key, so that one can be told from a token, and found where it
// should not be.
const KeyPrefix = "rollcall_"
