package keys

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rollcall/shared/api"
)

// Add makes a key, adds it to a file and returns it: api.KeyPrefix and 26 random characters
// (130 bits). If the file does not exist, Add creates it with mode 0600. Otherwise it
// replaces the file atomically, keeping its mode and owner. It fails if the name is taken,
// if the file is not valid, and while another key is being added to it.
func Add(file, name string, scopes []api.Scope) (key string, err error) {
	if err := cmp.Or(checkName(name), checkScopes(scopes)); err != nil {
		return "", err
	}
	if whole, err := filepath.EvalSymlinks(file); err == nil {
		file = whole // so that a link is kept
	}
	// The new file is also a lock: only one process can create it.
	added := file + ".new"
	f, err := os.OpenFile(added, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("another key is being added to the file; if that is not so, remove %s", added)
	} else if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(added)
		}
	}()
	key = api.KeyPrefix + rand.Text()
	text, err := withKey(file, Key{Name: name, Scopes: scopes, sum: sha256.Sum256([]byte(key))})
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = likeFile(f, file)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	return key, os.Rename(added, file)
}

// withKey returns the text of a file, which may be missing, with one key more.
func withKey(file string, k Key) (string, error) {
	text, err := readFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	text += k.line()
	if _, err := parse(text); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return text, nil
}

// likeFile gives f the mode and the owner of a file, if that exists.
func likeFile(f *os.File, file string) error {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return cmp.Or(ownLike(f, info), f.Chmod(info.Mode().Perm()))
}
