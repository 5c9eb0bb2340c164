package site

import "sync"

// turns bounds how many do something at a time: each of them has put a value
// into it.
type turns chan struct{}

// take waits for a turn. over gives it back; only the first call counts.
func (t turns) take() (over func()) {
	t <- struct{}{}
	return sync.OnceFunc(func() { <-t })
}
