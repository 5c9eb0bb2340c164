package transport

// delivery is how far the system has got with what was written to a connection, in
// bytes since its beginning. It is zero where the system doesn't tell.
type delivery struct {
	acked  uint64 // acknowledged by the peer's system
	queued uint64 // written, but not acknowledged
}

// inTransit reports whether a ping may still be on its way behind what was written
// before it: first is the delivery when the ping was written, before and now those at
// the beginning and the end of a wait. It is in transit if not everything written before
// it had arrived at the beginning of the wait, and some has arrived since. So a slow link
// is not taken for a cut cable while it carries a large snapshot, and a peer whose system
// takes everything, but which never answers, gets only one more wait once the ping has
// arrived.
func inTransit(first, before, now delivery) bool {
	return before.acked < first.acked+first.queued && now.acked > before.acked
}

// stalled reports whether nothing of what was written has arrived between the two.
func stalled(before, now delivery) bool { return now.queued > 0 && now.acked == before.acked }
