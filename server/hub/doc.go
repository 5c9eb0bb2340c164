// Package hub is presence itself: rooms, members, sessions and the fan-out of
// diffs. It knows no HTTP, no WebSocket and no other node.
//
// A room is a log and a session is a cursor into it. A change of the roster is
// encoded once, appended to the room's log, and written to every session as
// the stretch log[cursor:head]; then cursor = head. So
//
//   - diffs that gather while a write round runs travel together in the next
//     one, without a timer and without delay for a quiet room;
//   - a slow reader costs a cursor, not a queue: it blocks nobody, and once it
//     has fallen out of the log it is given a snapshot;
//   - a snapshot and the enrolment of its reader happen under one lock, so that
//     no diff can fall between them.
//
// Locks, in the order in which they are taken: Hub.mu, room.mu, stats.mu. Nothing
// is sent, waited for or encoded per session under any of them.
//
//   - hub.go: Hub, its limits, connecting and closing.
//   - session.go: one connection; its messages and its end.
//   - inbox.go: what each event of a client does.
//   - room.go, member.go: who is here, and the grace of those who lost their connection.
//   - pace.go: how often a member may change what is seen of it.
//   - log.go, pages.go: the encoded diffs and the encoded roster.
//   - mesh.go, remote.go: what other nodes are told of a room, and what they tell.
//   - flush.go, batch.go, stuck.go: who writes to whom, and what happens to the slow.
//   - look.go: a room for somebody who is not in it yet.
//   - crash.go: what a panic costs.
//   - drain.go: how everybody is sent elsewhere.
//   - stats.go, histogram.go, departures.go: what is counted for the operator.
package hub
