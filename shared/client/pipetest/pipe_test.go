package pipetest_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/client/pipetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}

var ctx = context.Background()

// reads checks that e reads the given frames and then nothing for now.
func reads(t *testing.T, e *pipetest.End, frames ...string) {
	t.Helper()
	for _, want := range frames {
		if got, err := e.Read(ctx); err != nil || string(got) != want {
			t.Fatalf("read %q, %v, want %q", got, err, want)
		}
	}
	soon, cancel := context.WithTimeoutCause(ctx, time.Second, errNothing)
	defer cancel()
	if got, err := e.Read(soon); err != errNothing {
		t.Fatalf("read %q, %v, want nothing", got, err)
	}
}

var errNothing = errors.New("nothing")

func writes(t *testing.T, e *pipetest.End, frames ...string) {
	t.Helper()
	for _, frame := range frames {
		if err := e.Write(ctx, []byte(frame)); err != nil {
			t.Fatalf("writing %q: %v", frame, err)
		}
	}
}

// fails checks that f fails with want, and does not wait.
func fails(t *testing.T, what string, want error, f func() error) {
	t.Helper()
	start := time.Now()
	if err := f(); err != want {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
	if took := time.Since(start); took > 0 {
		t.Errorf("%s took %v", what, took)
	}
}

func read(e *pipetest.End) func() error {
	return func() error { _, err := e.Read(ctx); return err }
}

func write(e *pipetest.End) func() error {
	return func() error { return e.Write(ctx, []byte("x")) }
}

// blocked starts f and checks that it waits; the channel tells what it returned.
func blocked(t *testing.T, f func() error) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	synctest.Wait()
	select {
	case err := <-done:
		t.Fatalf("it does not wait, but returns %v", err)
	default:
	}
	return done
}

// both runs f on a pipe and on the same pipe turned round.
func both(t *testing.T, buffer int, f func(t *testing.T, a, b *pipetest.End)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, b := pipetest.New(buffer)
		f(t, a, b)
		a, b = pipetest.New(buffer)
		f(t, b, a)
	})
}

func TestFramesTravelWholeAndInOrder(t *testing.T) {
	both(t, 3, func(t *testing.T, a, b *pipetest.End) {
		frame := []byte("1")
		if err := a.Write(ctx, frame); err != nil {
			t.Fatal(err)
		}
		frame[0] = '?' // the pipe has its own
		writes(t, a, "", "3")
		writes(t, b, "back")
		reads(t, b, "1", "", "3")
		reads(t, a, "back")
	})
}

func TestAFullPipeBlocks(t *testing.T) {
	both(t, 2, func(t *testing.T, a, b *pipetest.End) {
		writes(t, a, "1", "2")
		writing := blocked(t, write(a))
		writes(t, b, "the other way is free")
		if _, err := b.Read(ctx); err != nil {
			t.Fatal(err)
		}
		if err := <-writing; err != nil {
			t.Fatal(err)
		}
		reads(t, b, "2", "x")
	})
}

func TestCloseComesAfterTheFrames(t *testing.T) {
	both(t, 2, func(t *testing.T, a, b *pipetest.End) {
		writes(t, a, "1", "2")
		writes(t, b, "lost")
		a.Close(shared.CloseLeft, "gone")
		a.Close(shared.CloseNormal, "again")
		for _, want := range []string{"1", "2"} {
			if got, err := b.Read(ctx); err != nil || string(got) != want {
				t.Fatalf("read %q, %v, want %q", got, err, want)
			}
		}
		want := client.CloseError{Code: shared.CloseLeft, Reason: "gone"}
		fails(t, "the other end's read", want, read(b))
		fails(t, "the other end's read again", want, read(b))
		fails(t, "the other end's write", net.ErrClosed, write(b))
		fails(t, "the own read", net.ErrClosed, read(a))
		fails(t, "the own write", net.ErrClosed, write(a))
	})
}

