// Package api answers the HTTP API: who is in which rooms, for programs. docs/api.md
// describes it for those who call it; the structs of the answers and a client are in
// rollcall/shared/api.
//
// A request goes through these steps. Each may answer with a problem (problem.go):
//
//   - caller.go: who makes the call, by a key or a token.
//   - limit.go: whether they have made too many.
//   - api.go: whether there is such a call, and whether they may make it.
//   - describe.go: huma checks the parameters, and makes the OpenAPI description of them.
//   - calls.go: the calls themselves. cursor.go: where a page begins. attendance.go: those
//     about who was in a room. events.go: the stream of what happens.
//
// Every node answers for all nodes. The members of a room come from the node's own replica
// of the room, which it makes if it has none (hub.Hub.Preload). For everything else it asks
// the other nodes and combines their answers (nodes.go).
package api
