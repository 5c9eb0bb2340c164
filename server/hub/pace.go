package hub

import (
	"time"

	"rollcall/shared"
)

// pace bounds how often something happens: shared.UpdateBurst times at once, and
// once more for each shared.UpdateEvery. It is a token bucket, kept as the
// moment at which it will be full again: so it costs a room's every member one
// number, and the zero pace is a full bucket.
type pace struct{ full time.Time }

// wait returns how long there will be no token; not more than 0 if there is one.
func (p *pace) wait(now time.Time) time.Duration {
	const capacity = shared.UpdateBurst * shared.UpdateEvery
	return p.debt(now) + shared.UpdateEvery - capacity
}

// take takes a token, which may be one of the future.
func (p *pace) take(now time.Time) { p.full = now.Add(p.debt(now) + shared.UpdateEvery) }

// debt is how long it takes until the bucket is full.
func (p *pace) debt(now time.Time) time.Duration { return max(0, p.full.Sub(now)) }