func TestEndsFreeWhoWaits(t *testing.T) {
	for name, end := range map[string]func(a, b *pipetest.End){
		"closing":       func(a, _ *pipetest.End) { a.Close(shared.CloseNormal, "") },
		"breaking":      func(a, _ *pipetest.End) { a.Break() },
		"being broken":  func(_, b *pipetest.End) { b.Break() },
		"a broken peer": func(a, b *pipetest.End) { b.Stall(); b.Break() },
	} {
		t.Run(name, func(t *testing.T) {
			both(t, 1, func(t *testing.T, a, b *pipetest.End) {
				writes(t, a, "1")
				reading, writing := blocked(t, read(a)), blocked(t, write(a))
				end(a, b)
				synctest.Wait()
				if err := <-reading; err != net.ErrClosed {
					t.Errorf("read gives %v", err)
				}
				if err := <-writing; err != net.ErrClosed {
					t.Errorf("write gives %v", err)
				}
			})
		})
	}
}

func TestBreakLosesWhatIsUnderWay(t *testing.T) {
	both(t, 2, func(t *testing.T, a, b *pipetest.End) {
		writes(t, a, "1")
		writes(t, b, "2")
		a.Break()
		for name, f := range map[string]func() error{"a.Read": read(a), "b.Read": read(b), "a.Write": write(a), "b.Write": write(b)} {
			fails(t, name, net.ErrClosed, f)
		}
	})
}

func TestStallHoldsBack(t *testing.T) {
	both(t, 1, func(t *testing.T, a, b *pipetest.End) {
		a.Stall()
		writes(t, a, "1")
		writing := blocked(t, write(a))
		writes(t, b, "the other way is free")
		reads(t, a, "the other way is free")
		reads(t, b)
		a.Unstall()
		reads(t, b, "1", "x")
		if err := <-writing; err != nil {
			t.Error(err)
		}
		a.Stall()
		a.Close(shared.CloseNormal, "")
		reads(t, b)
		a.Unstall()
		fails(t, "reading the close", client.CloseError{Code: shared.CloseNormal}, read(b))
	})
}

func TestCutLosesForGood(t *testing.T) {
	both(t, 1, func(t *testing.T, a, b *pipetest.End) {
		writes(t, a, "under way")
		a.Cut()
		writes(t, a, "1", "2", "3")
		reads(t, b, "under way")
		writes(t, b, "the other way is free")
		reads(t, a, "the other way is free")
		a.Close(shared.CloseNormal, "")
		reads(t, b)
		fails(t, "the own write", net.ErrClosed, write(a))
	})
}

func TestContextsEndReadsAndWrites(t *testing.T) {
	both(t, 1, func(t *testing.T, a, b *pipetest.End) {
		enough := errors.New("enough")
		limited, cancel := context.WithCancelCause(ctx)
		writes(t, a, "1")
		writing := blocked(t, func() error { return a.Write(limited, []byte("x")) })
		reading := blocked(t, func() error { _, err := a.Read(limited); return err })
		cancel(enough)
		if err := <-writing; err != enough {
			t.Errorf("write gives %v", err)
		}
		if err := <-reading; err != enough {
			t.Errorf("read gives %v", err)
		}
		fails(t, "reading with a context that has ended", enough, func() error { _, err := b.Read(limited); return err })
		reads(t, b, "1") // and the pipe is as it was
	})
}

func TestPeerWritesAFrameOfParts(t *testing.T) {
	both(t, 1, func(t *testing.T, a, b *pipetest.End) {
		peer := pipetest.Peer{End: a}
		if err := peer.Write([][]byte{[]byte("a"), []byte("\n"), []byte("b")}); err != nil {
			t.Fatal(err)
		}
		reads(t, b, strings.Join([]string{"a", "b"}, "\n"))
		peer.Close(shared.CloseFull, "full")
		fails(t, "reading the close", client.CloseError{Code: shared.CloseFull, Reason: "full"}, read(b))
	})
}
