// Package wires has the protocols of the servers under test, one per file, as
// clients of a crowd speak them.
//
// A room of 3,000 in which 3,000 arrive is nine million messages, of which only
// a few thousand are different. So each wire decodes what it has not seen
// before with all care, and compares the rest with that, byte by byte. Nothing
// is taken for granted: what differs is decoded, and what can't be is an error.
package wires
