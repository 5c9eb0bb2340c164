// Package store keeps in a database what must outlive a process: SQLite in a file for one
// server, PostgreSQL for several. It has no policy: what is worth a row, and for how long,
// its callers decide.
//
// Both databases have the same schema and are asked with the same statements; what differs
// is how they are opened. Migrations only add, so that the version before still opens a
// database that this one has used.
//
//   - open.go: Store, Open and the version of the schema.
//   - sqlite.go, postgres.go: how each database is opened, and what is refused.
//   - life.go: what a node writes.
//   - visits.go: reading visits and gaps.
//   - expected.go: who should be in a room, and corrections by hand.
//   - bans.go, rooms.go: who is kept out of a room, and what rooms say of themselves.
//   - outbox.go: events that are still to be told other programs.
//   - forget.go: erasing, and deleting what is old.
//   - pace.go: the rhythm of those who write.
//   - backup.go: copying a file.
package store
