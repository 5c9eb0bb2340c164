//go:build unix

package store

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"rollcall/server/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		storetest.Stop()
		os.Exit(code)
	}))
}
