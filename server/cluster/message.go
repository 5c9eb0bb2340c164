package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"rollcall/server/hub"
	"rollcall/shared"
)

// message is one message between nodes. Readers ignore fields, kinds and operations that
// they do not know, for these may be of a newer version. Some names in the JSON differ from
// those in Go: they are what every version has sent.
type message struct {
	Kind   string    `json:"kind"`
	From   string    `json:"from"`              // the sender's id
	Stream uint64    `json:"stream,omitempty"`  // open, ops, again, lost: the stream's number
	Fresh  bool      `json:"fresh,omitempty"`   // open: the sender has received no stream of the receiver yet
	Seq    uint64    `json:"seq,omitempty"`     // ops: the first operation's number; again: the last number that came
	Ops    []op      `json:"ops,omitempty"`     // ops: if empty, none before Seq is still to come
	Info   *nodeInfo `json:"info,omitempty"`    // hello
	HoldMS int64     `json:"hold_ms,omitempty"` // bye: how long to show the sender's members

	Ask  uint64          `json:"ask,omitempty"`  // ask, answer: the query's number
	Body json.RawMessage `json:"body,omitempty"` // ask, answer
}

// The kinds of messages; the package comment explains each.
const (
	kindHello  = "hello" // to all nodes: the sender is alive
	kindPing   = "ping"  // asks for a hello
	kindBye    = "bye"   // to all nodes: the sender stops; its members stay shown for HoldMS
	kindOpen   = "open"  // asks for a new stream
	kindOps    = "ops"   // the next operations of a stream
	kindResend = "again" // asks for the operations of a stream after Seq once more
	kindReset  = "lost"  // the sender can't continue a stream

	kindAsk    = "ask"    // to all nodes: a query that wants an answer
	kindAnswer = "answer" // to a query
)

// nodeInfo describes the sender of a hello to operators.
type nodeInfo struct {
	Name     string `json:"name"`
	Version  string `json:"version,omitempty"`
	Sessions int    `json:"sessions"`
}

// op is one operation of a stream.
type op struct {
	Op       string           `json:"op"`
	Room     string           `json:"room"`
	Sub      uint64           `json:"want,omitempty"`   // want, held, begin, end: the number of the subscription
	User     *shared.User     `json:"user,omitempty"`   // here, held
	Masked   bool             `json:"masked,omitempty"` // here, held
	Stamp    uint64           `json:"stamp,omitempty"`
	Sessions int              `json:"sessions,omitempty"` // here, held: the member's sessions on the node
	Ending   int              `json:"ending,omitempty"`   // here, held: those that ended there in the grace period
	ID       string           `json:"id,omitempty"`       // gone, left, kick
	Why      string           `json:"reason,omitempty"`   // gone; held: why the member is shown leaving in the end; kick: what is said about it
	At       int64            `json:"at,omitempty"`       // gone, left, kick, announce: when, in ms
	By       string           `json:"by,omitempty"`       // kick, announce: by whose word
	Text     string           `json:"text,omitempty"`     // announce
	Ban      *hub.Ban         `json:"ban,omitempty"`      // ban
	Node     string           `json:"node,omitempty"`     // held: the node that had the member; room: the one that set info
	Hold     int64            `json:"hold_ms,omitempty"`  // held: how long to show the member
	Count    int              `json:"count,omitempty"`    // end, proof
	Hash     *shared.Hash     `json:"hash,omitempty"`
	Act      shared.Act       `json:"act,omitempty"`    // announce: what a host has done
	Info     *shared.RoomInfo `json:"info,omitempty"`   // room
	Hosting  hub.Hosting      `json:"hosting,omitzero"` // room: who hosts it
	Knocks   []shared.Knocker `json:"knocks,omitempty"` // knocks
	LetIn    bool             `json:"let_in,omitempty"` // answered
}

