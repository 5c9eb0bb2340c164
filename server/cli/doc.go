// Package cli implements the commands of the program that are for users of a server: rooms,
// who, where and attendance call its HTTP API, watch watches a room, key adds a key to a file,
// and erase and backup use its database, as attendance can too. Each is a struct whose fields
// kong fills from flags and arguments.
//
//   - ask.go: what the commands that call the API have in common.
//   - rooms.go, who.go, where.go, watch.go, key.go: the commands.
//   - database.go, attendance.go: the commands that use a database.
//   - output.go: tables, JSON and CSV.
//   - exit.go: the exit codes.
package cli
