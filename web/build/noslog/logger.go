// Package slog takes the place of log/slog in the browser program, whose client logs two
// kinds of lines, to the console.
//
// The real package brings in handlers for text, JSON and several at a time. Where the
// program uses more of it, the build stops at the missing name.
package slog

import (
	"fmt"
	"io"
	"os"
	"time"
)

// Logger writes lines to where the console reads them.
type Logger struct{ to io.Writer }

// Default returns the logger to the console.
func Default() *Logger { return &Logger{os.Stderr} }

// Debug writes nothing: the real default level is info.
func (*Logger) Debug(string, ...any) {}

// Warn writes a line with the time, the message, and the names and values of args, about as
// the real default logger does.
func (l *Logger) Warn(msg string, args ...any) {
	fmt.Fprintln(l.to, append([]any{time.Now().Format(time.DateTime), "WARN", msg}, args...)...)
}
