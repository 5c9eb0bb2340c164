// Package cluster replicates rooms between nodes: every node shows the union of what the
// live nodes have in a room.
//
// # Ownership
//
// Each node is the only writer of its own part of a room: the members with sessions on it.
// A node replicates only the rooms that its own clients are in. For each of these it
// subscribes at every other node, and receives that node's part and then its changes. What
// one node sends to another therefore depends on the receiver, and the unit of replication
// is a stream: the numbered operations from one node to one other.
//
// # Messages
//
// Messages are JSON ([message]) over a transport that may lose, delay or repeat them.
//
//   - hello goes to all nodes every second. A node is alive while it is heard. After 3 s of
//     silence it is sent a ping, which it answers with a hello. It is lost after 6 s, or at
//     once if the transport says that nothing receives the ping.
//   - open is sent by a stream's receiver, under a random number of its choice. Operations
//     under any other number are dropped, so that nothing of an earlier life of either node
//     is taken for news. A stream that stays silent is opened again.
//   - ops carries the next operations of a stream, numbered from 1. Without operations it
//     says that none before its number are still to come.
//   - again asks for what follows a number, where operations are missing. The sender keeps
//     its latest messages for that.
//   - lost says that the sender can't continue a stream, because it no longer has what is
//     missing or its queue was full. The receiver then opens a new one.
//   - bye says that the sender stops, and for how long the others are to show its members.
//   - ask goes to all nodes with a query that this package does not read; answer is the reply.
//     Both may be lost. Whoever asks waits 300 ms and is told which nodes did not answer.
//
// # Operations
//
// A stream begins with the subscriptions of its sender (want; drop ends one). A
// subscription has a number, so that an answer to an earlier one is not mistaken for an
// answer to this one. It is answered with a full sync:
//
//	held*   the members of nodes that have stopped or are lost, while they are still shown
//	begin   the sender's part follows
//	here*   one member each
//	room    what the room says of itself, if anybody has set that
//	knocks  who knocks at the room on the sender, if anybody does
//	end     the count and the hash of the part
//
// Then follow the changes: here (a member came, or has changed), gone (a member has no
// session on the sender any more), left (a member ended all sessions everywhere), room (what
// the room says of itself has changed), knocks (who knocks now) and answered (what a host has
// said to somebody who knocks on another node). Room carries a version, of which the latest
// wins; each node repeats it, so that it outlives the node that has set it. In a
// repeated sync, members that were not confirmed between begin and end are removed at end:
// additions come before departures, so that nobody flickers. Until each live node has
// synced a room, or 2 s have passed, nobody is let into it.
//
// What is no part of a room goes to every peer, subscribed or not, and into no proof: kick (a
// member is removed, with all sessions until then everywhere), announce (a line for all in the
// room) and ban (see bans.go). Kicks and bans also follow the syncs of a new stream, and precede
// begin in the sync of their room.
//
// Once a second the sender proves its part of up to 256 rooms: proof carries count and hash
// in the stream, behind exactly the changes that it is about. If the receiver's differ, it
// repeats its subscription.
//
// Readers pass over fields, kinds and operations that they do not know, for these may be of
// a newer version. What a node says of members is held to the rules that clients are held to.
//
// # Loss
//
// The members of a lost node are shown for the grace period, those of one that said bye for
// as long as it asked. A node that could hear nobody itself, because its link was down or
// because it was paused, does not count that time as the silence of others.
//
// # Concurrency
//
// Locks are taken in this order: Cluster.receiving, the hub's, Cluster.mu. Nothing is sent,
// awaited or encoded under Cluster.mu, but for the short messages of the outbox. Everything
// that waits for a peer is bounded.
//
// # Files
//
//   - cluster.go: Cluster, its start, its end and its clock.
//   - message.go: the messages and operations.
//   - peer.go: the other nodes, and when one is lost.
//   - out.go, in.go: the stream to a peer, and the one from it.
//   - rooms.go: subscriptions, of this node and of others.
//   - bans.go: bans and kicks, which every node has.
//   - retained.go: the members of nodes that are gone.
//   - nodes.go: the list of nodes for operators.
//   - ask.go: queries of all nodes, for the API.
//   - transport.go: what carries messages; nats.go: NATS.
//   - embedded.go: a NATS server in this process.
package cluster
