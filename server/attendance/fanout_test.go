//go:build unix

package attendance

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/server/hub"
	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
)

// outage is how long a room is watched under each condition, with the recorder and without.
var outage = flag.Duration("outage", time.Second, "how long the benchmark of fan-out lets each condition last")

// audience is a room of members whose connections another process reads.
type audience struct {
	*hub.Hub
	members []*hub.Session
	written atomic.Int64
	target  atomic.Int64
	reached chan struct{}
	changes int
	cpu     []float64 // ns a delivery, by turn
	took    []time.Duration
}

const listeners = 1000

// listener writes what it is sent to a connection.
type listener struct {
	*audience
	conn net.Conn
}

func (l listener) Write(messages [][]byte) error {
	buffers := net.Buffers(slices.Clone(messages))
	_, err := buffers.WriteTo(l.conn)
	if l.written.Add(1) == l.target.Load() {
		l.reached <- struct{}{}
	}
	return err
}

func (l listener) Close(shared.CloseCode, string) { _ = l.conn.Close() }

// asReader, in the environment, makes the test binary read connections.
const asReader = "TEST_AS_READER"

// readConnections accepts connections at an address that it prints, and reads them, until its
// input ends.
func readConnections() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(l.Addr())
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, conn) }()
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// reader starts another process that reads connections to the address.
func reader(b *testing.B) (address string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asReader+"=yes")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	if _, err := fmt.Fscanln(out, &address); err != nil {
		b.Fatal(err)
	}
	return address
}

// audienceOf fills a room of a hub, of which a recorder keeps the visits unless s is nil, with
// members who connect to an address.
func audienceOf(b *testing.B, s *store.Store, to string) *audience {
	b.Helper()
	a := &audience{Hub: hub.New(hub.Config{}), reached: make(chan struct{}, 1)}
	if s != nil {
		r, err := Record(context.Background(), a.Hub, Config{Store: s, Node: "one", Identity: "typed", Keep: MinKeep, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { // what is pending is lost with the file
			r.observer.Close()
			r.cancel()
			<-r.stopped
		})
	}
	b.Cleanup(a.Hub.Close)
	for i := range listeners {
		conn, err := net.Dial("tcp", to)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		m, err := a.Connect("lobby", listener{a, conn})
		if err != nil {
			b.Fatal(err)
		}
		m.Receive(shared.Encode(shared.GotANewUser{Name: fmt.Sprint("Member ", i), Key: key(fmt.Sprint("member-", i))}))
		a.members = append(a.members, m)
	}
	time.Sleep(time.Second) // until all have been told of all
	return a
}

// turn makes changes for a while, each when everybody has been told of the one before.
func (a *audience) turn(b *testing.B, lasts time.Duration) {
	statuses := [...]shared.Status{shared.StatusIdle, shared.StatusActive}
	before, made := cpu(b), 0
	for end := time.Now().Add(lasts); time.Now().Before(end); made++ {
		began := time.Now()
		a.written.Store(0)
		a.target.Store(listeners)
		status := statuses[a.changes/listeners%2]
		a.members[a.changes%listeners].Receive(shared.Encode(shared.UpdateUser{Status: &status}))
		<-a.reached
		a.took = append(a.took, time.Since(began))
		a.changes++
	}
	a.cpu = append(a.cpu, float64((cpu(b)-before).Nanoseconds())/float64(made)/listeners)
}

// crowds has 10,000 people a second come to other rooms and go, until stop is called, which
// returns how many did.
func (a *audience) crowds(b *testing.B) (stop func() int) {
	done, came := make(chan struct{}), 0
	var wait sync.WaitGroup
	wait.Go(func() {
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
			}
			for range 100 {
				s, err := a.Connect(fmt.Sprint("room-", came/50%100), deaf{})
				if err != nil {
					b.Error(err)
					return
				}
				s.Receive(shared.Encode(shared.GotANewUser{Name: "Somebody", Key: key(fmt.Sprint("somebody-", came))}))
				s.Receive(shared.Encode(shared.Leave{}))
				s.End(shared.ReasonClosed)
				came++
			}
		}
	})
	return func() int {
		close(done)
		wait.Wait()
		return came
	}
}

// A trouble opens a database, and begin has it happen until the benchmark ends.
type trouble func(b *testing.B) (s *store.Store, begin func())

func none(b *testing.B) (*store.Store, func()) { return opened(b, storetest.File(b)), func() {} }

// locked has another program write to the file all the time.
func locked(b *testing.B) (*store.Store, func()) {
	file := storetest.File(b)
	return opened(b, file), func() { b.Cleanup(storetest.Lock(b, file)) }
}

// slow has each transaction wait for 2 s, as for a disk that takes as long to sync.
func slow(b *testing.B) (*store.Store, func()) {
	file := storetest.File(b)
	return opened(b, file), func() {
		done, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for wait := time.NewTicker(2 * time.Second); ; {
				unlock := storetest.Lock(b, file)
				select {
				case <-done:
					wait.Stop()
					unlock()
					return
				case <-wait.C:
				}
				unlock()
				time.Sleep(20 * time.Millisecond) // in which one transaction gets in
			}
		}()
		b.Cleanup(func() { close(done); <-ended })
	}
}

// stopped has PostgreSQL end as in a crash.
func stopped(b *testing.B) (*store.Store, func()) {
	server := storetest.Start(b)
	return opened(b, server.Database(b)), func() {
		server.Halt()
		b.Cleanup(func() { server.Resume(b) })
	}
}

func opened(b *testing.B, address string) *store.Store {
	b.Helper()
	s, err := store.Open(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// A change in a room of 1,000, with a recorder whose database is in trouble and without a
// recorder, in turns. The processor's time is that of the whole process: it has the recorder's.
func BenchmarkFanOutBesides(b *testing.B) {
	for _, c := range []struct {
		name    string
		trouble trouble
		crowds  bool
	}{{"none", none, false}, {"stopped", stopped, false}, {"locked", locked, false}, {"slow", slow, false}, {"arrivals", none, true}} {
		b.Run("trouble="+c.name, func(b *testing.B) {
			s, begin := c.trouble(b)
			to := reader(b)
			sides := [2]*audience{audienceOf(b, nil, to), audienceOf(b, s, to)}
			begin()
			came, turns := 0, 0
			for ; turns == 0 || time.Duration(turns)*turnLasts < *outage; turns++ {
				for i := range sides {
					a, stop := sides[(i+turns)%2], func() int { return 0 } // each is first as often as the other
					if c.crowds {
						stop = a.crowds(b)
					}
					a.turn(b, turnLasts)
					came += stop()
				}
			}
			report(b, "cpu-ns/delivery", middle(sides[0].cpu), middle(sides[1].cpu))
			report(b, "ms/change", middle(sides[0].took).Seconds()*1000, middle(sides[1].took).Seconds()*1000)
			b.ReportMetric(float64(came)/(2*float64(turns)*turnLasts.Seconds()), "arrivals/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// turnLasts is long enough for an attempt to write.
const turnLasts = time.Second

func report(b *testing.B, unit string, without, with float64) {
	b.ReportMetric(without, unit+"-without")
	b.ReportMetric(with, unit+"-with")
}

func middle[T float64 | time.Duration](all []T) T {
	slices.Sort(all)
	return all[len(all)/2]
}
