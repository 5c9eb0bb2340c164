package handover

import (
	"rollcall/server/hub"
	"rollcall/shared"
)

// isNode reports whether a server can have a name: 1 to 64 capital letters and digits, as
// rand.Text returns them.
func isNode(name string) bool {
	for _, c := range []byte(name) {
		if !(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return len(name) >= 1 && len(name) <= 64
}

// valid returns the part of a line that keeps the rules that clients are held to, and an error
// if there is more. A newer server may send changes that this one does not know.
func (said line) valid() (line, error) {
	if said.Room == "" && len(said.Changes) == 0 {
		return said, nil
	}
	if err := shared.CheckRoom(said.Room); err != nil {
		return line{All: said.All}, err
	}
	var wrong error
	var valid []hub.Change
	for _, c := range said.Changes {
		if err := check(&c); err != nil {
			wrong = err
			continue
		}
		valid = append(valid, c)
	}
	said.Changes = valid
	return said, wrong
}

// check returns an error for an invalid change. It replaces an unknown reason by the most
// common one.
func check(c *hub.Change) error {
	c.Late = false
	if !c.Reason.Valid() {
		c.Reason = shared.ReasonClosed
	}
	return c.Check()
}
