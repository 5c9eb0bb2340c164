// Package cluster makes several nodes show one truth: every room is the union
// of what the live nodes have in it.
//
// Each node is the only writer of its own part of a room. It carries the rooms
// that its own clients are in, and no others: of each it asks every other node
// for that node's part. So what a node tells another depends on who asks, and
// the unit of replication is a stream: from one node to one other, with a
// number per operation.
//
//   - The receiver opens it, under a number of its own choice; what comes under
//     an older number is dropped. So nothing of an earlier life is ever taken
//     for news, whoever was restarted.
//   - It begins with the rooms that the sender wants. For each room that the
//     receiver wants it has the sender's part, from Begin to End, and then the
//     changes. Whom the sender does not confirm in between is gone only at the
//     End: additions come before departures, and nobody flickers.
//   - A hole is asked for again; the sender keeps its last messages. What it no
//     longer has, or could not queue, makes the receiver open a new stream.
//   - Proofs (count and hash of the sender's part of a room) travel in the
//     stream like any change, so that they speak of exactly what was told
//     before. One that does not hold makes the receiver want the room anew.
//
// A node is alive while it is heard; each says hello to all every second.
//
// Locks, in the order in which they are taken: Cluster.receiving, the hub's,
// Cluster.mu. Under the last nothing is sent, waited for or encoded.
//
//   - cluster.go: Cluster, its life, its clock.
//   - message.go: what nodes say to each other.
//   - peer.go: the other nodes, and when one is lost.
//   - out.go, in.go: the stream to a peer, and the one from it.
//   - rooms.go: which rooms are wanted, by this node and by others.
//   - held.go: the members of nodes that are not there any more.
//   - transport.go: what carries messages; nats.go: NATS.
//   - embedded.go: a NATS server in this process.
package cluster
