package cluster

// Transport carries messages between nodes. It may lose them and delay them;
// it should keep the order between two nodes, or everything is sent twice. Its
// methods are safe for concurrent use.
type Transport interface {
	// Broadcast sends a message to every other node.
	Broadcast(message []byte)
	// Send sends a message to one node.
	Send(node string, message []byte)
	// Probe sends a message to one node, and calls gone, once and on another
	// goroutine, if it is certain that nobody receives for that node.
	Probe(node string, message []byte, gone func())
	// Connected reports whether the link of this node to the others is up, as
	// far as this end knows.
	Connected() bool
	// Close sends what is on its way, as far as it gets within a second, and
	// ends. No message is received after it.
	Close()
}
