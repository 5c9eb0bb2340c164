package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"rollcall/server"
)

// about is err as that of a setting; nil stays nil.
func about(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("--%s: %w", flag, err)
}

// inFlags is the error of a configuration as one of the flag that sets the field; another
// stays as it is.
func inFlags(err error) error {
	var of *server.FieldError
	if !errors.As(err, &of) || of.Field == "Assets" {
		return err
	}
	return about(flagName(of.Field), of.Err)
}

// wordBegin is where a word begins in a field's name.
var wordBegin = regexp.MustCompile("([a-z])([A-Z])")

// flagName is the flag that sets a field: max-sessions for MaxSessions.
func flagName(field string) string {
	return strings.ToLower(wordBegin.ReplaceAllString(field, "$1-$2"))
}

// mostBytes bounds a file that a setting names.
const mostBytes = 1 << 20

// readFile reads a file that a setting names.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > mostBytes {
		return nil, fmt.Errorf("%s has more than %d bytes", name, mostBytes)
	}
	return text, nil
}

// checkFiles finds files that can't be read, or not again: the certificates and
// credentials are read at each connection, where a pipe would have nothing more to say.
func (s *settings) checkFiles() error {
	for _, file := range []struct{ flag, name string }{
		{"tls-cert", s.TLSCert}, {"tls-key", s.TLSKey},
		{"nats-credentials", s.NATSCredentials}, {"nats-ca", s.NATSCA}, {"nats-cert", s.NATSCert}, {"nats-key", s.NATSKey},
	} {
		if file.name == "" {
			continue
		}
		info, err := os.Stat(file.name)
		switch {
		case err != nil:
			return about(file.flag, err)
		case !info.Mode().IsRegular():
			return about(file.flag, fmt.Errorf("%s is not a regular file", file.name))
		}
		if _, err := readFile(file.name); err != nil {
			return about(file.flag, err)
		}
	}
	return nil
}
