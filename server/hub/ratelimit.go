package hub

import (
	"time"

	"rollcall/shared"
)

// rateLimit is a token bucket: it allows shared.UpdateBurst changes at once, and one
// more after each shared.UpdateEvery. It is stored as the time at which the bucket will
// be full again, so it costs one number per member. The zero value is a full bucket.
type rateLimit struct{ full time.Time }

// wait returns how long it takes until there is a token. It is not positive if there is
// one.
func (p *rateLimit) wait(now time.Time) time.Duration {
	const capacity = shared.UpdateBurst * shared.UpdateEvery
	return p.debt(now) + shared.UpdateEvery - capacity
}

// use takes a token. It may be one of the future.
func (p *rateLimit) use(now time.Time) { p.full = now.Add(p.debt(now) + shared.UpdateEvery) }

// debt returns how long it takes until the bucket is full.
func (p *rateLimit) debt(now time.Time) time.Duration { return max(0, p.full.Sub(now)) }
