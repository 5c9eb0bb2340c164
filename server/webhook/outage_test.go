//go:build unix

package webhook

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"weak"

	"rollcall/server/hub"
	"rollcall/server/store/storetest"
	"rollcall/shared"
)

// What gathered while the database did not answer is written in transactions that have a bound,
// comes once and in order, and then takes no memory any more.
func TestAnOutageOfTheDatabase(t *testing.T) {
	address, r := storetest.Postgres(t), receive(t)
	n := start(t, address, &Hook{URL: r.URL, Batch: true})
	t.Cleanup(n.stop)
	db, err := sql.Open("pgx", address)
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	_, err = db.Exec(`CREATE TABLE changes (tx BIGINT, kind TEXT);
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO changes VALUES (txid_current(), TG_TABLE_NAME || ' ' || TG_OP); RETURN NULL; END $$;
		CREATE TRIGGER note AFTER INSERT OR DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION note();
		CREATE TRIGGER note AFTER INSERT OR DELETE ON told FOR EACH ROW EXECUTE FUNCTION note()`)
	check(t, err)
	refuse := func(_ int, w http.ResponseWriter) bool { w.WriteHeader(http.StatusInternalServerError); return false }
	waiting := func() int { return n.sender.Statuses()[0].Waiting }

	const people = writeAtOnce + 100
	r.set(refuse)
	outage := stop(t, db)
	var sessions []*hub.Session
	for i := range people {
		sessions = append(sessions, n.enter(fmt.Sprint("room-", i), "Ada"))
	}
	until(t, "all are told of", func() bool { return waiting() == 2*people })
	n.sender.mu.Lock()
	last := weak.Make(n.sender.endpoints[0].queues[""].entries[2*people-1])
	n.sender.mu.Unlock()
	outage()
	until(t, "all are written", func() bool {
		n.sender.mu.Lock()
		defer n.sender.mu.Unlock()
		return !slices.ContainsFunc(n.sender.endpoints[0].queues[""].entries, func(x *entry) bool { return !x.saved })
	})

	outage = stop(t, db)
	r.set(nil)
	until(t, "all came", func() bool { return waiting() == 0 })
	until(t, "an event that is done with takes no memory", func() bool {
		runtime.GC()
		return last.Value() == nil
	})
	n.sender.mu.Lock()
	done := slices.Clone(n.sender.done)
	n.sender.mu.Unlock()
	for _, o := range done {
		if o.Body != "" {
			t.Fatal("the body of an event is kept that is done with")
		}
	}
	for _, s := range sessions {
		s.Receive(shared.Encode(shared.Leave{}))
	}
	until(t, "all are told of", func() bool { return waiting() == 2*people })
	outage()
	until(t, "all came", func() bool { return waiting() == 0 })
	left := 0
	until(t, "all are deleted", func() bool {
		check(t, db.QueryRow("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM told)").Scan(&left))
		return left == 0
	})
	for i, e := range r.events {
		if e.Seq != uint64(i)+1 {
			t.Fatalf("the event %d of %d has the number %d", i, len(r.events), e.Seq)
		}
	}
	want(t, "events", len(r.events), 4*people)
	most := 0
	check(t, db.QueryRow("SELECT max(n) FROM (SELECT count(*) AS n FROM changes GROUP BY tx, kind) AS each").Scan(&most))
	if most > writeAtOnce {
		t.Errorf("%d in a transaction", most)
	}
}

// stop has nothing written to the outbox until the result is called.
func stop(t *testing.T, db *sql.DB) (resume func()) {
	tx, err := db.Begin()
	check(t, err)
	_, err = tx.Exec("LOCK TABLE outbox, told IN EXCLUSIVE MODE")
	check(t, err)
	resume = sync.OnceFunc(func() { check(t, tx.Rollback()) })
	t.Cleanup(resume)
	return resume
}

// A transaction that fails, as one that takes too long, is followed by smaller ones.
func TestTransactionsThatDoNotFit(t *testing.T) {
	n := start(t, storetest.File(t))
	n.sender.cancel()
	n.sender.running.Wait()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		if n.sender.write(over) == nil {
			t.Fatal("it was written though there was no time")
		}
	}
	want(t, "events at once", n.sender.atOnce, leastAtOnce)
	for range 10 {
		check(t, n.sender.write(t.Context()))
	}
	want(t, "events at once, later", n.sender.atOnce, writeAtOnce)
	n.kill()
}
