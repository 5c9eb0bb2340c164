package handover

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"rollcall/server/hub"
)

// maxAge is the age beyond which a file is ignored: a restart takes less. maxClockStep is by how
// much the clock may have been set back since the file was written.
const (
	maxAge       = time.Minute
	maxClockStep = 2 * time.Second
)

// tempName is the name of the file while it is being written. An existing file is not written
// to, since it may be a link.
const tempName = "rooms.new"

// Leave writes the hub's members to a file for the successor, unless one is connected. Call it
// after all clients were sent away and before the hub is closed.
func (l *Link) Leave() error {
	if l.Linked() {
		return nil
	}
	_ = l.dir.Remove(tempName) // left by a server that was killed
	f, err := l.dir.OpenFile(tempName, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	to := json.NewEncoder(w)
	err = to.Encode(line{Node: l.node})
	l.each(func(room string, changes []hub.Change) {
		err = errors.Join(err, to.Encode(line{Room: room, Changes: changes}))
	})
	if err = errors.Join(err, to.Encode(line{All: true}), w.Flush(), f.Close()); err != nil {
		return err
	}
	return l.dir.Rename(tempName, fileName)
}

// readFile reads the members that the predecessor has left, if the file is not too old. A file
// that can't be parsed is logged and ignored; one that another user could have written is an
// error.
func (l *Link) readFile() error {
	info, err := l.dir.Lstat(fileName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err == nil {
		err = checkOwn(info)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(l.path, fileName), err)
	}
	lines, err := l.consumeFile()
	if err != nil {
		l.log.Warn("handover: what the last server left can't be used", "err", err)
		return nil
	}
	if len(lines) == 0 {
		return nil
	}
	p := newPeer(lines[0].Node, nil)
	for _, said := range lines {
		l.receive(p, said) // the hub takes the bans at once, the rest when a room comes into use
	}
	l.mu.Lock()
	l.peers[p] = struct{}{}
	l.mu.Unlock()
	l.running.Go(func() { l.expire(p) })
	return nil
}

// consumeFile reads and removes the file. It returns nothing for one that is too old, and an
// error for one with a time in the future.
func (l *Link) consumeFile() (lines []line, err error) {
	f, err := l.dir.Open(fileName)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), l.dir.Remove(fileName)) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch age := time.Since(info.ModTime()); {
	case age > maxAge:
		return nil, nil
	case age < -maxClockStep:
		return nil, fmt.Errorf("it is of %v from now", -age.Round(time.Second))
	}
	from := json.NewDecoder(bufio.NewReader(f))
	for {
		var said line
		if err := from.Decode(&said); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // a complete file ends with all
			}
			return nil, err
		}
		if len(lines) == 0 && !isNode(said.Node) {
			return nil, errors.New("it does not say whose it is")
		}
		lines = append(lines, l.validate(said))
		if said.All {
			return lines, nil
		}
	}
}

// validate returns the valid part of a line, and logs why the rest is not.
func (l *Link) validate(said line) line {
	valid, err := said.valid()
	if err != nil {
		l.lineWarning.Log(l.log, "handover: the other server says what can't be", "err", err)
	}
	return valid
}
