package ui

import (
	"slices"
	"strings"
	"time"
)

// newsEvery is how long comings and goings gather before they are said.
const newsEvery = 2 * time.Second

// news gathers who came and went for those who don't see the sheet.
type news struct {
	arrived, left []string // names
	said          string   // what the live region holds
}

func (n *news) arrive(name string) { n.arrived = append(n.arrived, name) }
func (n *news) leave(name string)  { n.left = append(n.left, name) }

// empty reports whether there is nothing to say.
func (n *news) empty() bool { return len(n.arrived) == 0 && len(n.left) == 0 }

// tell puts what has gathered into the live region.
func (n *news) tell() {
	if n.empty() {
		return
	}
	parts := []string{comings(n.arrived), goings(n.left)}
	text := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
	n.arrived, n.left = nil, nil
	n.say(text)
}

// say puts a text into the live region.
func (n *news) say(text string) {
	if text == n.said {
		text += "\u00a0" // a region whose text stays the same says nothing
	}
	n.said = text
}
