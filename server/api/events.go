package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"rollcall/server/events"
	"rollcall/shared"
	"rollcall/shared/api"
)

// The rhythm and the bounds of streams.
const (
	beatEvery     = 15 * time.Second // a comment with the cursor, for proxies that cut silent connections
	checkEvery    = shared.PingEvery // a proof of the room that is followed
	retryAfter    = 2 * time.Second  // when a client that is cut should come back, as EventSource has it
	maxStreams    = 1000             // at a time
	maxKeyStreams = 100              // at a time, with one key or of one member's tokens
)

type eventsParams struct {
	Room        string `query:"room" pattern:"^[-\\p{Ll}\\p{Lm}\\p{Lo}\\p{N}\\p{M}]+$" maxLength:"64" doc:"Only events of this room; without it of all." example:"standup"`
	LastEventID string `query:"last_event_id" maxLength:"3000" doc:"Where to continue: the id of the last event that came, or the events_from of an answer. Without it, or an empty one, the stream begins now."`
	Header      string `header:"Last-Event-ID" maxLength:"3000" doc:"The same, as browsers send it; it goes first."`
}

// eventCalls adds the stream of events to the API.
func (a *API) eventCalls(to huma.API) {
	op := get(followEvents, "/events", api.ScopeRead, "Follow what happens in rooms")
	op.Responses = map[string]*huma.Response{"200": {
		Description: "A stream of events (text/event-stream, of the HTML standard), each with such an object as its data. It ends only when the client or the server does.",
		Content: map[string]*huma.MediaType{
			eventStream: {Schema: to.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.Event](), true, "Event")},
		},
	}}
	huma.Register(to, op, a.follow)
}

const (
	eventStream  = "text/event-stream"
	followEvents = "follow-events" // the id of the call, whose room is in the query
)

// followFrom returns from where on events continue what is read of the rooms after the call.
func (a *API) followFrom() api.Followed {
	return api.Followed{EventsFrom: eventCursor(a.events.Places())}
}

// streams counts the streams of each caller.
type streams struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

// Followers returns the number of streams.
func (a *API) Followers() int {
	a.streams.mu.Lock()
	defer a.streams.mu.Unlock()
	return a.streams.all
}

// begin counts one more stream of a caller, and reports whether it may be.
func (s *streams) begin(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxStreams || s.of[id] >= maxKeyStreams {
		return false
	}
	if s.of == nil {
		s.of = make(map[string]int)
	}
	s.all++
	s.of[id]++
	return true
}

func (s *streams) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.of[id]--; s.of[id] == 0 {
		delete(s.of, id)
	}
}

// follow answers with a stream that lasts until the client goes, or cannot follow.
func (a *API) follow(ctx context.Context, in *eventsParams) (*huma.StreamResponse, error) {
	after, err := parseEventCursor(cmp.Or(in.Header, in.LastEventID))
	if err != nil {
		return nil, err
	}
	if in.Room != "" {
		if err := (&RoomParam{Room: in.Room}).check(); err != nil {
			return nil, invalid("query.room", "is not the name of a room as its address has it")
		}
	}
	who := ctx.Value(callKey{}).(*call).caller
	if !a.streams.begin(who.id) {
		return nil, soon(api.TooManyCalls, "10")
	}
	f, lost, missing, err := a.events.Follow(ctx, in.Room, after)
	if err != nil {
		a.streams.end(who.id)
		return nil, starting()
	}
	first := api.EventData{From: eventCursor(f.Places()), Lost: lost, MissingNodes: missing, Kept: a.kept()}
	if lost {
		first.Truth = truthOf(in.Room)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer a.streams.end(who.id)
		r, w := humago.Unwrap(ctx)
		s := &stream{api: a, w: w, rc: http.NewResponseController(w), follower: f, room: in.Room}
		if s.begin(first) == nil {
			s.run(r)
		}
	}}, nil
}

// truthOf returns the call that says how a room is, or all.
func truthOf(room string) string {
	if room == "" {
		return "rooms"
	}
	return "rooms/" + room + "/members"
}

