package cluster

import (
	"slices"
	"testing"
	"time"
)

// A new node shows the retained members of one that has stopped from its first snapshot on,
// and no longer than other nodes.
func TestANewNodeShowsRetainedMembers(t *testing.T) {
	a := inside(t, "a")
	b := inside(t, "b", a.embedded.Address())
	until(t, "a and b know each other", func() bool { return len(a.cluster.Nodes()) == 2 && len(b.cluster.Nodes()) == 2 })
	a.enter(t, "Ada")
	b.enter(t, "Bo")
	until(t, "Ada is shown at b", func() bool { return b.shows() == "Ada Bo" })
	const held = 6 * time.Second
	a.cluster.Close(held)
	until(t, "a has said goodbye", func() bool {
		return slices.ContainsFunc(b.cluster.Nodes(), func(n Node) bool { return n.Name == "a" && n.Lost })
	})

	c := inside(t, "c", b.embedded.Address())
	c.enter(t, "Cy") // waits until the others have synced the room
	if got := c.shows(); got != "Ada Bo Cy" {
		t.Errorf("who comes to the new node is shown %q", got)
	}
	if n := c.cluster.Nodes(); len(n) != 2 {
		t.Errorf("the new node knows %v", n)
	}
	until(t, "Ada is gone at c", func() bool { return c.shows() == "Bo Cy" })
	until(t, "Ada is gone at b", func() bool { return b.shows() == "Bo Cy" })
}
