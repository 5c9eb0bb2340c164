package ui

import "testing"

func TestNewsAreBatched(t *testing.T) {
	for _, c := range []struct {
		arrived, left []string
		said          string
	}{
		{[]string{"Ada"}, nil, "Ada arrived."},
		{[]string{"Ada", "Bo"}, nil, "Ada and Bo arrived."},
		{[]string{"Ada", "Bo", "Cy"}, []string{"Di"}, "3 people arrived. Di left."},
		{nil, []string{"Ada", "Bo", "Cy", "Di"}, "4 people left."},
	} {
		var n news
		for _, name := range c.arrived {
			n.arrive(name)
		}
		for _, name := range c.left {
			n.leave(name)
		}
		n.tell(english)
		if n.said != c.said || !n.empty() {
			t.Errorf("%v came and %v went: said %q, want %q; nothing left to say: %v", c.arrived, c.left, n.said, c.said, n.empty())
		}
	}
}

func TestTheSameNewsAreSaidAgain(t *testing.T) {
	var n news
	said := map[string]bool{}
	for range 2 {
		n.arrive("Ada")
		n.tell(english)
		said[n.said] = true
	}
	if len(said) != 2 {
		t.Error("a live region whose text stays the same says nothing")
	}
	n.tell(english)
	if n.said == "" {
		t.Error("no news take back what was said")
	}
}

func TestSentence(t *testing.T) {
	for in, want := range map[string]string{
		"a name needs a letter": "A name needs a letter.",
		"ärger.":                "Ärger.",
		"":                      "",
	} {
		if got := sentence(in); got != want {
			t.Errorf("sentence(%q) is %q, want %q", in, got, want)
		}
	}
}
