package client

import "testing"

func TestNormalizes(t *testing.T) {
	for _, c := range []struct {
		asked, shown string
		want         bool
	}{
		{"", "", true},
		{"Ada", "Ada", true},
		{"Jose\u0301", "Jos\u00e9", true},
		{"e\u0301e\u0301", "\u00e9\u00e9", true},
		{"\u1112\u1161\u11ab!", "\ud55c!", true},
		{"\u0958a", "\u0958a", true},
		{"q\u0323\u0307", "q\u0323\u0307", true},
		{"q\u0307\u0323", "q\u0323\u0307", true}, // NFC reorders marks
		{"\u09c7\u09be", "\u09cb", true},
		{"Ada", "Adam", false},
		{"Adam", "Ada", false},
		{"Ada", "Bea", false},
		{"Jos\u00e9", "Jos\u00e8", false},
		{"Jose\u0301", "Jos\u00e9 B", false},
		{"Jose\u0301", "Jas\u00e9", false},
		{"", "x", false},
		{"x", "", false},
	} {
		if got := normalizes(c.asked, c.shown); got != c.want {
			t.Errorf("normalizes(%+q, %+q) = %v", c.asked, c.shown, got)
		}
	}
}
