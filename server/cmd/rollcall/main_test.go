package main

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"rollcall/server/store/storetest"
)

// asProgram makes the test binary the program itself, so that tests have a
// real process to send signals to.
const asProgram = "TEST_AS_ROLLCALL"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(process(build()))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		storetest.Stop()
		os.Exit(code)
	}))
}
