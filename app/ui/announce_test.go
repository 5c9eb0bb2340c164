package ui

import "testing"

func TestNewsAreBatched(t *testing.T) {
	for _, c := range []struct {
		arrived, left []string
		said          string
	}{
		{[]string{"Ada"}, nil, "\u2068Ada\u2069 arrived."},
		{[]string{"Ada", "Bo"}, nil, "\u2068Ada\u2069 and \u2068Bo\u2069 arrived."},
		{[]string{"Ada", "Bo", "Cy"}, []string{"Di"}, "3 people arrived. \u2068Di\u2069 left."},
		{nil, []string{"Ada", "Bo", "Cy", "Di"}, "4 people left."},
	} {
		var n announcer
		for _, name := range c.arrived {
			n.arrive(name)
		}
		for _, name := range c.left {
			n.leave(name)
		}
		n.flush()
		if n.text != c.said || !n.empty() {
			t.Errorf("%v came and %v went: said %q, want %q; nothing left to say: %v", c.arrived, c.left, n.text, c.said, n.empty())
		}
	}
}

func TestTheSameNewsAreSaidAgain(t *testing.T) {
	var n announcer
	said := map[string]bool{}
	for range 2 {
		n.arrive("Ada")
		n.flush()
		said[n.text] = true
	}
	if len(said) != 2 {
		t.Error("a live region whose text stays the same says nothing")
	}
	n.flush()
	if n.text == "" {
		t.Error("no news take back what was said")
	}
}
