package attendance

import (
	"context"
	"time"

	"rollcall/server/store"
)

// maxBatch is how many visits a transaction has at most.
const maxBatch = 2000

// flush writes everything that is to be written, or returns why it could not.
func (r *Recorder) flush(ctx context.Context) error {
	known := r.sync(ctx)
	for more := true; more; {
		var batch store.Batch
		var taken []*visit
		batch, taken, more = r.take(known)
		within, cancel := context.WithTimeout(ctx, writeWithin)
		err := r.life.Write(within, batch)
		cancel()
		r.finished(taken, batch.Gap, err == nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// take returns the next batch, and whether there is more to write. The last one says up to
// when everything is written.
func (r *Recorder) take(known time.Time) (batch store.Batch, taken []*visit, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limitAll(time.Now())
	for v := range r.dirty {
		if len(taken) == maxBatch {
			return batch, taken, true
		}
		delete(r.dirty, v)
		taken = append(taken, v)
		v.writing, v.sent = true, v.ended()
		if v.stored {
			batch.Ended = append(batch.Ended, v.row)
		} else {
			batch.New = append(batch.New, v.row)
		}
	}
	r.dirty = make(map[*visit]struct{}) // an empty map keeps the space that it once had
	batch.Gap, batch.Seen = r.gap, known
	return batch, taken, false
}

// finished notes what has become of a batch.
func (r *Recorder) finished(taken []*visit, gap store.Gap, written bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range taken {
		v.writing = false
		switch {
		case !written:
			r.dirty[v] = struct{}{}
		case v.sent:
			r.pending -= v.size()
			v.stored = true
		default:
			v.stored = true
		}
	}
	if written && r.gap == gap {
		r.gap = store.Gap{}
	}
}
