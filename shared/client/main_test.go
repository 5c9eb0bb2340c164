package client_test

import (
	"testing"

	"go.uber.org/goleak"
)

// In a browser everything runs inside an event of JavaScript, whose goroutine
// waits in the runtime.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}
