// Package feed keeps what a room sends to all its sessions in encoded form: a
// bounded Log of its diffs and the Pages of its roster. Every event and every
// user is encoded once, and the same bytes are handed to every reader.
//
// Both are plain data structures without locks or goroutines. They are not safe
// for concurrent use: the caller holds a lock while it calls them. The bytes that
// they return are different: they are never changed afterwards, so they may be
// read without the lock and for as long as the reader wants. Readers must not
// write to them.
package feed
