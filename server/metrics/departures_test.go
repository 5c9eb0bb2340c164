package metrics

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestDeparturesAreBounded(t *testing.T) {
	d := departures{at: make(map[departure]time.Time)}
	now := time.Now()
	who := func(i int) departure { return departure{"lobby", fmt.Sprint(i)} }
	for i := range maxDepartures + 100 {
		d.add(who(i), now)
	}
	want(t, "remembered", []int{len(d.at), len(d.queue)}, []int{maxDepartures, maxDepartures})
	want(t, "the first came back", d.back(who(99), now), false)
	want(t, "a later one came back", d.back(who(100), now), true)
	want(t, "and again", d.back(who(100), now), false)
	d.add(who(101), now.Add(returnWithin)) // anew: its older departure must not take this one along
	d.add(who(0), now.Add(returnWithin+1))
	want(t, "remembered", []int{len(d.at), len(d.queue)}, []int{2, 2})
	want(t, "back in time", d.back(who(101), now.Add(returnWithin+1)), true)
	want(t, "back too late", d.back(who(0), now.Add(3*returnWithin)), false)
}
