// Package shared defines the protocol of Rollcall, for both ends: the events and
// their encoding, the rules for names, rooms and keys, the limits, the close
// codes, and the Roster to which both ends apply the events.
//
// It imports only the standard library and keeps no mutable state, so its
// functions are safe for concurrent use, and the server, the browser program and
// any Go client follow the same rules. Errors of the protocol are of type Error;
// find them with errors.As or AsError. Where to look:
//
//   - event.go: one struct per event, and the two interfaces that the
//     readers of each direction implement.
//   - codec.go: encoding and decoding of envelopes and frames.
//   - errors.go, close.go: every error code and every close code, once.
//   - limits.go: every bound and every interval of the protocol, once.
//   - name.go, room.go, key.go: which names, rooms and keys are valid.
//   - user.go: the same for whole members, as another server or a file has them.
//   - roster.go: the members of a room at a revision, as a pure reducer.
//   - face.go: the initials and the colour that both ends draw for a member.
package shared
