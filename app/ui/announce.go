package ui

import (
	"slices"
	"strings"
	"time"
)

// announceDelay is how long arrivals and departures are collected before they are
// announced together.
const announceDelay = 2 * time.Second

// announcer collects arrivals and departures for the live region, which screen readers
// read out.
type announcer struct {
	arrived, left []string // names
	text          string   // content of the live region
}

func (n *announcer) arrive(name string) { n.arrived = append(n.arrived, name) }
func (n *announcer) leave(name string)  { n.left = append(n.left, name) }

// empty reports whether nothing is waiting to be announced.
func (n *announcer) empty() bool { return len(n.arrived) == 0 && len(n.left) == 0 }

// flush moves what was collected into the live region.
func (n *announcer) flush() {
	if n.empty() {
		return
	}
	parts := []string{arrivedText(n.arrived), leftText(n.left)}
	text := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
	n.arrived, n.left = nil, nil
	n.announce(text)
}

// announce puts text into the live region.
func (n *announcer) announce(text string) {
	if text == n.text {
		text += "\u00a0" // screen readers ignore a region whose text stays the same
	}
	n.text = text
}
