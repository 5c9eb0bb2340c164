package stats

import (
	"fmt"
	"reflect"
	"testing"
)

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// A Tally finds the bucket of a message by its bits.
func TestFramesAreTalliedInTheirBuckets(t *testing.T) {
	for n := 1; n < 3000; n++ {
		h, st := NewHistogram(frameBounds), NewRecorder()
		h.Observe(float64(n))
		var own Tally
		own.Frame(n)
		own.AddTo(st)
		want(t, fmt.Sprint(n, " diffs"), st.counts.FrameDiffs, h)
	}
}
