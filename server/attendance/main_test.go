//go:build unix

package attendance

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"rollcall/server/store/storetest"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(asServer); address != "" {
		serve(address)
	}
	if os.Getenv(asReader) != "" {
		readConnections()
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		storetest.Stop()
		os.Exit(code)
	}))
}
