//go:build unix

package attendance

import (
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"rollcall/server/store"
	"rollcall/shared/api"
)

// visitsOf is visits of a day, by minutes, as a database returns them.
func visitsOf(all ...store.Visit) iter.Seq2[store.Visit, error] {
	return func(yield func(store.Visit, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func minute(n int) time.Time { return time.Date(2026, 3, 1, 9, n, 0, 0, time.UTC) }

func lasted(member, name string, from, to int, reason string) store.Visit {
	v := store.Visit{Member: member, Name: name, Role: "member", Attached: minute(from), Reason: reason}
	if to > 0 {
		v.Detached = minute(to)
	}
	return v
}

func TestPeople(t *testing.T) {
	var got []string
	for p, err := range People(Stays(visitsOf(
		lasted("ada", "Ada", 0, 10, "closed"), lasted("ada", "Countess", 20, 50, "left"),
		lasted("bo", "Bo", 5, 9, "timeout"), lasted("bo", "Bo", 8, 30, store.Stopping), lasted("bo", "Bo", 30, 0, ""),
		lasted("cy", "Cy", 1, 4, "left"),
	)), minute(5), minute(60), minute(40)) {
		check(t, err)
		got = append(got, fmt.Sprint(p.Name, " ", p.Status, " ", p.Seconds/60, " ", p.Visits, " ", p.Reasons, " ", p.FirstJoined.Minute(), " ", p.LastLeft == nil))
	}
	want(t, "people", got, []string{
		"Countess left 25 2 [closed left] 0 false", "Bo present 35 1 [] 5 true", "Cy left 0 1 [left] 1 false",
	})
	for range People(Stays(visitsOf(lasted("ada", "", 0, 1, ""), lasted("bo", "", 0, 1, ""))), minute(0), minute(1), minute(2)) {
		break // nothing may be given afterwards
	}
	failed := errors.New("the database is gone")
	for p, err := range People(Stays(func(yield func(store.Visit, error) bool) { yield(store.Visit{}, failed) }), minute(0), minute(1), minute(2)) {
		if err != failed || p.ID != "" {
			t.Errorf("%+v, %v", p, err)
		}
	}
}

// Of somebody who came and went without end a report has a bounded part, and counts all.
func TestAPersonOfManyVisits(t *testing.T) {
	const n = api.MaxIntervals + 50
	var visits []store.Visit
	for i := range n {
		v := lasted("ada", fmt.Sprint("Ada ", i), 0, 1, "left")
		v.Attached = v.Attached.Add(time.Duration(2*i) * time.Minute)
		v.Detached = v.Attached.Add(time.Minute)
		visits = append(visits, v)
	}
	for p, err := range People(Stays(visitsOf(visits...)), minute(0), minute(3*n), minute(3*n)) {
		check(t, err)
		want(t, "counts", []int{p.Visits, len(p.Intervals), len(p.Reasons), len(p.Names), int(p.Seconds)}, []int{n, api.MaxIntervals, api.MaxIntervals, maxNames, 60 * n})
		want(t, "the name", []string{p.Name, p.Names[maxNames-1]}, []string{fmt.Sprint("Ada ", n-1), fmt.Sprint("Ada ", n-1)})
		want(t, "the end", *p.LastLeft, visits[n-1].Detached)
	}
}
