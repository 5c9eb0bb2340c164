// Package hub keeps who is present: rooms, members and sessions, and it sends every
// change of a room's roster to its sessions. It knows no HTTP, no WebSocket and no
// network between nodes: the transport gives it a Peer for each connection, and a Mesh
// connects it to other nodes.
//
// A room is a log and a session is a cursor into it. A change of the roster (a diff) is
// encoded once and appended to the room's log. Every session is written the part of the
// log from its cursor to the head, and then its cursor is the head. So
//
//   - diffs that arrive during a round of writing travel together in the next one,
//     without a timer and without delay in a quiet room;
//   - a slow consumer costs a cursor and no queue: it blocks nobody, and once the log no
//     longer has what it needs, it is sent a snapshot;
//   - a session is added and its snapshot is taken under one lock, so no diff is lost
//     between them.
//
// # Locks
//
// In the order in which they are taken: Hub.mu, room.mu, that of the bans, and then that of
// the facts for observers, of the statistics, or of what is remembered of rooms. There is one
// lock per room. While any of them is held, nothing is written or waited for, and nothing is
// encoded per session.
//
// # Invariants
//
//   - Every change of a roster goes through room.publish.
//   - One goroutine at a time writes to a peer: the one that set Session.writing.
//   - A member has a session, here or on another node, or a grace period that runs.
//   - Everything that a room keeps is bounded by its members, its sessions and
//     Config.LogBytes, and is counted in room.size.
//   - A panic under a room's lock closes that room, and nothing else.
//
// # Files
//
//   - hub.go: Hub, its configuration, connecting and closing.
//   - session.go: one connection, its messages and its end.
//   - inbox.go: what each event of a client does; hosts.go: those of hosts.
//   - hosting.go: who hosts a room, and until when.
//   - room.go, member.go: the roster, and the grace period of members that lost their
//     connection.
//   - devices.go: how many sessions a member has.
//   - notes.go: notes that end.
//   - knock.go: who knocks at a locked room.
//   - info.go: what a room says of itself, and locks.
//   - moderate.go: kicking, banning and announcing; bans.go: the bans that are kept;
//     announce.go: announcements for those who can't keep up.
//   - ratelimit.go: how often a member may change what is shown.
//   - Package feed: the encoded log and the encoded roster.
//   - flush.go, batch.go, send.go: the goroutines that write; slow.go: slow consumers.
//   - mesh.go, record.go: what nodes send each other; replica.go, remote.go: what a room
//     keeps of it, and how it is merged.
//   - fact.go, observe.go: facts, and the observers that receive them.
//   - preload.go: rooms that are kept for visitors who are about to connect.
//   - crash.go: panics. drain.go: sending all clients to other nodes.
//   - size.go: how much memory a room takes.
//   - Package stats: counts for the operator; stats.go adds what the hub holds.
package hub
