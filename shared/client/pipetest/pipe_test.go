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

// wantFrames checks that e reads the given frames, and then blocks.
func wantFrames(t *testing.T, e *pipetest.End, frames ...string) {
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

func mustWrite(t *testing.T, e *pipetest.End, frames ...string) {
	t.Helper()
	for _, frame := range frames {
		if err := e.Write(ctx, []byte(frame)); err != nil {
			t.Fatalf("writing %q: %v", frame, err)
		}
	}
}

// wantError checks that f returns want without blocking.
func wantError(t *testing.T, what string, want error, f func() error) {
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

// wantBlocked starts f and checks that it blocks. The channel receives what f
// returns later.
func wantBlocked(t *testing.T, f func() error) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	synctest.Wait()
	select {
	case err := <-done:
		t.Fatalf("it does not block, but returns %v", err)
	default:
	}
	return done
}

// bothWays runs f on two pipes, with the ends of the second swapped.
func bothWays(t *testing.T, buffer int, f func(t *testing.T, a, b *pipetest.End)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, b := pipetest.New(buffer)
		f(t, a, b)
		a, b = pipetest.New(buffer)
		f(t, b, a)
	})
}

func TestFramesTravelWholeAndInOrder(t *testing.T) {
	bothWays(t, 3, func(t *testing.T, a, b *pipetest.End) {
		frame := []byte("1")
		if err := a.Write(ctx, frame); err != nil {
			t.Fatal(err)
		}
		frame[0] = '?' // the pipe has a copy
		mustWrite(t, a, "", "3")
		mustWrite(t, b, "back")
		wantFrames(t, b, "1", "", "3")
		wantFrames(t, a, "back")
	})
}

func TestAFullPipeBlocks(t *testing.T) {
	bothWays(t, 2, func(t *testing.T, a, b *pipetest.End) {
		mustWrite(t, a, "1", "2")
		writing := wantBlocked(t, write(a))
		mustWrite(t, b, "the other way is free")
		if _, err := b.Read(ctx); err != nil {
			t.Fatal(err)
		}
		if err := <-writing; err != nil {
			t.Fatal(err)
		}
		wantFrames(t, b, "2", "x")
	})
}

func TestCloseComesAfterTheFrames(t *testing.T) {
	bothWays(t, 2, func(t *testing.T, a, b *pipetest.End) {
		mustWrite(t, a, "1", "2")
		mustWrite(t, b, "lost")
		a.Close(shared.CloseLeft, "gone")
		a.Close(shared.CloseNormal, "again")
		for _, want := range []string{"1", "2"} {
			if got, err := b.Read(ctx); err != nil || string(got) != want {
				t.Fatalf("read %q, %v, want %q", got, err, want)
			}
		}
		want := client.CloseError{Code: shared.CloseLeft, Reason: "gone"}
		wantError(t, "the other end's read", want, read(b))
		wantError(t, "the other end's read again", want, read(b))
		wantError(t, "the other end's write", net.ErrClosed, write(b))
		wantError(t, "the own read", net.ErrClosed, read(a))
		wantError(t, "the own write", net.ErrClosed, write(a))
	})
}

func TestEndUnblocksReadsAndWrites(t *testing.T) {
	for name, end := range map[string]func(a, b *pipetest.End){
		"closing":       func(a, _ *pipetest.End) { a.Close(shared.CloseNormal, "") },
		"breaking":      func(a, _ *pipetest.End) { a.Break() },
		"being broken":  func(_, b *pipetest.End) { b.Break() },
		"a broken peer": func(a, b *pipetest.End) { b.Stall(); b.Break() },
	} {
		t.Run(name, func(t *testing.T) {
			bothWays(t, 1, func(t *testing.T, a, b *pipetest.End) {
				mustWrite(t, a, "1")
				reading, writing := wantBlocked(t, read(a)), wantBlocked(t, write(a))
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

func TestBreakLosesUnreadFrames(t *testing.T) {
	bothWays(t, 2, func(t *testing.T, a, b *pipetest.End) {
		mustWrite(t, a, "1")
		mustWrite(t, b, "2")
		a.Break()
		for name, f := range map[string]func() error{"a.Read": read(a), "b.Read": read(b), "a.Write": write(a), "b.Write": write(b)} {
			wantError(t, name, net.ErrClosed, f)
		}
	})
}

func TestStallHoldsBack(t *testing.T) {
	bothWays(t, 1, func(t *testing.T, a, b *pipetest.End) {
		a.Stall()
		mustWrite(t, a, "1")
		writing := wantBlocked(t, write(a))
		mustWrite(t, b, "the other way is free")
		wantFrames(t, a, "the other way is free")
		wantFrames(t, b)
		a.Unstall()
		wantFrames(t, b, "1", "x")
		if err := <-writing; err != nil {
			t.Error(err)
		}
		a.Stall()
		a.Close(shared.CloseNormal, "")
		wantFrames(t, b)
		a.Unstall()
		wantError(t, "reading the close", client.CloseError{Code: shared.CloseNormal}, read(b))
	})
}

func TestCutLosesForGood(t *testing.T) {
	bothWays(t, 1, func(t *testing.T, a, b *pipetest.End) {
		mustWrite(t, a, "under way")
		a.Cut()
		mustWrite(t, a, "1", "2", "3")
		wantFrames(t, b, "under way")
		mustWrite(t, b, "the other way is free")
		wantFrames(t, a, "the other way is free")
		a.Close(shared.CloseNormal, "")
		wantFrames(t, b)
		wantError(t, "the own write", net.ErrClosed, write(a))
	})
}

func TestContextsEndReadsAndWrites(t *testing.T) {
	bothWays(t, 1, func(t *testing.T, a, b *pipetest.End) {
		enough := errors.New("enough")
		limited, cancel := context.WithCancelCause(ctx)
		mustWrite(t, a, "1")
		writing := wantBlocked(t, func() error { return a.Write(limited, []byte("x")) })
		reading := wantBlocked(t, func() error { _, err := a.Read(limited); return err })
		cancel(enough)
		if err := <-writing; err != enough {
			t.Errorf("write gives %v", err)
		}
		if err := <-reading; err != enough {
			t.Errorf("read gives %v", err)
		}
		wantError(t, "reading with a context that has ended", enough, func() error { _, err := b.Read(limited); return err })
		wantFrames(t, b, "1") // the pipe is still usable
	})
}

func TestPeerWritesAFrameOfParts(t *testing.T) {
	bothWays(t, 1, func(t *testing.T, a, b *pipetest.End) {
		peer := pipetest.Peer{End: a}
		if err := peer.Write([][]byte{[]byte("a"), []byte("\n"), []byte("b")}); err != nil {
			t.Fatal(err)
		}
		wantFrames(t, b, strings.Join([]string{"a", "b"}, "\n"))
		peer.Close(shared.CloseFull, "full")
		wantError(t, "reading the close", client.CloseError{Code: shared.CloseFull, Reason: "full"}, read(b))
	})
}
