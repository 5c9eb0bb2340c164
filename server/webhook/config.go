// Package webhook tells other programs what happens in rooms, by calling them.
//
// A Sender follows a node's own events (package events) and puts each into the outbox of every
// endpoint that wants it. An event is in the database before it is sent, and leaves it when the
// endpoint has acknowledged it: it is told at least once, whatever dies meanwhile, and its id
// makes a repetition harmless. Each endpoint has a queue for each room, which keeps the order,
// and nothing that an endpoint does holds up another.
//
//   - config.go: the file with the endpoints.
//   - sign.go: signatures. dial.go: which addresses are called. post.go: one request.
//   - queue.go: what waits for an endpoint, and its bounds.
//   - sender.go: Sender, and what goes into the database. deliver.go: what leaves it.
package webhook

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"rollcall/shared"
	"rollcall/shared/api"
)

// Hook is an endpoint, and what it is told.
type Hook struct {
	URL          string   `toml:"url"`
	SecretFile   string   `toml:"secret-file"`   // secrets, a line each; a request is signed with all of them
	Types        []string `toml:"types"`         // none for all
	Rooms        []string `toml:"rooms"`         // names of rooms; one that ends in * stands for all that begin so; none for all
	Names        bool     `toml:"names"`         // say what people are called, their notes, and what their sign-in says of them
	AllowPrivate bool     `toml:"allow-private"` // the address may be of a private network or of this machine, and without TLS
	Batch        bool     `toml:"batch"`         // while behind, up to MaxBatch events in a request

	secrets [][]byte
}

// maxHooks bounds the endpoints of a file.
const maxHooks = 100

// types are those of events that are told.
var types = []string{api.RoomOccupied, api.RoomVacated, api.MemberJoined, api.MemberUpdated, api.MemberLeft, api.AttendanceGap}

// Read reads a file of endpoints (TOML). The names of files in it are relative to its own
// directory. The error names the endpoint, without what may be secret in its address.
func Read(name string) ([]*Hook, error) {
	var file struct {
		Webhook []*Hook `toml:"webhook"`
	}
	text, err := readFile(name)
	if err != nil {
		return nil, err
	}
	meta, err := toml.Decode(string(text), &file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%s: %s is not known", name, unknown[0])
	}
	if n := len(file.Webhook); n == 0 || n > maxHooks {
		return nil, fmt.Errorf("%s has %d endpoints: there are 1 to %d, each begins with [[webhook]]", name, n, maxHooks)
	}
	known := make(map[string]bool)
	for _, h := range file.Webhook {
		if err := h.check(filepath.Dir(name)); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", name, h.Host(), err)
		}
		if known[h.Key()] {
			return nil, fmt.Errorf("%s: %s is there twice", name, h.Host())
		}
		known[h.Key()] = true
	}
	return file.Webhook, nil
}

// Key identifies the endpoint in the database, without its address.
func (h *Hook) Key() string {
	sum := sha256.Sum256([]byte(h.URL))
	return base32.StdEncoding.EncodeToString(sum[:10])
}

// Host returns what operators may read of the address: the rest may be a secret.
func (h *Hook) Host() string {
	u, err := url.Parse(h.URL)
	if err != nil || u.Host == "" {
		return "(no host)"
	}
	return u.Host
}

func (h *Hook) check(dir string) error {
	u, err := url.Parse(h.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("url: it is not an address, as in https://example.com/rollcall")
	case u.User != nil:
		return errors.New("url: it has a password in it; requests are signed instead")
	case u.Scheme == "http" && !h.AllowPrivate:
		return errors.New("url: without TLS it is for private addresses, with allow-private")
	}
	if at, err := netip.ParseAddr(u.Hostname()); err == nil && !h.AllowPrivate {
		if err := checkPublic(at); err != nil {
			return err
		}
	}
	for _, kind := range h.Types {
		if !slices.Contains(types, kind) {
			return fmt.Errorf("types: %.40q is none of %s", kind, strings.Join(types, ", "))
		}
	}
	for _, room := range h.Rooms {
		if room != "*" && shared.CheckRoom(strings.TrimSuffix(room, "*")) != nil {
			return fmt.Errorf("rooms: %.40q is not the name of a room", room)
		}
	}
	return h.readSecrets(dir)
}

// maxFile bounds a file, in bytes.
const maxFile = 1 << 20

// readFile reads a regular file.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s is not a regular file of at most %d bytes", name, maxFile)
	}
	return os.ReadFile(name)
}

func (h *Hook) readSecrets(dir string) error {
	name := h.SecretFile
	if name == "" {
		return errors.New("secret-file: it is missing")
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	text, err := readFile(name)
	if err != nil {
		return fmt.Errorf("secret-file: %w", err)
	}
	for line := range strings.FieldsSeq(string(text)) {
		secret, err := parseSecret(line)
		if err != nil {
			return fmt.Errorf("secret-file: %w", err)
		}
		h.secrets = append(h.secrets, secret)
	}
	if len(h.secrets) == 0 {
		return errors.New("secret-file: it is empty")
	}
	return nil
}

// wants reports whether the endpoint is told of events of a type in a room. All are told of
// gaps.
func (h *Hook) wants(kind, room string) bool {
	if room == "" {
		return true
	}
	matches := func(name string) bool {
		prefix, all := strings.CutSuffix(name, "*")
		return name == room || all && strings.HasPrefix(room, prefix)
	}
	return (len(h.Types) == 0 || kind == api.AttendanceGap || slices.Contains(h.Types, kind)) &&
		(len(h.Rooms) == 0 || slices.ContainsFunc(h.Rooms, matches))
}
