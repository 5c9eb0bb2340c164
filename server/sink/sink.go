// Package sink has an asynchronous, bounded writer for the log. The log may go to a pipe whose
// reader is stuck or has ended, or to a full disk; whoever logs must not wait for that.
//
// One goroutine writes. The lines that wait for it take at most 256 KiB, and those that it is
// writing as much again; further lines are dropped and counted.
package sink

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// maxWaiting bounds the lines that wait to be written, in bytes.
const maxWaiting = 256 << 10

// Writer passes lines on to another writer, in order and whole, without waiting for it. Lines
// that exceed its bound are dropped and counted. Its methods are safe for concurrent use.
type Writer struct {
	to     io.Writer
	report func(lost int)

	mu      sync.Mutex // guards the next three; never held while writing
	waiting []byte
	lost    int
	closed  bool

	wake chan struct{} // has a value when lines wait or the Writer is closed
	done chan struct{}
}

// New returns a Writer to another writer. When lines were lost, and a later one has been
// written, it calls report with their number; lines that report itself writes follow. report
// may be nil. Close must be called to end the Writer's goroutine.
func New(to io.Writer, report func(lost int)) *Writer {
	w := &Writer{to: to, report: report, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go w.run()
	return w
}

// Write queues one or more whole lines. It never fails and never waits.
func (w *Writer) Write(lines []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.waiting)+len(lines) > maxWaiting {
		w.lost += bytes.Count(lines, newline)
	} else {
		w.waiting = append(w.waiting, lines...)
		w.signal()
	}
	return len(lines), nil
}

// Close writes the waiting lines, for at most the given time, and ends the Writer. A write
// that takes longer continues in the background, since it can't be cancelled. Lines that are
// written after Close are dropped.
func (w *Writer) Close(within time.Duration) {
	w.mu.Lock()
	w.closed = true
	w.signal()
	w.mu.Unlock()
	select {
	case <-w.done:
	case <-time.After(within):
	}
}

var newline = []byte("\n")

func (w *Writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run writes until the Writer is closed and no lines wait.
func (w *Writer) run() {
	defer close(w.done)
	var spare []byte // the buffer written last, for reuse
	for range w.wake {
		for {
			w.mu.Lock()
			lines, closed := w.waiting, w.closed
			if len(lines) > 0 {
				w.waiting, spare = spare[:0], lines
			}
			w.mu.Unlock()
			if len(lines) == 0 {
				if closed {
					return
				}
				break
			}
			w.write(lines)
		}
	}
}

// write writes lines, and reports how many were lost before them.
func (w *Writer) write(lines []byte) {
	n, err := w.to.Write(lines)
	w.mu.Lock()
	lost := w.lost
	if err != nil {
		w.lost += bytes.Count(lines[min(n, len(lines)):], newline)
	} else {
		w.lost = 0
	}
	w.mu.Unlock()
	if err == nil && lost > 0 && w.report != nil {
		w.report(lost)
	}
}
