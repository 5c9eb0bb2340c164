package certs

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// checkEvery is the least time between two checks of the files, which a connection triggers.
const checkEvery = time.Second

// Files returns a TLS configuration with the certificate and the key in two PEM files. It
// fails if they can't be used now. When they change, new connections get the new certificate
// within a second; others are not affected. If the changed files can't be used, as while only
// one of them has been replaced, the old certificate stays, and a warning is logged once.
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

	mu        sync.Mutex // guards the rest
	current   *tls.Certificate
	state     [2]stamp // of the files when they were last read
	lastCheck time.Time
}

// stamp identifies the content of a file, as far as possible without reading it.
type stamp struct {
	changed time.Time
	size    int64
}

// get is a tls.Config's GetCertificate.
func (f *files) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.lastCheck) < checkEvery {
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

// load reads the files, unless they are unchanged since they were last read.
func (f *files) load() error {
	f.lastCheck = time.Now()
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
