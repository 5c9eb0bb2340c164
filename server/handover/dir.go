package handover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The names in the directory.
const (
	socketName = "socket"
	fileName   = "rooms"
)

// socket returns the path of the socket at which a server accepts its successor.
func (l *Link) socket() string { return filepath.Join(l.path, socketName) }

// openDir opens the directory of a handover, and makes it if needed. It fails if another user
// can write to it, who could then plant members, or a link to a file to be overwritten.
func openDir(path string) (*os.Root, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	info, err := dir.Stat(".")
	if err == nil {
		err = checkOwn(info)
	}
	if err != nil {
		_ = dir.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return dir, nil
}

// checkOwn returns an error unless a file or directory belongs to this user and is writable
// by this user alone.
func checkOwn(info fs.FileInfo) error {
	switch {
	case !isOwn(info):
		return errors.New("it belongs to another user than the one that serves")
	case info.Mode().Perm()&0o022 != 0 && hasModes:
		return fmt.Errorf("others may write to it (%v): take that away, as by chmod 700", info.Mode().Perm())
	}
	return nil
}
