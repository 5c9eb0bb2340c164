package cli

import (
	"errors"

	"rollcall/shared/api"
)

// The exit codes of a command that failed. Go itself uses 2 for a crash.
const (
	ExitFailure    = 1
	ExitRefused    = 3 // there is no key, or it does not allow the call
	ExitIncomplete = 4 // the output is incomplete: nodes did not answer, or visits may be missing
)

// errNoKey is the error of a command that needs a key and has none.
var errNoKey = errors.New("there is no key: set ROLLCALL_API_KEY to one that 'rollcall key' has made")

// incomplete is the error of a command whose output is incomplete.
type incomplete string

func (e incomplete) Error() string { return string(e) }

// ExitCode returns the exit code for an error of a command; 0 for nil.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	if _, ok := errors.AsType[incomplete](err); ok {
		return ExitIncomplete
	}
	p, ok := errors.AsType[*api.Problem](err)
	if errors.Is(err, errNoKey) || ok && (p.Type == api.Unauthorized || p.Type == api.Forbidden) {
		return ExitRefused
	}
	return ExitFailure
}
