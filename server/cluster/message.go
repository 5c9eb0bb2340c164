package cluster

import (
	"encoding/json"
	"fmt"

	"rollcall/server/hub"
	"rollcall/shared"
)

// message is what one node says to another. A reader passes over fields, kinds
// and operations that it does not know: they are of a newer version.
type message struct {
	Kind   string `json:"kind"`
	From   string `json:"from"`             // the id of the sender
	Stream uint64 `json:"stream,omitempty"` // open, ops, again, lost: which stream
	Fresh  bool   `json:"fresh,omitempty"`  // open: the sender knows nothing of the receiver
	Seq    uint64 `json:"seq,omitempty"`    // ops: the number of the first; again: the last one that came
	Ops    []op   `json:"ops,omitempty"`    // ops: none says that there is none before Seq still to come
	Info   *info  `json:"info,omitempty"`   // hello
	HoldMS int64  `json:"hold_ms,omitempty"`
}

// The kinds of messages.
const (
	kindHello = "hello" // to all, each second, and the answer to a ping
	kindPing  = "ping"
	kindBye   = "bye"   // to all: the sender stops; its members stay shown for HoldMS
	kindOpen  = "open"  // begin your stream to me anew
	kindOps   = "ops"   // the next of a stream, from its sender
	kindAgain = "again" // a stream's receiver misses something
	kindLost  = "lost"  // a stream's sender can't go on
)

// info is what a node says of itself.
type info struct {
	Name     string `json:"name"`
	Version  string `json:"version,omitempty"`
	Sessions int    `json:"sessions"`
}

// op is one operation of a stream.
type op struct {
	Op    string       `json:"op"`
	Room  string       `json:"room"`
	Want  uint64       `json:"want,omitempty"` // want, held, begin, end: which asking it is about
	User  *shared.User `json:"user,omitempty"` // here, held
	Stamp uint64       `json:"stamp,omitempty"`
	ID    string       `json:"id,omitempty"`     // gone, left
	Why   string       `json:"reason,omitempty"` // gone, held
	Node  string       `json:"node,omitempty"`   // held: whose member it is
	Hold  int64        `json:"hold_ms,omitempty"`
	Count int          `json:"count,omitempty"` // end, proof
	Hash  *shared.Hash `json:"hash,omitempty"`
}

// The operations.
const (
	opWant  = "want"  // tell me of a room
	opDrop  = "drop"  // no longer
	opHeld  = "held"  // a member of a node that is not there, who is still shown for hold_ms
	opBegin = "begin" // the sender's part of a room follows
	opEnd   = "end"
	opHere  = "here"
	opGone  = "gone"
	opLeft  = "left"
	opProof = "proof"
)

// opOf is a change of the hub as it travels.
func opOf(room string, c hub.Change) op {
	o := op{Room: room, ID: c.ID}
	switch c.Kind {
	case hub.Here:
		o.Op, o.User, o.Stamp = opHere, &c.Record.User, c.Record.Stamp
	case hub.Gone:
		o.Op, o.Why = opGone, string(c.Reason)
	case hub.Left:
		o.Op = opLeft
	case hub.Proof:
		o.Op, o.Count, o.Hash = opProof, c.Digest.Count, &c.Digest.Hash
	}
	return o
}

// change is an operation as the hub takes it; false if it makes no sense to
// this version.
func (o op) change() (c hub.Change, ok bool) {
	switch o.Op {
	case opBegin:
		return hub.Change{Kind: hub.Begin}, true
	case opHere, opHeld:
		if o.User == nil || o.User.ID == "" || !o.User.Status.Valid() {
			return c, false
		}
		return hub.Change{Kind: hub.Here, Record: hub.Record{User: *o.User, Stamp: o.Stamp}}, true
	case opGone:
		return hub.Change{Kind: hub.Gone, ID: o.ID, Reason: shared.Reason(o.Why)}, true
	case opLeft:
		return hub.Change{Kind: hub.Left, ID: o.ID}, true
	case opEnd, opProof:
		c.Kind = hub.Proof
		if o.Op == opEnd {
			c.Kind = hub.End
		}
		c.Digest.Count = o.Count
		if o.Hash != nil {
			c.Digest.Hash = *o.Hash
		}
		return c, true
	}
	return c, false
}

func (m message) encode() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("cluster: a %s can't be encoded: %v", m.Kind, err))
	}
	return b
}
