package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"rollcall/server/events"
	"rollcall/server/notice"
	"rollcall/server/store"
	"rollcall/shared"
	"rollcall/shared/api"
)

// The rhythm of a Sender.
const (
	writeEvery   = time.Second      // how often it is noted that this teller is alive, and what was acknowledged
	lostAfter    = 15 * time.Second // a teller that has not said so for as long is taken over from
	lookEvery    = 5 * time.Second  // how often it is looked for such tellers
	writeWithin  = 10 * time.Second // bounds a transaction
	closeWithin  = 2 * time.Second  // how long what is left is still sent at the end
	giveUpAfter  = 24 * time.Hour   // an event that is older is replaced by a gap
	longestPause = 5 * time.Minute  // between two attempts
)

// doneAtOnce is how many acknowledged events are deleted without waiting for anything else to
// be written: a transaction costs more than a row.
const doneAtOnce = 500

// writeAtOnce is how many events, and how many stays, a transaction adds and how many it deletes
// at most: what gathered while the database did not answer must fit writeWithin. When it does not,
// the next one has half as many, down to leastAtOnce, and twice as many after each that does.
const (
	writeAtOnce = 2000
	leastAtOnce = 100
)

var pace = store.Pace{Gather: 100 * time.Millisecond, Every: writeEvery, Retry: 5 * time.Second}

// Config is what a Sender needs.
type Config struct {
	Store *store.Store
	Hooks []*Hook
	// Shared says that other processes may use the database.
	Shared bool
	// Alone says that no other process tells at the start: what is in the database is left by
	// those that are gone, and goes before what is told from now on.
	Alone bool
	// Here returns who is in a room, on all nodes, and false if that is not known yet.
	Here func(room string) (people []shared.User, known bool)
	Log  *slog.Logger
}

// Sender tells endpoints what a node tells. Its methods are safe for concurrent use.
type Sender struct {
	config   Config
	log      *events.Log
	follower *events.Follower

	ctx     context.Context // ends the writing and sending
	cancel  context.CancelFunc
	stop    chan struct{} // closed when nothing more happens
	read    chan struct{} // closed when all that happened is read
	wake    chan struct{} // has a value when there is something to write
	running sync.WaitGroup
	warning notice.Warning

	looked time.Time // used by the writing goroutine alone

	mu        sync.Mutex
	endpoints []*endpoint
	last      int64 // the latest Outgoing.N
	atOnce    int   // the writeAtOnce of now
	add       []*entry
	done      []store.Outgoing
	here      map[stay]store.Told
	gone      map[stay]store.Told
	ending    []string     // endpoints that have ended, of which that is not written
	unsure    []store.Told // stays of tellers that are gone, of which it is not known whether they go on
}

type stay struct{ room, member string }

