package site

import "time"

// bucket is a token bucket that, unlike a rate.Limiter, can be refunded, and keeps no
// rate and size of its own. The zero bucket is full.
type bucket struct {
	used    float64 // tokens missing at time updated
	updated time.Time
}

// allow uses one token, or reports false if there is none. The bucket gains perSecond
// tokens a second, up to size. A perSecond of 0 sets no limit.
func (b *bucket) allow(perSecond, size int) bool {
	if perSecond == 0 {
		return true
	}
	if b.available(perSecond, size) < 1 {
		return false
	}
	b.used++
	return true
}

// refund undoes an allow.
func (b *bucket) refund() { b.used = max(0, b.used-1) }

// available returns how many tokens there are.
func (b *bucket) available(perSecond, size int) float64 {
	now := time.Now()
	b.used = max(0, b.used-now.Sub(b.updated).Seconds()*float64(perSecond))
	b.updated = now
	return float64(size) - b.used
}
