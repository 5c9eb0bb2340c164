package cluster

import "rollcall/server/hub"

// Every node has all bans, and the latest kicks, for a member may connect to any node, and the
// node on which it was said may be gone by then. Which of two of one member holds does not
// depend on the order in which they come. So they are sent to every peer, whether it subscribes
// to the room or not, a stream begins with all of them, and the sync of a room with those of
// the room, before anybody is let in.

// sendBans queues the bans and kicks of a room for p. Those that are said from now on are sent
// by publish.
func (c *Cluster) sendBans(p *peer, name string) {
	all := c.hub.SentAway(name)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, change := range all {
		p.out.addUnbounded(opOf(name, change))
	}
}

// queueBans has the bans and kicks of all rooms sent to p, room by room, after what is more
// urgent.
func (c *Cluster) queueBans(p *peer) {
	rooms := c.hub.SentAwayRooms()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range rooms {
		p.out.bans.add(name)
	}
	c.wake()
}

// nextBans returns the next room whose bans are to be sent to p, if there is one.
func (c *Cluster) nextBans(p *peer) (name string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return p.out.bans.next()
}

// sentAway returns the id of the member whom a change sends away, or "".
func sentAway(c hub.Change) string {
	switch {
	case c.Kind == hub.ChangeKick:
		return c.ID
	case c.Kind == hub.ChangeBan && !c.Ban.Lifted:
		return c.Ban.ID
	}
	return ""
}