// The operations; the package comment explains each.
const (
	opSubscribe   = "want"  // subscribes to a room
	opUnsubscribe = "drop"  // ends a subscription
	opRetained    = "held"  // a member of a node that is gone, still to be shown for hold_ms
	opBegin       = "begin" // the sender's part of a room follows
	opEnd         = "end"   // the part is complete; its count and hash
	opHere        = "here"  // a member is on the sender, or has changed
	opGone        = "gone"  // a member is not on the sender any more
	opLeft        = "left"  // a member left, with all sessions until then everywhere
	opRoom        = "room"  // what the room says of itself, as the sender knows it
	opProof       = "proof" // count and hash of the sender's part

	opKnocks   = "knocks"   // who knocks at the room on the sender
	opAnswered = "answered" // what a host has answered whoever knocks on another node

	opKick     = "kick"     // a member of any room is kicked, with all sessions until then everywhere
	opAnnounce = "announce" // a line for all who see the room
	opBan      = "ban"      // a ban, of any room
)

// isForAll reports whether an operation goes to every peer, subscribed to the room or not.
func isForAll(op string) bool { return op == opKick || op == opAnnounce || op == opBan }

// opOf returns the operation for a change of the hub.
func opOf(room string, c hub.Change) op {
	o := op{Room: room, ID: c.ID}
	switch c.Kind {
	case hub.ChangeHere:
		o.Op, o.User, o.Masked, o.Stamp = opHere, &c.Record.User, c.Record.Masked, c.Record.Stamp
		o.Sessions, o.Ending = c.Record.Sessions, c.Record.Ending
	case hub.ChangeGone:
		o.Op, o.Why, o.At = opGone, string(c.Reason), c.At
	case hub.ChangeLeft:
		o.Op, o.At = opLeft, c.At
	case hub.ChangeRoom:
		o.Op, o.Info, o.Stamp, o.Node, o.Hosting = opRoom, &c.Room.Info, c.Room.Stamp, c.Room.Node, c.Room.Hosting
	case hub.ChangeKick:
		o.Op, o.By, o.Why, o.At = opKick, c.By, c.Why, c.At
	case hub.ChangeAnnounce:
		a := c.Announcement
		o.Op, o.Text, o.By, o.At, o.Act = opAnnounce, a.Text, a.By, a.At, a.Act
	case hub.ChangeBan:
		o.Op, o.Ban = opBan, c.Ban
	case hub.ChangeKnocks:
		o.Op, o.Knocks = opKnocks, c.Knocks
	case hub.ChangeKnockAnswered:
		o.Op, o.LetIn = opAnswered, c.LetIn
	case hub.ChangeProof:
		o.Op, o.Count, o.Hash = opProof, c.Digest.Count, &c.Digest.Hash
	}
	return o
}

// Upper bounds of the JSON of an operation without its texts, and of a message without its
// operations, in bytes.
const (
	opSize      = 640
	messageSize = 512
)

// size returns an upper bound of the length of o's JSON, in bytes: each byte of a text
// becomes six at most (\u00XX).
func (o op) size() int {
	n := len(o.Op) + len(o.Room) + len(o.ID) + len(o.Why) + len(o.Node) + len(o.By) + len(o.Text) + len(o.Act) + len(o.Hosting.Hosts)
	if o.Ban != nil {
		n += o.Ban.TextBytes()
	}
	if u := o.User; u != nil {
		n += u.TextBytes()
	}
	if i := o.Info; i != nil {
		n += len(i.Title) + len(i.Topic)
	}
	for _, k := range o.Knocks {
		n += len(k.ID) + len(k.Name) + len(`{"id":"","name":""},`)
	}
	return opSize + 6*n
}

