package site

// delivery is how far the system has got with what was written to a
// connection, in bytes since its beginning, where the system tells.
type delivery struct {
	acked  uint64 // the peer's system has it
	queued uint64 // it has not
}

// underWay reports whether a ping that was written when the delivery was at
// first may still be on its way behind what was written before it: not all of
// that had arrived at before, and more has at now. So a thin link is not
// taken for a cut cable while it carries a large snapshot, and a peer whose
// system takes everything, but which never answers, is given no more than one
// wait from the moment on at which the ping has arrived.
func underWay(first, before, now delivery) bool {
	return before.acked < first.acked+first.queued && now.acked > before.acked
}
