// Package shared is what both ends of Rollcall agree on: the events and their
// encoding, the rules for names, rooms and keys, the limits, the close codes,
// and the Roster that every end folds the events into.
//
// It imports the standard library only and keeps no state of its own, so that
// the server, the browser program and any Go client link exactly the same
// rules. Where to look:
//
//   - event.go: one struct per event of the wire, and the two interfaces that
//     a reader of either direction implements.
//   - codec.go: envelopes, frames, and their errors.
//   - errors.go, close.go: every error code and every close code, once.
//   - limits.go: every bound and every interval of the protocol, once.
//   - name.go, room.go, key.go: who may be called what.
//   - roster.go: a room's members at a revision, as a pure reducer.
//   - face.go: how a member is drawn, where both ends draw one.
package shared
