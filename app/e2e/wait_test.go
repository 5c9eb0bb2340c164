//go:build !js

package e2e

import (
	"errors"
	"regexp"
	"slices"
	"time"
)

// patience bounds the wait for anything that must happen. It is meant for a machine
// with fifty other things to do; on an idle one nothing takes a hundredth of it.
const patience = 3 * time.Minute

// eventually calls probe until it returns nil. After patience it calls fatalf with the
// last error.
func eventually(what string, fatalf func(format string, args ...any), probe func() error) {
	deadline := time.Now().Add(patience)
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		err := probe()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			fatalf("waited %v until %s: %v", patience, what, err)
		}
		time.Sleep(wait) // between two probes
	}
}

// isTrue turns the result of a JavaScript condition into an error for eventually.
func isTrue(ok bool, err error) error {
	if err == nil && !ok {
		err = errors.New("it does not hold")
	}
	return err
}

// isSettled checks the result of clickPoint against that of the previous probe.
func isSettled(at, before []float64, err error) error {
	if err == nil && (at == nil || !slices.Equal(at, before)) {
		err = errors.New("it is not there, is disabled, moves, or is behind something")
	}
	return err
}

// patterns are regular expressions for the troubles that a test expects.
type patterns []*regexp.Regexp

func (ps *patterns) add(texts ...string) {
	for _, text := range texts {
		*ps = append(*ps, regexp.MustCompile(text))
	}
}

func (ps patterns) match(text string) bool {
	return slices.ContainsFunc(ps, func(r *regexp.Regexp) bool { return r.MatchString(text) })
}
