package sink

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reader is the other end of a writer, which may be stuck or gone.
type reader struct {
	mu       sync.Mutex
	changed  *sync.Cond
	received bytes.Buffer
	stuck    bool
	gone     error
}

func newReader() *reader {
	r := new(reader)
	r.changed = sync.NewCond(&r.mu)
	return r
}

func (r *reader) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.stuck {
		r.changed.Wait()
	}
	if r.gone != nil {
		return 0, r.gone
	}
	return r.received.Write(b)
}

func (r *reader) set(stuck bool, gone error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stuck, r.gone = stuck, gone
	r.changed.Broadcast()
}

func (r *reader) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.received.String()
}

// reporting returns a Writer that reports lost lines in a line of its own.
func reporting(r *reader) *Writer {
	var w *Writer
	w = New(r, func(lost int) { fmt.Fprintf(w, "lost %d\n", lost) })
	return w
}

func TestLinesAreWrittenInOrder(t *testing.T) {
	r := newReader()
	w := reporting(r)
	var want strings.Builder
	for i := range 1000 {
		fmt.Fprintf(w, "line %d\n", i)
		fmt.Fprintf(&want, "line %d\n", i)
	}
	w.Close(time.Minute)
	if r.all() != want.String() {
		t.Errorf("%d bytes, want %d", len(r.all()), want.Len())
	}
}

// Lines that are being written are not overwritten by later ones, also after a pause.
func TestLinesComeAsTheyWereWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReader()
		w := reporting(r)
		for _, line := range []string{"one\n", "two\n"} {
			fmt.Fprint(w, line)
			synctest.Wait()
		}
		r.set(true, nil)
		fmt.Fprint(w, "three\n")
		synctest.Wait()
		fmt.Fprint(w, "FOUR!\n")
		synctest.Wait()
		r.set(false, nil)
		w.Close(time.Second)
		if got := r.all(); got != "one\ntwo\nthree\nFOUR!\n" {
			t.Errorf("%q", got)
		}
	})
}

// A stuck reader costs nobody time, and bounded memory. When it reads again it gets the oldest
// lines and the number of those that are missing.
func TestAReaderThatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReader()
		w := reporting(r)
		r.set(true, nil)
		const size, lines = 100, 10_000
		line := strings.Repeat("x", size-1) + "\n"
		began := time.Now()
		for range lines {
			fmt.Fprint(w, line)
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("writing took %v", took)
		}
		if n := len(w.waiting); n > maxWaiting {
			t.Errorf("%d bytes wait", n)
		}
		r.set(false, nil)
		synctest.Wait()
		fmt.Fprint(w, "after\n")
		w.Close(time.Second)
		text := r.all()
		kept := strings.Count(text, line)
		if kept < maxWaiting/size || kept > 2*maxWaiting/size+2 {
			t.Errorf("%d lines were kept", kept)
		}
		if want := fmt.Sprintf("lost %d\nafter\n", lines-kept); !strings.HasSuffix(text, want) {
			t.Errorf("it ends in %q, want %q", text[max(0, len(text)-40):], want)
		}
	})
}

// Writing may fail for a while, as to a full disk.
func TestAReaderThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReader()
		w := reporting(r)
		r.set(false, errors.New("broken pipe"))
		fmt.Fprint(w, "one\n")
		synctest.Wait()
		fmt.Fprint(w, "two\nthree\n")
		synctest.Wait()
		r.set(false, nil)
		fmt.Fprint(w, "four\n")
		synctest.Wait()
		fmt.Fprint(w, "five\n")
		w.Close(time.Second)
		if got, want := r.all(), "four\nlost 3\nfive\n"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// Close waits for at most the given time, and later lines are dropped.
func TestClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReader()
		w := reporting(r)
		r.set(true, nil)
		fmt.Fprint(w, "one\n")
		began := time.Now()
		w.Close(time.Second)
		if took := time.Since(began); took != time.Second {
			t.Errorf("closing took %v", took)
		}
		fmt.Fprint(w, "late\n")
		r.set(false, nil)
		<-w.done
		if got := r.all(); got != "one\n" {
			t.Errorf("%q", got)
		}
	})
}
