package webhook

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"rollcall/server/notice"
	"rollcall/server/store"
)

// Bounds of what waits for an endpoint, in events. Beyond them an event of the type
// attendance.gap takes their place.
const (
	maxRoomQueue = 1000
	maxQueue     = 50_000
	// MaxBatch is the maximum number of events in a request.
	MaxBatch = 100
)

// entry is an event that waits for an endpoint.
type entry struct {
	store.Outgoing
	writing bool // it is on its way into the database
	saved   bool // it is there
	dropped bool // it is not to be sent
}

// at returns when an event was told.
func at(o store.Outgoing) time.Time { return time.UnixMicro(o.N) }

// queue is what waits of a room, in order.
type queue struct {
	name     string
	entries  []*entry
	sending  int       // the first so many are on their way
	cancel   func()    // ends the request that they are in
	ready    bool      // it is in endpoint.order
	waits    bool      // a timer runs until after
	failures int       // in a row
	after    time.Time // when to try again
}

// endpoint is a Hook with what waits for it. The fields below mu are guarded by it.
type endpoint struct {
	*Hook
	key     string
	client  *http.Client
	warning notice.Warning
	wake    chan struct{} // has a value when there may be something to send
	slots   chan struct{} // has a value for each request under way

	mu       *sync.Mutex       // that of the Sender
	queues   map[string]*queue // by room; with Batch, one
	order    []*queue          // those that are ready
	waiting  int
	ended    bool
	failures int       // of the endpoint, in a row
	after    time.Time // when to try again
	asked    time.Time // until when it asked to be left alone, whatever else it answers
	attempts uint64
	failed   uint64
}

func newEndpoint(h *Hook, mu *sync.Mutex) *endpoint {
	return &endpoint{
		Hook: h, key: h.Key(), client: h.client(), mu: mu,
		wake: make(chan struct{}, 1), slots: make(chan struct{}, maxConns), queues: make(map[string]*queue),
	}
}

// bounds returns the name of the queue of a room, and how many entries it may have.
func (e *endpoint) bounds(room string) (name string, most int) {
	if e.Batch {
		return "", maxQueue
	}
	return room, maxRoomQueue
}

// add appends an entry. full says that it is one too many, of its queue or of all.
func (e *endpoint) add(x *entry) (full, all bool) {
	name, most := e.bounds(x.Room)
	q := e.queues[name]
	if q == nil {
		q = &queue{name: name}
		e.queues[name] = q
	}
	q.entries = append(q.entries, x)
	e.waiting++
	return len(q.entries) > most, e.waiting > maxQueue
}

// drop takes out of a queue what is not on its way, and returns it.
func (e *endpoint) drop(q *queue) []*entry {
	rest := slices.Clone(q.entries[q.sending:])
	clear(q.entries[q.sending:])
	q.entries = q.entries[:q.sending]
	e.waiting -= len(rest)
	for _, x := range rest {
		x.dropped = true
	}
	e.forget(q)
	return rest
}

// forget removes a queue that has nothing left.
func (e *endpoint) forget(q *queue) {
	if len(q.entries) == 0 && e.queues[q.name] == q {
		delete(e.queues, q.name)
	}
}

// offer puts a queue in order to be sent, if it has something to send and is not there yet.
func (e *endpoint) offer(q *queue) {
	if q.ready || q.sending > 0 || len(q.entries) == 0 || !q.entries[0].saved {
		return
	}
	if wait := time.Until(q.after); wait > 0 {
		if !q.waits {
			q.waits = true
			time.AfterFunc(wait, func() {
				e.mu.Lock()
				defer e.mu.Unlock()
				q.waits = false
				e.offer(q)
			})
		}
		return
	}
	q.ready = true
	e.order = append(e.order, q)
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// next returns what to send next, or how long to wait until there may be something; 0 is until
// e.wake.
func (e *endpoint) next() (q *queue, batch []store.Outgoing, wait time.Duration) {
	most := 1
	if e.Batch {
		most = MaxBatch
	}
	for !e.ended && len(e.order) > 0 {
		if wait = max(time.Until(e.after), time.Until(e.asked)); wait > 0 {
			return nil, nil, wait
		}
		q = e.order[0]
		e.order[0] = nil
		e.order = e.order[1:]
		q.ready = false
		for q.sending < min(most, len(q.entries)) && q.entries[q.sending].saved {
			batch = append(batch, q.entries[q.sending].Outgoing)
			q.sending++
		}
		if q.sending > 0 { // what it had may have been dropped
			return q, batch, 0
		}
	}
	return nil, nil, 0
}

// finish ends the sending of a queue's first entries, and returns those that are done with: all
// if they were acknowledged.
func (e *endpoint) finish(q *queue, acknowledged bool) (done []*entry) {
	if acknowledged {
		done = slices.Clone(q.entries[:q.sending])
		q.entries = slices.Delete(q.entries, 0, q.sending)
		e.waiting -= len(done)
		q.failures, q.after = 0, time.Time{}
	}
	q.sending = 0
	e.forget(q)
	e.offer(q)
	return done
}

// Status is how an endpoint does.
type Status struct {
	Host             string
	Waiting          int           // events
	Oldest           time.Duration // how old the oldest of them is
	Attempts, Failed uint64        // requests, and those that were not acknowledged
	Ended            bool
}

func (e *endpoint) status(now time.Time) Status {
	s := Status{Host: e.Host(), Waiting: e.waiting, Attempts: e.attempts, Failed: e.failed, Ended: e.ended}
	for _, q := range e.queues {
		if len(q.entries) > 0 {
			s.Oldest = max(s.Oldest, now.Sub(at(q.entries[0].Outgoing)))
		}
	}
	return s
}
