package cluster

import (
	"cmp"
	"slices"
	"time"
)

// Node describes a node, as far as this one knows it.
type Node struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Version  string        `json:"version"`
	Sessions int           `json:"sessions"`
	Self     bool          `json:"self"`
	Lost     bool          `json:"lost"`
	Heard    time.Duration `json:"heard_ns"` // how long ago it was heard last
	Lag      uint64        `json:"lag"`      // operations of its stream that are known of and have not come
}

// Nodes returns this node and the others that it has heard, sorted by name. A lost node is
// in the list for as long as its members are shown.
func (c *Cluster) Nodes() []Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []Node{{
		ID: c.id, Name: c.config.Name, Version: c.config.Version, Sessions: c.hub.Sessions(), Self: true,
	}}
	for _, p := range c.peers {
		if p.in.stream == 0 { // never heard itself: other nodes retain its members
			continue
		}
		all = append(all, Node{
			ID: p.id, Name: p.info.Name, Version: p.info.Version, Sessions: p.info.Sessions,
			Lost: !p.lostAt.IsZero(), Heard: time.Since(p.lastHeard), Lag: p.in.highest + 1 - p.in.next,
		})
	}
	slices.SortFunc(all, func(a, b Node) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return all
}