// toChange returns the change of the hub for an operation. It fails for an operation that
// this version does not know, and for what breaks the rules that clients are held to, or
// those who moderate.
func (o op) toChange() (c hub.Change, err error) {
	switch o.Op {
	case opBegin:
		return hub.Change{Kind: hub.ChangeBegin}, nil
	case opHere, opRetained:
		if o.User == nil {
			return c, errors.New("no user")
		}
		rec := hub.Record{User: *o.User, Masked: o.Masked, Stamp: o.Stamp, Sessions: o.Sessions, Ending: o.Ending}
		c = hub.Change{Kind: hub.ChangeHere, Record: rec}
		return c, c.Record.Check()
	case opGone:
		return hub.Change{Kind: hub.ChangeGone, ID: o.ID, Reason: o.reason(), At: o.At}, nil
	case opLeft:
		return hub.Change{Kind: hub.ChangeLeft, ID: o.ID, At: o.At}, nil
	case opRoom:
		if o.Info == nil || o.Stamp > 0 && !isNode(o.Node) {
			return c, errors.New("no version of a room")
		}
		c = hub.Change{Kind: hub.ChangeRoom, Room: hub.RoomRecord{Info: *o.Info, Hosting: o.Hosting, Stamp: o.Stamp, Node: o.Node}}
		return c, c.Room.Check()
	case opKick:
		c = hub.Change{Kind: hub.ChangeKick, ID: o.ID, By: o.By, Why: o.Why, At: o.At}
		return c, c.Check()
	case opAnnounce:
		c = hub.Change{Kind: hub.ChangeAnnounce, Announcement: &shared.Announcement{Text: o.Text, By: o.By, At: o.At, Act: o.Act}}
		return c, c.Check()
	case opBan:
		c = hub.Change{Kind: hub.ChangeBan, Ban: o.Ban}
		return c, c.Check()
	case opKnocks:
		c = hub.Change{Kind: hub.ChangeKnocks, Knocks: o.Knocks}
		return c, c.Check()
	case opAnswered:
		c = hub.Change{Kind: hub.ChangeKnockAnswered, ID: o.ID, LetIn: o.LetIn}
		return c, c.Check()
	case opEnd, opProof:
		c.Kind = hub.ChangeProof
		if o.Op == opEnd {
			c.Kind = hub.ChangeEnd
		}
		c.Digest.Count = o.Count
		if o.Hash != nil {
			c.Digest.Hash = *o.Hash
		}
		return c, nil
	}
	return c, fmt.Errorf("an unknown operation %.40q", o.Op)
}

// reason returns why a member is gone. For a reason that this version does not know, and
// that its clients may not know either, that is ReasonClosed.
func (o op) reason() shared.Reason {
	if r := shared.Reason(o.Why); r.Valid() {
		return r
	}
	return shared.ReasonClosed
}

// decode parses a message. It fails if the sender's id can't be one, if its name or version
// can't be shown to an operator, and if operations have no number.
func decode(data []byte) (m message, err error) {
	if err := json.Unmarshal(data, &m); err != nil {
		return m, err
	}
	switch {
	case !isNode(m.From):
		return m, fmt.Errorf("%.80q is no id of a node", m.From)
	case m.Kind == kindOps && m.Seq == 0:
		return m, errors.New("operations without a number")
	case m.Info != nil && !(isPrintable(m.Info.Name) && isPrintable(m.Info.Version)):
		return m, fmt.Errorf("node %s has a name or a version that can't be shown", m.From)
	}
	return m, nil
}

// isNode reports whether id can be the id of a node: it is part of a NATS subject, so it has
// 1 to 64 ASCII letters, digits and dashes.
func isNode(id string) bool {
	for _, c := range []byte(id) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return len(id) >= 1 && len(id) <= 64
}

// isPrintable reports whether text can be shown to an operator unchanged.
func isPrintable(text string) bool {
	const most = 256 // bytes, as long as the name of a machine may be
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return len(text) <= most && utf8.ValidString(text)
}

// encode returns the JSON of m.
func (m message) encode() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("cluster: a %s can't be encoded: %v", m.Kind, err))
	}
	return b
}
