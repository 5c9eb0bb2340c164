package model

import (
	"time"

	"rollcall/server/hub"
)

// trap returns the mesh others with a Tell that panics once if n is trapped: in the
// middle of a change of a room. The hub then ends the room and its sessions, and their
// clients join a new one.
func (m *mesh) trap(n *node, others *hub.Mesh) *hub.Mesh {
	tell := others.Tell
	others.Tell = func(room string, c hub.Change) {
		var sprung bool
		m.w.locked(func() {
			ended := c.Kind == hub.ChangeRoom && c.Room == (hub.RoomRecord{})
			ofRoom := !ended && c.Kind != hub.ChangeBan && c.Kind != hub.ChangeKick // which hubs remember apart from rooms
			if sprung = n.trapped && ofRoom; sprung {
				n.trapped = false
				m.w.ruined = true
				m.lastFault = time.Now()
				m.trouble = append(m.trouble, m.lastFault)
			}
		})
		if sprung {
			panic("planted: in the middle of a change")
		}
		tell(room, c)
	}
	return others
}
