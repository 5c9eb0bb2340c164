package transport

import "sync"

// semaphore is a counting semaphore; its capacity is how many may hold it at a time.
type semaphore chan struct{}

// acquire waits until the semaphore can be held. Only the first call of release counts.
func (s semaphore) acquire() (release func()) {
	s <- struct{}{}
	return sync.OnceFunc(func() { <-s })
}
