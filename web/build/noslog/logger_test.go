package slog

import (
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	var b strings.Builder
	l := &Logger{&b}
	l.Debug("nothing")
	l.Warn("rollcall: asking again", "because", "a hash")
	if got, want := b.String(), " WARN rollcall: asking again because a hash\n"; !strings.HasSuffix(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("wrote %q, want %q", got, want)
	}
}