// Start begins to send what l tells, and what was left in the database. People of whom a teller
// that is gone has told, and who are not here any more, have left. It fails if the database
// does.
func Start(ctx context.Context, l *events.Log, c Config) (*Sender, error) {
	s := &Sender{
		config: c, log: l, follower: l.FollowOwn(), atOnce: writeAtOnce,
		stop: make(chan struct{}), read: make(chan struct{}), wake: make(chan struct{}, 1),
		here: make(map[stay]store.Told), gone: make(map[stay]store.Told),
	}
	ended, err := c.Store.EndedEndpoints(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range c.Hooks {
		e := newEndpoint(h, &s.mu)
		e.ended = slices.Contains(ended, e.key)
		s.endpoints = append(s.endpoints, e)
	}
	if err := s.write(ctx); err != nil { // which makes it known
		return nil, err
	}
	if c.Alone || !c.Shared {
		if err := s.takeOver(ctx, time.Now().Add(giveUpAfter)); err != nil {
			return nil, err
		}
		if err := s.write(ctx); err != nil {
			return nil, err
		}
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	go s.follow()
	s.running.Go(s.keep)
	for _, e := range s.endpoints {
		s.running.Go(func() { s.deliver(e) })
	}
	return s, nil
}

// follow reads events until the end.
func (s *Sender) follow() {
	defer close(s.read)
	for {
		next, all, more, err := s.follower.Take()
		if err != nil { // the database was too slow for what happened
			s.follower = s.log.FollowOwn()
			s.mu.Lock()
			s.tell(s.gap(""))
			s.mu.Unlock()
			continue
		}
		s.mu.Lock()
		for _, e := range next {
			s.follower.Pass(e)
			s.told(e)
		}
		s.mu.Unlock()
		if !all {
			continue
		}
		select {
		case <-more:
		case <-s.stop:
			if next, _, _, err := s.follower.Take(); err == nil && len(next) == 0 {
				return
			}
		}
	}
}

// told takes an event of this node. mu is held.
func (s *Sender) told(raw events.Event) {
	var e api.Event
	if err := json.Unmarshal(raw.Text, &e); err != nil {
		panic("webhook: an event of this node can't be read: " + err.Error())
	}
	if m := e.Data.Member; m != nil {
		k, t := stay{e.Data.Room, m.ID}, store.Told{Room: e.Data.Room, Member: m.ID, JoinedAt: m.JoinedAt}
		switch e.Type {
		case api.MemberJoined:
			delete(s.gone, k)
			s.here[k] = t
		case api.MemberLeft:
			delete(s.here, k)
			s.gone[k] = t
		}
	}
	s.tell(e)
}

// tell puts an event into the outboxes of those who want it. mu is held.
func (s *Sender) tell(e api.Event) { s.put(e, s.endpoints...) }

// put puts an event into the outboxes of those of some endpoints who want it. mu is held.
func (s *Sender) put(e api.Event, some ...*endpoint) {
	bodies := make(map[bool]string, 2) // with names, and without
	for _, to := range some {
		if to.ended || !to.wants(e.Type, e.Data.Room) {
			continue
		}
		if bodies[to.Names] == "" {
			bodies[to.Names] = bodyOf(e, to.Names)
		}
		s.putBody(to, e, bodies[to.Names])
	}
}

// putBody puts an event into the outbox of an endpoint. mu is held.
func (s *Sender) putBody(to *endpoint, e api.Event, body string) {
	s.last = max(s.last+1, time.Now().UnixMicro())
	x := &entry{Outgoing: store.Outgoing{Endpoint: to.key, Teller: s.log.Node(), N: s.last, ID: e.ID, Room: e.Data.Room, Body: body}}
	if e.Data.Member != nil {
		x.Member = e.Data.Member.ID
	}
	s.add = append(s.add, x)
	s.queue(to, x)
	s.nudge()
}

// queue puts an entry into the queue of an endpoint; if that is one too many, a gap takes the
// place of what waits. mu is held.
func (s *Sender) queue(to *endpoint, x *entry) {
	switch full, all := to.add(x); {
	case all:
		for _, q := range to.queues {
			s.drop(to, q)
		}
		s.put(s.gap(""), to)
	case full:
		s.lose(to, x.Room)
	}
}

// lose puts a gap in the place of what waits for an endpoint in the queue of a room. mu is held.
func (s *Sender) lose(to *endpoint, room string) {
	name, _ := to.bounds(room)
	s.drop(to, to.queues[name])
	s.put(s.gap(name), to)
}

// drop gives up what waits in a queue. mu is held.
func (s *Sender) drop(to *endpoint, q *queue) {
	for _, x := range to.drop(q) {
		if x.saved || x.writing {
			s.finished(x.Outgoing)
		}
	}
	s.add = slices.DeleteFunc(s.add, func(x *entry) bool { return x.dropped })
}

// gap returns the event that events of a room, or of all, are missing.
func (s *Sender) gap(room string) api.Event {
	s.last++
	e := api.Event{
		ID: fmt.Sprintf("%s-%d-gap", s.log.Node(), s.last), Type: api.AttendanceGap, Node: s.log.Node(), Timestamp: now(),
		Data: api.EventData{Room: room, Truth: "rooms"},
	}
	if room != "" {
		e.Data.Truth = "rooms/" + room + "/members"
		e.Data.Count, e.Data.Hash = s.log.State(room)
	}
	return e
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// bodyOf returns an event as it is sent.
func bodyOf(e api.Event, names bool) string {
	if m := e.Data.Member; m != nil && !names {
		bare := *m
		bare.Name, bare.Note, bare.NoteUntil, bare.Info = "", "", 0, shared.Info{}
		e.Data.Member = &bare
	}
	text, err := json.Marshal(e)
	if err != nil {
		panic("webhook: an event can't be encoded: " + err.Error())
	}
	return string(text)
}

// Forget takes what somebody is called out of what was not sent yet. A request under way that may
// have it is ended, and what is in it sent again.
func (s *Sender) Forget(member string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, to := range s.endpoints {
		for _, q := range to.queues {
			for i, x := range q.entries {
				var e api.Event
				if x.Member != member || json.Unmarshal([]byte(x.Body), &e) != nil {
					continue
				}
				x.Body = bodyOf(e, false)
				if i < q.sending {
					q.cancel()
				} else {
					s.add = append(s.add, x)
				}
			}
		}
	}
	s.nudge()
}

// Statuses returns how each endpoint does.
func (s *Sender) Statuses() (all []Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.endpoints {
		all = append(all, e.status(time.Now()))
	}
	return all
}

// Close sends what is left for a moment, and leaves the rest in the database. The hub must have
// been closed and its observers ended before. If ctx ends first, the error says how much could
// not be written.
func (s *Sender) Close(ctx context.Context) error {
	close(s.stop)
	<-s.read
	err := s.writeAll(ctx)
	for end := time.Now().Add(closeWithin); s.busy() && time.Now().Before(end) && ctx.Err() == nil; {
		time.Sleep(20 * time.Millisecond)
	}
	s.cancel()
	s.running.Wait()
	if err = errors.Join(err, s.writeAll(ctx)); err == nil {
		return s.config.Store.EndTeller(ctx, s.log.Node())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Errorf("webhooks: events that could not be written: %d: %w", len(s.add), err)
}

// busy reports whether something waits for an endpoint that takes what it is sent.
func (s *Sender) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.endpoints, func(e *endpoint) bool { return e.waiting > 0 && e.failures == 0 && !e.ended })
}
