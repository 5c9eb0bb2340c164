package handover

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"rollcall/server/hub"
)

// freshFor is for how long a file is news: as long as it takes to start anew.
const freshFor = time.Minute

// Leave writes what the hub has to a file, for the server that follows, unless
// one is there already. Call it when everybody was sent away and before the
// hub is closed.
func (l *Link) Leave() error {
	if l.Linked() {
		return nil
	}
	f, err := os.OpenFile(l.file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	to := json.NewEncoder(w)
	err = to.Encode(line{Node: l.node})
	l.each(func(room string, changes []hub.Change) {
		err = errors.Join(err, to.Encode(line{Room: room, Changes: changes}))
	})
	return errors.Join(err, to.Encode(line{All: true}), w.Flush(), f.Close())
}

// readFile takes what the server before has left, once and only if that was a
// moment ago.
func (l *Link) readFile() {
	lines, err := l.takeFile()
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.log.Warn("handover: what the last server left can't be used", "err", err)
		}
		return
	}
	p := newPeer(lines[0].Node, nil)
	for _, said := range lines {
		p.hold(said)
	}
	l.mu.Lock()
	l.peers[p] = struct{}{}
	l.mu.Unlock()
	l.running.Go(func() { l.expire(p) })
}

func (l *Link) takeFile() (lines []line, err error) {
	f, err := os.Open(l.file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(l.file)) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if age := time.Since(info.ModTime()); age > freshFor {
		return nil, fs.ErrNotExist
	}
	from := json.NewDecoder(bufio.NewReader(f))
	for {
		var said line
		if err := from.Decode(&said); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // it ends with all
			}
			return nil, err
		}
		lines = append(lines, said)
		if said.All {
			return lines, nil
		}
	}
}
