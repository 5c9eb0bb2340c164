package regexp

import "testing"

func TestMatchString(t *testing.T) {
	for _, c := range []struct {
		expression, text string
		matches          bool
	}{
		{"^/", "/", true}, {"^/", "/r/standup", true}, {"^/", "", false}, {"^/", "r/", false}, {"^/r/", "/r/standup", true}, {"^/r/", "/", false},
	} {
		if MustCompile(c.expression).MatchString(c.text) != c.matches {
			t.Errorf("%q matches %q: %v", c.expression, c.text, !c.matches)
		}
	}
}

// What can't be told is not told wrongly.
func TestMustCompileRefuses(t *testing.T) {
	for _, expression := range []string{"", "/", "^", "^/r/.*", "^/$", "^/(a|b)", `^/\d`} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is compiled", expression)
				}
			}()
			MustCompile(expression)
		}()
	}
}
