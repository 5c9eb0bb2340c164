package certs

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often the files are looked at, at most: when somebody connects.
const lookEvery = time.Second

// Files is a TLS configuration with the certificate in two PEM files. When they
// change, the next to connect are shown the new one, at most a second later;
// who is connected stays so. Files that can't be used, as while only one of them
// has been replaced, change nothing: the log says so once.
func Files(cert, key string, log *slog.Logger) (*tls.Config, error) {
	f := &files{cert: cert, key: key, log: log}
	if err := f.load(); err != nil {
		return nil, err
	}
	return &tls.Config{GetCertificate: f.get}, nil
}

type files struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex // guards the rest
	current *tls.Certificate
	state   [2]stamp // of the files that were read last
	looked  time.Time
}

// stamp tells a file's contents apart, as far as one can without reading it.
type stamp struct {
	changed time.Time
	size    int64
}

// get is a tls.Config's GetCertificate.
func (f *files) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < lookEvery {
		return f.current, nil
	}
	before := f.state
	if err := f.load(); err == nil {
		if f.state != before {
			f.log.Info("the certificate has changed")
		}
	} else if f.state != before {
		f.log.Warn("the new certificate can't be used, the old one stays", "err", err)
	}
	return f.current, nil
}

// load reads the files, unless they are those that were read last.
func (f *files) load() error {
	f.looked = time.Now()
	state, err := f.stamps()
	if err != nil {
		f.state = [2]stamp{}
		return err
	}
	if state == f.state {
		return nil
	}
	f.state = state
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return err
	}
	f.current = &c
	return nil
}

func (f *files) stamps() (s [2]stamp, err error) {
	for i, name := range []string{f.cert, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			return s, err
		}
		s[i] = stamp{info.ModTime(), info.Size()}
	}
	return s, nil
}
