package keys

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"rollcall/shared/api"
)

// Key is what is known of a key.
type Key struct {
	Name   string
	Scopes []api.Scope

	sum [sha256.Size]byte
}

// maxName bounds the name of a key, in bytes.
const maxName = 64

// line returns k as a line of a file.
func (k Key) line() string {
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	return k.Name + " " + strings.Join(scopes, ",") + " " + hex.EncodeToString(k.sum[:]) + "\n"
}

// parse returns the keys in the text of a file. Its error names the number of the line, but
// does not quote it, since somebody may have put a key there.
func parse(text string) (all []Key, err error) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		k, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if slices.ContainsFunc(all, func(o Key) bool { return o.Name == k.Name || o.sum == k.sum }) {
			return nil, fmt.Errorf("line %d: the name or the key is there twice", n)
		}
		all = append(all, k)
	}
	return all, nil
}

func parseLine(line string) (k Key, err error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return k, fmt.Errorf("a key has a name, scopes and a sum, not %d fields", len(fields))
	}
	k.Name = fields[0]
	if err := checkName(k.Name); err != nil {
		return k, err
	}
	for s := range strings.SplitSeq(fields[1], ",") {
		k.Scopes = append(k.Scopes, api.Scope(s))
	}
	if err := checkScopes(k.Scopes); err != nil {
		return k, err
	}
	sum, err := hex.DecodeString(fields[2])
	if err != nil || len(sum) != len(k.sum) {
		return k, fmt.Errorf("a sum has %d hexadecimal digits", 2*len(k.sum))
	}
	copy(k.sum[:], sum)
	return k, nil
}

// checkName returns an error if name is not valid as the name of a key, which is logged.
func checkName(name string) error {
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.", c) >= 0) {
			return fmt.Errorf("the name of a key has only letters, digits, '-', '_' and '.'")
		}
	}
	if len(name) < 1 || len(name) > maxName {
		return fmt.Errorf("the name of a key has 1 to %d characters", maxName)
	}
	return nil
}

func checkScopes(scopes []api.Scope) error {
	for i, s := range scopes {
		if !s.Valid() {
			return fmt.Errorf("a scope is read, attendance, moderate or admin")
		}
		if slices.Contains(scopes[:i], s) {
			return fmt.Errorf("the scope %s is there twice", s)
		}
	}
	if len(scopes) == 0 {
		return fmt.Errorf("a key needs a scope")
	}
	return nil
}
