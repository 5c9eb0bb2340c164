package cluster

import (
	"cmp"
	"slices"
	"time"
)

// Node is a node as this one knows it.
type Node struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Version  string        `json:"version"`
	Sessions int           `json:"sessions"`
	Self     bool          `json:"self"`
	Lost     bool          `json:"lost"`
	Heard    time.Duration `json:"heard_ns"` // how long ago
	Lag      uint64        `json:"lag"`      // operations that are known to be under way from it
}

// Nodes lists this node and the others, by name.
func (c *Cluster) Nodes() []Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []Node{{
		ID: c.id, Name: c.config.Name, Version: c.config.Version, Sessions: c.hub.Sessions(), Self: true,
	}}
	for _, p := range c.peers {
		if p.in.stream == 0 { // never heard itself: others hold its members
			continue
		}
		all = append(all, Node{
			ID: p.id, Name: p.info.Name, Version: p.info.Version, Sessions: p.info.Sessions,
			Lost: !p.lost.IsZero(), Heard: time.Since(p.heard), Lag: p.in.most + 1 - p.in.next,
		})
	}
	slices.SortFunc(all, func(a, b Node) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return all
}
