// Package client implements a member or a watcher of a room: it joins or watches,
// keeps a copy of the server's shared.Roster, and reconnects by itself when the
// connection breaks.
//
// Open starts a client in the background; Dial also waits until it has joined.
// Next returns what happens, and Roster gives access to who is there:
//
//	c, err := client.Dial(ctx, "wss://example.org/ws", client.Options{Name: "Ada"})
//	...
//	for {
//		update, err := c.Next(ctx)
//		...
//		c.Roster(func(r *shared.Roster) { ... })
//	}
//
// Next must be called repeatedly. While its caller is slow, the client stops
// reading from the connection, so that nothing queues up here, and the server
// sends a snapshot when the client reads again. The server drops a client whose
// caller never does.
//
// Errors of the protocol are of type shared.Error, also when wrapped: find them
// with errors.As or errors.AsType.
//
// The same source serves native programs and the browser (GOOS=js); what a
// browser does differently is in socket_js.go and nowhere else.
//
// Where to look:
//
//   - client.go: options, opening and closing, changes that a person asks for.
//   - update.go: what Next returns, and how a slow caller slows the connection.
//   - reconnect.go: connecting, backoff, and which errors are final.
//   - session.go: one connection: reading and closing.
//   - keepalive.go: how long a server may be silent, and when an answer is due.
//   - events.go: what each event of the server does.
//   - send.go: what is sent to the server, and when.
//   - pending.go: changes of the name or note that the room does not show yet.
//   - conn.go, socket.go, socket_js.go: the connection that carries frames.
//   - handshake.go: how a server rejects a handshake.
package client
