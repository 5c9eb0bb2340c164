package entry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// How often keys are looked for anew, at most: when a token comes.
const (
	fileEvery  = time.Second
	urlEvery   = 5 * time.Minute  // so that a key that was taken back counts no longer
	urlAgain   = 10 * time.Second // for a key that we do not have
	urlWithin  = 5 * time.Second
	mostKeys   = 1 << 20 // bytes
	leastBytes = 32      // of a secret (RFC 7518 §3.2)
)

// keys is what tokens are checked against. Where it comes from is asked again
// now and then; an answer that can't be used leaves it as it is.
type keys struct {
	read  func() ([]byte, error)
	parse func([]byte) (jwt.Keyfunc, error)
	every time.Duration // how old an answer may be
	again time.Duration // and if a token's key is not in it
	log   *slog.Logger

	looking sync.Mutex // held by who asks

	mu     sync.Mutex // guards the rest
	text   []byte
	lookup jwt.Keyfunc
	looked time.Time
	failed bool
}

// HMAC is a gate for tokens signed with a secret (HS256, HS384, HS512): a line of
// the file. The file may have several, of which Sign takes the last; it may change
// at any time.
func HMAC(file string, r Rules, log *slog.Logger) (*Gate, error) {
	k := &keys{
		read: func() ([]byte, error) { return os.ReadFile(file) },
		parse: func(text []byte) (jwt.Keyfunc, error) {
			secrets, err := parseSecrets(file, text)
			return func(*jwt.Token) (any, error) { return jwt.VerificationKeySet{Keys: secrets}, nil }, err
		},
		every: fileEvery, again: fileEvery, log: log,
	}
	return newGate(k, []string{"HS256", "HS384", "HS512"}, r), k.look()
}

// JWKS is a gate for tokens signed with a key whose public part is in a set (RFC
// 7517), in a file or at an address, that may change at any time. An address that
// does not answer yet keeps everybody out until it does.
func JWKS(from string, r Rules, log *slog.Logger) (*Gate, error) {
	k := &keys{
		read:  func() ([]byte, error) { return os.ReadFile(from) },
		parse: parseSet,
		every: fileEvery, again: fileEvery, log: log,
	}
	methods := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
	if !isURL(from) {
		return newGate(k, methods, r), k.look()
	}
	k.read, k.every, k.again = func() ([]byte, error) { return fetch(from) }, urlEvery, urlAgain
	_ = k.look() // the log has it
	return newGate(k, methods, r), nil
}

// find is a jwt.Keyfunc.
func (k *keys) find(t *jwt.Token) (any, error) {
	lookup, age := k.current()
	if age >= k.every {
		_ = k.look()
		lookup, age = k.current()
	}
	key, err := lookup(t)
	if errors.Is(err, jwkset.ErrKeyNotFound) && age >= k.again {
		_ = k.look()
		lookup, _ = k.current()
		key, err = lookup(t)
	}
	return key, err
}

func (k *keys) current() (lookup jwt.Keyfunc, age time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lookup == nil {
		return func(*jwt.Token) (any, error) { return nil, jwkset.ErrKeyNotFound }, time.Since(k.looked)
	}
	return k.lookup, time.Since(k.looked)
}

// look asks for the keys, once for all who want to at a time. Others go on with
// those that there are.
func (k *keys) look() error {
	if !k.looking.TryLock() {
		return nil
	}
	defer k.looking.Unlock()
	text, err := k.read()
	var lookup jwt.Keyfunc
	if err == nil && (k.lookup == nil || !bytes.Equal(text, k.text)) { // only who is looking writes them
		lookup, err = k.parse(text)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looked = time.Now()
	if err != nil && !k.failed {
		k.log.Warn("the keys of tokens can't be read", "err", err)
	}
	k.failed = err != nil
	if lookup != nil && err == nil {
		k.text, k.lookup = text, lookup
	}
	return err
}

func parseSet(text []byte) (jwt.Keyfunc, error) {
	set, err := keyfunc.NewJWKSetJSON(text)
	if err != nil {
		return nil, err
	}
	return set.Keyfunc, nil
}

func readSecrets(file string) ([]jwt.VerificationKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseSecrets(file, text)
}

// parseSecrets has no secret in its error.
func parseSecrets(file string, text []byte) (secrets []jwt.VerificationKey, err error) {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
		case len(line) < leastBytes:
			return nil, fmt.Errorf("%s: a secret has at least %d characters", file, leastBytes)
		default:
			secrets = append(secrets, bytes.Clone(line))
		}
	}
	if secrets == nil {
		return nil, fmt.Errorf("%s: no secret in it", file)
	}
	return secrets, nil
}

func isURL(s string) bool { return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") }

// CheckJWKS says why keys can't be taken from there: who could change them on the
// way could let anybody in.
func CheckJWKS(from string) error {
	if !strings.HasPrefix(from, "http://") {
		return nil
	}
	u, err := url.Parse(from)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("keys come by https, or from this machine")
	}
	return nil
}

func fetch(address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), urlWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err // without the password that an address may have
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", req.URL.Redacted(), res.Status)
	}
	return io.ReadAll(io.LimitReader(res.Body, mostKeys))
}