// stream is an answer to which events are written as they happen.
type stream struct {
	api      *API
	w        http.ResponseWriter
	rc       *http.ResponseController
	follower *events.Follower
	room     string // "" for all
	buffer   []byte // what is not written yet
}

// begin writes the head of the answer and the first event.
func (s *stream) begin(first api.EventData) error {
	_ = s.rc.SetReadDeadline(time.Time{}) // that of the request is over; fails where there is no connection
	s.w.Header().Set("Content-Type", eventStream)
	s.w.Header().Set("X-Accel-Buffering", "no") // nginx passes on each event as it comes
	s.w.WriteHeader(http.StatusOK)
	s.buffer = fmt.Appendf(s.buffer, "retry: %d\n", retryAfter.Milliseconds())
	s.say(api.StreamFrom, first)
	return s.flush()
}

// say adds an event about the stream itself.
func (s *stream) say(kind string, data api.EventData) {
	data.Room = s.room
	text, err := json.Marshal(api.Event{Type: kind, Timestamp: time.Now().UTC().Truncate(time.Millisecond), Data: data})
	if err != nil {
		panic("api: an event can't be encoded: " + err.Error())
	}
	s.add(kind, text)
}

// add adds an event, with the place after it.
func (s *stream) add(kind string, text []byte) {
	s.buffer = fmt.Appendf(s.buffer, "event: %s\nid: %s\ndata: %s\n\n", kind, eventCursor(s.follower.Places()), text)
}

// flush writes what was added. It waits while the client's connection takes nothing, and
// fails when that lasts too long.
func (s *stream) flush() error {
	if len(s.buffer) == 0 {
		return nil
	}
	_, err := s.w.Write(s.buffer)
	s.buffer = s.buffer[:0]
	return errors.Join(err, s.rc.Flush())
}

// The reasons why a stream ends.
const (
	endBehind       shared.Reason = "behind"       // the next events are no longer kept
	endStopping     shared.Reason = "stopping"     // the server stops
	endUnauthorized shared.Reason = "unauthorized" // the key was withdrawn
)

// run writes events until the client is gone, or cannot have more.
func (s *stream) run(r *http.Request) {
	beat, check := time.NewTicker(beatEvery), time.NewTicker(checkEvery)
	defer beat.Stop()
	defer check.Stop()
	due := false // a proof, once all events are written
	for {
		more, err := s.drain(due)
		if err != nil {
			return
		}
		due = false
		select {
		case <-more:
		case <-check.C:
			due = s.room != "" && s.see(r.Context())
		case <-beat.C:
			if who := s.api.identify(r); who == nil || !who.mayUse(api.ScopeRead) || !who.mayAsk(s.room) {
				s.end(endUnauthorized)
				return
			}
			s.buffer = fmt.Appendf(s.buffer, ": still here\nid: %s\n\n", eventCursor(s.follower.Places()))
		case <-s.api.stopping.Done():
			s.end(endStopping)
			return
		case <-r.Context().Done():
			return
		}
	}
}

// drain writes all events, then a proof if that is due, and returns what is closed when there
// are more.
func (s *stream) drain(proof bool) (more <-chan struct{}, err error) {
	for {
		next, all, more, err := s.follower.Take()
		if err != nil {
			s.end(endBehind)
			return nil, err
		}
		for _, e := range next {
			if s.follower.Pass(e) {
				s.add(e.Type, e.Text)
			}
		}
		if all && proof {
			count, hash := s.follower.State()
			s.say(api.StreamCheck, api.EventData{Count: count, Hash: hash})
		}
		if err := s.flush(); err != nil || all {
			return more, err
		}
	}
}

// see makes sure that this node knows the room as all nodes have it, and has told what it
// knows; false if it can't.
func (s *stream) see(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, beatEvery)
	defer cancel()
	missing, err := s.api.hear(s.room)
	return err == nil && len(missing.MissingNodes) == 0 && s.api.events.Sync(ctx) == nil
}

// end writes the last event.
func (s *stream) end(why shared.Reason) {
	s.say(api.StreamEnd, api.EventData{Reason: why})
	_ = s.flush() // the client may be gone
}
