package cluster

// Transport carries messages between nodes. It may lose and delay them. It should keep
// their order between two nodes, since what arrives out of order is sent again. Its methods
// must be safe for concurrent use.
type Transport interface {
	// Broadcast sends a message to every other node.
	Broadcast(message []byte)
	// Send sends a message to one node.
	Send(node string, message []byte)
	// Probe sends a message to one node. It calls gone, at most once and on another
	// goroutine, if it is certain that nothing receives for that node.
	Probe(node string, message []byte, gone func())
	// MaxMessage returns how large a message may be, in bytes. It may change when the
	// transport reconnects. A larger message is lost.
	MaxMessage() int
	// Connected reports whether this node's link to the others is up, as far as this end
	// knows.
	Connected() bool
	// Close flushes what was sent, for at most a second, and disconnects. No message is
	// received after it.
	Close()
}
