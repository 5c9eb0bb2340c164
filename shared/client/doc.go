// Package client is a member of a room: it joins, keeps a Roster that is
// always the server's, and returns by itself when the connection breaks.
//
// Open starts one in the background and Dial waits until it is in the room.
// Then pull what happens with Next, and look at who is there with Roster:
//
//	c, err := client.Dial(ctx, "wss://example.org/ws", client.Options{Name: "Ada"})
//	...
//	for {
//		update, err := c.Next(ctx)
//		...
//		c.Roster(func(r *shared.Roster) { ... })
//	}
//
// Next must be called again and again. Who is slow to call it is not sent
// more: the client stops reading, so that nothing piles up here, and the
// server sends a snapshot once it is read from again. Who never calls it
// stays behind and is dropped by the server in the end.
//
// The same source serves native programs and the browser (GOOS=js); what a
// browser does differently is in socket_js.go and nowhere else.
//
// Where to look:
//
//   - client.go: options, opening and closing, what a person can ask for.
//   - update.go: what Next gives, and how a slow caller slows the connection.
//   - life.go: connecting, waiting, and when it is over for good.
//   - session.go: one connection: reading, the watchdog, hanging up.
//   - events.go: what each event of the server does.
//   - send.go: what is said to the server, and when.
//   - wish.go: what the person wants to be seen of them, over all connections.
//   - conn.go, socket.go, socket_js.go: what frames travel on.
package client
