// Package regexp takes the place of regexp in the browser program, for the one
// expression in it: go-app's routes are expressions, and the program's route is "^/".
//
// The real package brings in a compiler of expressions and all tables of Unicode, and
// fills maps with those whenever the program starts. Where a new go-app uses more of
// it, the build stops at the missing name; any other expression stops the program.
package regexp

import "strings"

// Regexp is an expression that texts match which begin in a certain way.
type Regexp struct{ beginning string }

// MustCompile returns an expression of the form "^/text". It panics at one that
// says anything else.
func MustCompile(expression string) *Regexp {
	beginning, ok := strings.CutPrefix(expression, "^/")
	if !ok || strings.ContainsAny(beginning, `\.+*?()|[]{}^$`) {
		panic("regexp: the browser program has no expression but ^/: " + expression)
	}
	return &Regexp{"/" + beginning}
}

// MatchString reports whether text matches.
func (re *Regexp) MatchString(text string) bool { return strings.HasPrefix(text, re.beginning) }
