package hub

import "rollcall/shared"

// devices returns the User.Devices of m, of whom shown is displayed now. It is the sum of
// the sessions on all nodes. Those in their grace period uphold the number that is shown,
// so that a reload changes nothing, whichever node it leads to: whoever comes within the
// grace may be one of them.
func (m *member) devices(shown int) int {
	live, ending := len(m.sessions), m.ending
	if m.replica != nil {
		for _, o := range m.replica.remote {
			live += o.record.live()
			ending += o.record.Ending
		}
	}
	return devicesOf(max(live, min(max(shown, 1), live+ending)))
}

// devicesOf returns a number of sessions as User.Devices has it.
func devicesOf(sessions int) int {
	if sessions < 2 {
		return 0
	}
	return min(sessions, shared.MaxDevices)
}

// live returns how many sessions the member has on the node. One that says nothing of that
// is of a version which does not count them.
func (rec Record) live() int {
	if rec.Sessions+rec.Ending == 0 {
		return 1
	}
	return rec.Sessions
}
