//go:build !natsinside

package cluster

import (
	"strings"
	"testing"
)

func TestABuildWithoutNATSInsideSaysSo(t *testing.T) {
	if _, err := Embed(Inside{Listen: "127.0.0.1:0", Secret: "long enough a secret"}); err == nil || !strings.Contains(err.Error(), "-tags natsinside") {
		t.Errorf("%v", err)
	}
}
