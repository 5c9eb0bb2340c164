package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"rollcall/server/store"
)

// checkSecrets finds an address with a password in it where others can see it: the
// command line is in the list of processes, the environment in what a child inherits.
func checkSecrets(c *kong.Context) error {
	for _, flag := range c.Selected().Flags {
		if from := origin(c, flag); from != "flag" && from != "environment" {
			continue
		}
		for _, value := range textsOf(flag) {
			if withoutPassword(value) != value {
				return fmt.Errorf("--%s: an address with a password or a token in it can be seen by others here; say it in the file of --config, or use --nats-credentials for NATS and a passfile for PostgreSQL", flag.Name)
			}
		}
	}
	return nil
}

// textsOf is the value of a flag as one or several texts; none, if it is another kind.
func textsOf(flag *kong.Flag) []string {
	switch value := flag.Target.Interface().(type) {
	case string:
		return []string{value}
	case []string:
		return value
	}
	return nil
}

// withoutPassword is a text that may be shown: if it is an address, it comes without what
// is before its @. For NATS a user alone is a token, and the scheme may be missing; what
// has neither that nor a password is an address of mail.
func withoutPassword(s string) string {
	if store.IsPostgres(s) {
		if shown, ok := store.WithoutPassword(s); ok {
			return shown
		}
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
	}
	authority, _, _ := strings.Cut(rest, "/")
	at := strings.LastIndexByte(authority, '@')
	if at < 0 || !ok && !strings.Contains(authority[:at], ":") {
		return s
	}
	if ok {
		scheme += "://"
	}
	return scheme + store.Hidden + rest[at:]
}
