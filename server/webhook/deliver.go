package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"time"

	"rollcall/server/hub"
	"rollcall/server/store"
)

// deliver sends what waits for an endpoint until the end. Requests about one room follow each
// other, those about several rooms are under way at a time.
func (s *Sender) deliver(e *endpoint) {
	defer e.client.CloseIdleConnections()
	for {
		select {
		case e.slots <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		s.mu.Lock()
		q, batch, wait := e.next()
		var ctx context.Context
		if q != nil {
			ctx, q.cancel = context.WithCancel(s.ctx)
		}
		s.mu.Unlock()
		if q != nil {
			s.running.Go(func() {
				defer func() { <-e.slots }()
				defer hub.Rescue(s.config.Log, nil)
				defer q.cancel()
				s.send(ctx, e, q, batch)
			})
			continue
		}
		<-e.slots
		var later <-chan time.Time
		if wait > 0 {
			later = time.After(wait)
		}
		select {
		case <-e.wake:
		case <-later:
		case <-s.ctx.Done():
			return
		}
	}
}

// send sends the first entries of a queue in one request.
func (s *Sender) send(ctx context.Context, e *endpoint, q *queue, batch []store.Outgoing) {
	id, body := request(batch)
	f := e.post(ctx, e.client, id, body)
	if s.ctx.Err() != nil && f != nil {
		return // it is sent again by whoever is next
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e.attempts++
	switch {
	case f != nil && ctx.Err() != nil: // by Forget: it is written and sent again at once, without a name
		s.add = append(s.add, q.entries[:q.sending]...)
		s.nudge()
	case f != nil:
		s.failed(e, q, f)
	default:
		e.failures, e.after = 0, time.Time{}
	}
	for _, x := range e.finish(q, f == nil) {
		s.finished(x.Outgoing)
	}
	if len(s.done) >= doneAtOnce || len(s.ending) > 0 {
		s.nudge()
	}
}

// request returns the id and the body of a request.
func request(batch []store.Outgoing) (id string, body []byte) {
	if len(batch) == 1 {
		return batch[0].ID, []byte(batch[0].Body)
	}
	all := struct {
		Type      string            `json:"type"`
		Timestamp time.Time         `json:"timestamp"`
		Events    []json.RawMessage `json:"events"`
	}{"batch", at(batch[0]).UTC(), nil}
	sum := sha256.New()
	for _, x := range batch {
		sum.Write([]byte(x.ID + " "))
		all.Events = append(all.Events, json.RawMessage(x.Body))
	}
	body, err := json.Marshal(all)
	if err != nil {
		panic("webhook: a batch can't be encoded: " + err.Error())
	}
	return base32.StdEncoding.EncodeToString(sum.Sum(nil)[:10]) + "-batch", body
}

// failed decides what becomes of a request that was not acknowledged: the endpoint, or the
// queue, is left alone for a while. mu is held.
func (s *Sender) failed(e *endpoint, q *queue, f *failure) {
	e.failed++
	if f.status == http.StatusGone {
		s.end(e)
	}
	if e.ended { // and nothing waits any more
		return
	}
	now := time.Now()
	if !f.ofAll() {
		q.failures++
		q.after = now.Add(max(f.wait, pause(q.failures)))
	} else {
		if until := now.Add(f.wait); until.After(e.asked) {
			e.asked = until
		}
		if !now.Before(e.after) { // the first of those that were under way
			e.failures++
			e.after = now.Add(pause(e.failures))
		}
	}
	e.warning.Log(s.config.Log, "a webhook does not take events, they are sent later", "host", e.Host(), "err", f, "waiting", e.waiting)
	if first := q.entries[0]; now.Sub(at(first.Outgoing)) > giveUpAfter {
		q.sending = 0
		s.lose(e, first.Room)
	}
}

// end gives up an endpoint that has said that it is gone for good.
func (s *Sender) end(e *endpoint) {
	if e.ended {
		return // of several requests under way, this is not the first to say so
	}
	e.ended = true
	s.ending = append(s.ending, e.key)
	for _, q := range e.queues {
		q.sending = 0
		s.drop(e, q)
	}
	s.config.Log.Warn("a webhook answers 410, and is told nothing any more", "host", e.Host())
}

// pause returns how long to wait after so many failures in a row: longer each time, and never
// as long as another endpoint's.
func pause(failures int) time.Duration {
	longest := min(time.Second<<min(failures-1, 20), longestPause)
	return longest/2 + rand.N(longest)
}

// Test sends an event of the type "test" to an endpoint, and returns how it failed.
func (h *Hook) Test(ctx context.Context) error {
	c := h.client()
	defer c.CloseIdleConnections()
	body, err := json.Marshal(map[string]any{"type": "test", "timestamp": now(), "data": struct{}{}})
	if err != nil {
		return err
	}
	if f := h.post(ctx, c, "test-"+now().Format("20060102T150405.000"), body); f != nil {
		return f
	}
	return nil
}
