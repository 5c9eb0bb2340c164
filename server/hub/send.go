package hub

import (
	"rollcall/server/hub/feed"
	"rollcall/shared"
)

var separator = []byte{shared.Separator}

// send writes d to p: first what is for this peer alone, then the snapshot or the part
// of the log. It allocates nothing unless there is a snapshot. A panic of the peer is
// returned as an error.
func (r *room) send(fl *flusher, p Peer, d delivery) (err error) {
	defer r.hub.rescue(func() { err = errCrashed })
	parts := fl.parts[:0]
	if len(d.direct) > 0 {
		parts = append(parts, d.direct)
	}
	if len(d.direct) > 0 && len(d.stretch) > 0 {
		parts = append(parts, separator)
	}
	if len(d.stretch) > 0 {
		parts = append(parts, d.stretch)
	}
	if len(parts) > 0 {
		fl.tally.Wrote(len(d.direct) + len(d.stretch))
		fl.tally.Frame(d.diffs)
		err = p.Write(parts)
	}
	if err == nil && d.snapshot != nil {
		if len(parts) > 0 {
			r.extendDeadline(fl)
		}
		parts, err = r.sendSnapshot(fl, p, d.snapshot, d.you, parts)
	}
	clear(parts)
	fl.parts = parts
	return err
}

// chunkBytes bounds the users in one message of a snapshot, give or take a page. A
// message must be written within shared.StuckWriteAfter, and the first one must arrive
// before the client takes the server for dead, even over 100 kb/s. The snapshot of some
// 1,500 members is one message.
const chunkBytes = 4 * feed.PageBytes

// sendSnapshot writes a snapshot in as many messages as its size needs. It returns parts
// for reuse.
func (r *room) sendSnapshot(fl *flusher, p Peer, sn *snapshot, you string, parts [][]byte) ([][]byte, error) {
	runs := sn.users
	for {
		n, size := 0, 0
		for n < len(runs) && size < chunkBytes {
			size += len(runs[n])
			n++
		}
		chunk := shared.ExistingUsers{You: you, Room: sn.room, Epoch: sn.epoch, Rev: sn.rev, More: n < len(runs)}
		if !chunk.More {
			chunk.Info = sn.info
		}
		head, tail := shared.SplitSnapshot(chunk)
		parts = append(parts[:0], head)
		for i, run := range runs[:n] {
			if i == 0 {
				run = run[1:] // the comma before the first
			}
			parts = append(parts, run)
		}
		parts = append(parts, tail)
		if n == len(runs) && sn.after != nil {
			parts = append(parts, separator, sn.after)
			size += len(separator) + len(sn.after)
		}
		fl.tally.Wrote(len(head) + size + len(tail))
		if err := p.Write(parts); err != nil {
			return parts, err
		}
		if runs = runs[n:]; len(runs) == 0 {
			return parts, nil
		}
		r.extendDeadline(fl)
	}
}
