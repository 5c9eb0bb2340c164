package keys

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of a file.
const (
	maxBytes   = 1 << 20
	checkEvery = time.Second // the least time from one reading to the next
)

// File is the keys in a file, which may change at any time. If the file becomes invalid or
// can't be read, the keys that were read last stay valid. Its methods are safe for
// concurrent use.
type File struct {
	name string
	log  *slog.Logger
	keys atomic.Pointer[[]Key]

	mu     sync.Mutex // guards the rest; only tried, so that nobody waits for a reading
	text   string     // of which keys were parsed
	read   time.Time  // when the file was last read
	failed bool       // the last reading failed
}

// Open reads the keys of a file. A file without keys is valid, since keys may be added.
func Open(name string, log *slog.Logger) (*File, error) {
	f := &File{name: name, log: log}
	if _, err := f.reread(); err != nil {
		return nil, err
	}
	return f, nil
}

// Find looks up a key. Its duration does not depend on which key it is, nor on how much of
// a wrong key is right.
func (f *File) Find(key string) (Key, bool) {
	f.refresh()
	all := *f.keys.Load()
	sum := sha256.Sum256([]byte(key))
	found := -1
	for i := range all {
		same := subtle.ConstantTimeCompare(sum[:], all[i].sum[:])
		found = subtle.ConstantTimeSelect(same, i, found)
	}
	if found < 0 {
		return Key{}, false
	}
	return all[found], true
}

// refresh reads the file again if checkEvery has passed. If another goroutine is reading it,
// refresh returns at once.
func (f *File) refresh() {
	if !f.mu.TryLock() {
		return
	}
	defer f.mu.Unlock()
	if time.Since(f.read) < checkEvery {
		return
	}
	before := f.failed
	changed, err := f.reread()
	switch {
	case err != nil && !before:
		f.log.Warn("the keys of the API can't be read, the old ones stay", "err", err)
	case err == nil && (changed || before):
		f.log.Info("the keys of the API were read", "keys", len(*f.keys.Load()))
	}
}

// reread reads the file, and reports whether it has changed.
func (f *File) reread() (changed bool, err error) {
	f.read, f.failed = time.Now(), true
	text, err := readFile(f.name)
	if err != nil {
		return false, err
	}
	if f.keys.Load() == nil || text != f.text {
		all, err := parse(text)
		if err != nil {
			return false, fmt.Errorf("%s: %w", f.name, err)
		}
		f.keys.Store(&all)
		f.text, changed = text, true
	}
	f.failed = false
	return changed, nil
}

// readFile reads a regular file of at most maxBytes. Others, such as a pipe, can't be read
// repeatedly.
func readFile(name string) (string, error) {
	if info, err := os.Stat(name); err != nil {
		return "", err
	} else if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a regular file", name)
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxBytes {
		return "", fmt.Errorf("%s has more than %d bytes", name, maxBytes)
	}
	return string(text), nil
}
