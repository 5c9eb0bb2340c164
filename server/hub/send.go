package hub

import (
	"rollcall/shared"
)

var separator = []byte{shared.Separator}

// send writes d to p: what is for this peer alone, then the snapshot or the
// stretch of the log. It allocates nothing for a stretch.
func (fl *flusher) send(p Peer, d delivery) error {
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
	var err error
	if len(parts) > 0 {
		fl.tally.wrote(len(d.direct) + len(d.stretch))
		fl.tally.frame(d.diffs)
		err = p.Write(parts)
	}
	if err == nil && d.snapshot != nil {
		parts, err = fl.sendSnapshot(p, d.snapshot, d.you, parts)
	}
	clear(parts)
	fl.parts = parts
	return err
}

// chunkBytes bounds the users in one message of a snapshot; the rest of
// shared.MaxServerFrame is more than what stands around them and one page.
const chunkBytes = shared.MaxServerFrame - 2*pageBytes

// sendSnapshot writes a snapshot in as many messages as its size asks for. It
// returns parts for further use.
func (fl *flusher) sendSnapshot(p Peer, sn *snapshot, you string, parts [][]byte) ([][]byte, error) {
	runs := sn.users
	for {
		n, size := 0, 0
		for n < len(runs) && size < chunkBytes {
			size += len(runs[n])
			n++
		}
		head, tail := shared.SplitSnapshot(shared.ExistingUsers{
			You: you, Room: sn.room, Epoch: sn.epoch, Rev: sn.rev, More: n < len(runs),
		})
		parts = append(parts[:0], head)
		for i, run := range runs[:n] {
			if i == 0 {
				run = run[1:] // the comma before the first
			}
			parts = append(parts, run)
		}
		parts = append(parts, tail)
		fl.tally.wrote(len(head) + size + len(tail))
		if err := p.Write(parts); err != nil {
			return parts, err
		}
		if runs = runs[n:]; len(runs) == 0 {
			return parts, nil
		}
	}
}
