package crowd

// Wire speaks the protocol of one kind of server, for all clients of a crowd.
type Wire interface {
	// Path is where the opening handshake asks for a room.
	Path(room string) string
	// Decoder makes the reading half of a client.
	Decoder(c *Client) Decoder
	// Join has a client that is ready enter its room.
	Join(c *Client) error
	// Ask has the server tell some client of a room the whole roster afresh, if
	// the protocol has such a question. answered reports whether it has.
	Ask(room []*Client) (answered func() bool, err error)
	// Check compares what every client of a room holds with the truth: these
	// clients, and nobody else, are there.
	Check(room []*Client) error
}

// Decoder reads what the server sends to one client.
type Decoder interface {
	// Opened is called after each opening handshake.
	Opened() error
	// Text takes the next bytes of a text message, with which it ends or not,
	// and returns how many of them it has used. It is given the others again,
	// with more behind them; at the end of a message it must use all.
	Text(data []byte, last bool) (n int, err error)
}
