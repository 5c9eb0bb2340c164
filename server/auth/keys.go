package auth

import (
	"bytes"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Keys are fetched when a token comes, at most so often. They are valid for a limited time, so
// that an attacker who blocks the source can't keep a revoked key valid.
const (
	fileEvery   = time.Second
	fileSettle  = 100 * time.Millisecond // time for a file that is being written to become complete
	urlEvery    = time.Minute
	urlLifetime = 5 * time.Minute
	urlRetry    = 10 * time.Second // after a failure, and for an unknown key
)

// keys are the keys that tokens are verified with. They are fetched from their source again
// and again, and become invalid if that fails for some time.
type keys struct {
	read     func() ([]byte, error)
	parse    func([]byte) (jwt.Keyfunc, error)
	interval time.Duration // from one fetch to the next
	lifetime time.Duration // for how long fetched keys are valid
	retry    time.Duration // from a fetch that failed or had no key for a token to the next
	settle   time.Duration // from a failure to a second attempt of the same fetch; 0 for none
	log      *slog.Logger

	fetching chan struct{} // a lock of one who fetches; never held with mu while waiting

	mu        sync.Mutex // guards the rest
	text      []byte
	lookup    jwt.Keyfunc
	lastFetch time.Time
	lastGood  time.Time // when a fetch last succeeded
	failed    bool
}

// HMAC returns a verifier of tokens signed with a secret (HS256, HS384, HS512). Each line of
// the file is a secret of at least 32 bytes; Sign uses the last. The file may change at any
// time; while it has no secret, no token is valid. HMAC fails if the file can't be used now.
func HMAC(file string, r Rules, log *slog.Logger) (*Verifier, error) {
	k := fromFile(file, log)
	k.parse = func(text []byte) (jwt.Keyfunc, error) {
		secrets, err := parseSecrets(file, text)
		return secrets.find, err
	}
	return newVerifier(k, []string{"HS256", "HS384", "HS512"}, r), k.fetchFirst()
}

// JWKS returns a verifier of tokens signed with a key of a key set (RFC 7517), in a file or at
// an address. The set may change at any time; while it has no key, no token is valid. JWKS
// fails if a file can't be used now. While an address does not answer, no token is valid; if
// it stops answering, its keys stay valid for 5 minutes.
func JWKS(from string, r Rules, log *slog.Logger) (*Verifier, error) {
	k := fromFile(from, log)
	if isURL(from) {
		k = fromAddress(func() ([]byte, error) { return fetch(from) }, log)
	}
	k.parse = func(text []byte) (jwt.Keyfunc, error) {
		set, err := parseSet(text, log)
		return set.find, err
	}
	err := k.fetchFirst()
	if err != nil && isURL(from) {
		log.Warn(cantRead, "err", err)
		err = nil
	}
	return newVerifier(k, setMethods, r), err
}

func fromFile(name string, log *slog.Logger) *keys {
	return &keys{
		read:     func() ([]byte, error) { return readFile(name) },
		interval: fileEvery, lifetime: fileEvery, retry: fileEvery, settle: fileSettle,
		log: log, fetching: make(chan struct{}, 1),
	}
}

func fromAddress(read func() ([]byte, error), log *slog.Logger) *keys {
	return &keys{
		read: read, interval: urlEvery, lifetime: urlLifetime, retry: urlRetry,
		log: log, fetching: make(chan struct{}, 1),
	}
}

// Why there is no key for a token.
var (
	errNoKey    = errors.New("no key for it")
	errCritical = errors.New("it asks for an extension (crit)")
)

// find is a jwt.Keyfunc. It fails for a token with critical extensions (crit, RFC 7515
// §4.1.11), since none are supported.
func (k *keys) find(t *jwt.Token) (any, error) {
	if _, asks := t.Header["crit"]; asks {
		return nil, errCritical
	}
	k.refresh(k.interval)
	key, err := k.current()(t)
	if errors.Is(err, errNoKey) {
		k.refresh(k.retry)
		key, err = k.current()(t)
	}
	return key, err
}

// current returns the valid keys.
func (k *keys) current() jwt.Keyfunc {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lookup == nil || time.Since(k.lastGood) >= k.lifetime {
		return func(*jwt.Token) (any, error) { return nil, errNoKey }
	}
	return k.lookup
}

// refresh fetches the keys if the last fetch was at least every ago. While another goroutine
// fetches, it returns at once if there are valid keys, and otherwise waits.
func (k *keys) refresh(every time.Duration) {
	if !k.due(every) {
		return
	}
	select {
	case k.fetching <- struct{}{}:
	default:
		if k.isValid() {
			return
		}
		k.fetching <- struct{}{}
	}
	defer func() { <-k.fetching }()
	if k.due(every) { // still
		k.refetch()
	}
}

// due reports whether the last fetch was at least every ago.
func (k *keys) due(every time.Duration) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failed {
		every = min(every, k.retry)
	}
	return time.Since(k.lastFetch) >= every
}

// isValid reports whether the fetched keys are still valid.
func (k *keys) isValid() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Since(k.lastGood) < k.lifetime
}

// fetchFirst fetches the keys for the first time. It leaves logging an error to the caller.
func (k *keys) fetchFirst() error {
	k.fetching <- struct{}{}
	defer func() { <-k.fetching }()
	return k.try()
}

// refetch fetches the keys, and logs when that begins or ceases to fail.
func (k *keys) refetch() {
	before := k.failed // written only by the goroutine that fetches
	err := k.try()
	switch {
	case err != nil && !before:
		left := max(0, k.lifetime-time.Since(k.lastGood))
		k.log.Warn(cantRead, "err", err, "old_ones_count_for", left.Round(time.Second))
	case err == nil && before:
		k.log.Info("the keys of tokens can be read again")
	}
}

const cantRead = "the keys of tokens can't be read"

// try fetches the keys. After a failure it may try a second time.
func (k *keys) try() error {
	text, lookup, err := k.fetch()
	if err != nil && k.settle > 0 {
		time.Sleep(k.settle)
		text, lookup, err = k.fetch()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lastFetch, k.failed = time.Now(), err != nil
	if err == nil {
		k.text, k.lookup, k.lastGood = text, lookup, k.lastFetch
	}
	return err
}

// fetch reads the keys and, unless they are unchanged, parses them.
func (k *keys) fetch() ([]byte, jwt.Keyfunc, error) {
	text, err := k.read()
	if err != nil {
		return nil, nil, err
	}
	if k.lookup != nil && bytes.Equal(text, k.text) { // written only by the goroutine that fetches
		return text, k.lookup, nil
	}
	lookup, err := k.parse(text)
	return text, lookup, err
}
