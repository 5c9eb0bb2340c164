package events

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

// The rhythm and the bounds of copying.
const (
	pullEvery   = 250 * time.Millisecond // how often other nodes are asked
	forgetAfter = 10 * time.Minute       // how long the events of a node are kept that does not answer
	maxNodes    = 64                     // nodes whose events are kept, with those that are gone
)

// query asks a node for its events. A node of another version may read it: it ignores fields
// that it does not know.
type query struct {
	Kind  string `json:"kind"` // queryEvents
	After Places `json:"after"`
}

const queryEvents = "events"

// answer is the next events of a node.
type answer struct {
	Node    string            `json:"node"`
	Dropped uint64            `json:"dropped"` // number of the event before these
	Events  []json.RawMessage `json:"events"`
	More    bool              `json:"more,omitempty"`
}

// Answer returns the answer to a query of another node, in at most most bytes; nil if it is
// not a query of this package.
func (l *Log) Answer(text []byte, most int) []byte {
	if l == nil {
		return nil
	}
	var q query
	if json.Unmarshal(text, &q) != nil || q.Kind != queryEvents {
		return nil
	}
	l.mu.Lock()
	own := l.rings[l.node]
	a := answer{Node: l.node, Dropped: max(q.After[l.node], own.dropped), Events: []json.RawMessage{}}
	next, _ := own.after(a.Dropped, len(own.events))
	size := len(`{"node":"","dropped":,"events":[],"more":true}`) + len(l.node) + 20
	for _, e := range next {
		if size += len(e.Text) + 1; size > most {
			a.More = true
			break
		}
		a.Events = append(a.Events, e.Text)
	}
	l.mu.Unlock()
	encoded, err := json.Marshal(a)
	if err != nil {
		return nil
	}
	return encoded
}

// Pull copies the events of other nodes until ctx is done. It returns at once for a server
// alone.
func (l *Log) Pull(ctx context.Context) {
	if l.config.Ask == nil {
		return
	}
	ticker := time.NewTicker(pullEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			l.pullSafely(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (l *Log) pullSafely(ctx context.Context) {
	defer hub.Rescue(l.config.Log, nil)
	_ = l.pull(ctx) // that the others are not known yet is told to who follows
}

// pull asks the other nodes for all events that are not here. The error says that this node
// does not know the others yet.
func (l *Log) pull(ctx context.Context) error {
	if l.config.Ask == nil {
		return nil
	}
	l.pulling.Lock()
	defer l.pulling.Unlock()
	for more := true; more && ctx.Err() == nil; {
		l.mu.Lock()
		q := query{queryEvents, make(Places, len(l.rings))}
		for node, r := range l.rings {
			q.After[node] = r.last()
		}
		l.mu.Unlock()
		text, err := json.Marshal(q)
		if err != nil {
			return err
		}
		more = false
		missing, err := l.config.Ask(ctx, text, func(text []byte) error {
			again, err := l.copied(text, time.Now())
			more = more || again
			return err
		})
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.missing = missing
		l.mu.Unlock()
	}
	l.forget(time.Now())
	return nil
}

// copied adds the events in an answer to the copy of their node's ring.
func (l *Log) copied(text []byte, now time.Time) (more bool, err error) {
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return false, err
	}
	if a.Node == "" || len(a.Node) > 64 || strings.ContainsAny(a.Node, ",:\r\n") || a.Node == l.node {
		return false, errors.New("no answer of another node")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rings[a.Node]
	if r == nil {
		if len(l.rings) >= maxNodes {
			return false, errors.New("too many nodes")
		}
		r = &ring{dropped: a.Dropped, settled: a.Dropped, recent: a.Dropped, rotated: now}
		l.rings[a.Node] = r
	}
	if a.Dropped > r.last() { // what is between is lost, and who follows is told so
		*r = ring{dropped: a.Dropped, settled: a.Dropped, recent: a.Dropped, rotated: now}
	}
	for i, text := range a.Events {
		e, err := parse(text)
		if err != nil || e.Node != a.Node || e.Seq != a.Dropped+uint64(i)+1 {
			return false, errors.Join(errors.New("no event of that node"), err)
		}
		if e.Seq == r.next() {
			r.add(e)
		}
	}
	r.settle(now)
	if len(a.Events) > 0 {
		l.wake()
	}
	return a.More && len(a.Events) > 0, nil
}

// parse checks an event of another node as far as this node uses it.
func parse(text []byte) (Event, error) {
	var e api.Event
	if err := json.Unmarshal(text, &e); err != nil {
		return Event{}, err
	}
	if strings.Trim(e.Type, "abcdefghijklmnopqrstuvwxyz._") != "" {
		return Event{}, errors.New("no type of an event")
	}
	if e.Data.Room != "" {
		if err := shared.CheckRoom(e.Data.Room); err != nil {
			return Event{}, err
		}
	}
	var line bytes.Buffer
	if err := json.Compact(&line, text); err != nil {
		return Event{}, err
	}
	return Event{Seq: e.Seq, Node: e.Node, Type: e.Type, Room: e.Data.Room, Text: line.Bytes()}, nil
}

// forget drops the copies of nodes that have not answered for long.
func (l *Log) forget(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.rings, func(node string, r *ring) bool {
		return node != l.node && now.Sub(r.heard) > forgetAfter
	})
}
