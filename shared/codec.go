package shared

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Separator separates the envelopes of a frame, and may also follow the last. No
// encoded envelope contains it, so frames can be joined and split without decoding.
const Separator = '\n'

type envelope struct {
	Event string `json:"event"`
	Data  any    `json:"data"`
}

type rawEnvelope struct {
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

// Append appends e's envelope, {"event": name, "data": e}, to dst and returns the
// result. It escapes <, > and &, so that an envelope can be embedded in an HTML page.
func Append(dst []byte, e Event) []byte {
	b, err := json.Marshal(envelope{e.Event(), e})
	if err != nil {
		panic(fmt.Sprintf("shared: %s does not encode: %v", e.Event(), err)) // a field of an unencodable type
	}
	return append(dst, b...)
}

// Encode returns a frame with the envelopes of the given events, in order. It does
// not check MaxClientFrame or MaxServerFrame.
func Encode(events ...Event) []byte {
	var frame []byte
	for i, e := range events {
		if i > 0 {
			frame = append(frame, Separator)
		}
		frame = Append(frame, e)
	}
	return frame
}

// AppendUser appends u to dst, encoded as an element of ExistingUsers.Users, and
// returns the result.
func AppendUser(dst []byte, u User) []byte {
	b, err := json.Marshal(u)
	if err != nil {
		panic(fmt.Sprintf("shared: a user does not encode: %v", err))
	}
	return append(dst, b...)
}

// SplitSnapshot returns the two parts of s's envelope before and after the users.
// Between them go users encoded by AppendUser, separated by commas. s.Users is
// ignored.
func SplitSnapshot(s ExistingUsers) (head, tail []byte) {
	s.Users = []User{}
	b := Append(nil, s)
	cut := len(b) - len("]}}")
	return b[:cut:cut], b[cut:]
}

// ReadClient decodes a frame that a client sent and calls h with its events, in
// order, until one fails; events before that have been handled. It returns the
// error of h unchanged, or an Error with code bad_utf8 (the whole frame is then
// rejected, RFC 6455 §8.1), bad_json or bad_event for an invalid frame.
func ReadClient(frame []byte, h ClientEvents) error {
	return lines(frame, func(line []byte) error { return readLine(line, h, clientReaders, h.Unknown) })
}

// ReadServer is like ReadClient, for frames that a server sent.
func ReadServer(frame []byte, h ServerEvents) error {
	return lines(frame, func(line []byte) error {
		if done, err := readPlain(line, h, serverReaders); done {
			return err
		}
		return readLine(line, h, serverReaders, h.Unknown)
	})
}

// ReadExistingUsers decodes the data of an existing_users event without its
// envelope. The error is an Error with code bad_event.
func ReadExistingUsers(data []byte) (s ExistingUsers, err error) {
	if !plainEvent(data, &s) {
		s = ExistingUsers{}
		err = unmarshal(data, &s)
	}
	return s, err
}

// A reader decodes the data of one kind of event and calls h with it. With onlyPlain
// it reads only what plainEvent can, and otherwise returns done as false without
// calling h.
type reader[H any] func(h H, data []byte, onlyPlain bool) (done bool, err error)

var clientReaders = map[string]reader[ClientEvents]{
	EventWatch:       readerOf(ClientEvents.Watch),
	EventGotANewUser: readerOf(ClientEvents.GotANewUser),
	EventUpdateUser:  readerOf(ClientEvents.UpdateUser),
	EventLeave:       readerOf(ClientEvents.Leave),
	EventPing:        readerOf(ClientEvents.Ping),
	EventRemoveUser:  readerOf(ClientEvents.RemoveUser),
	EventUpdateRoom:  readerOf(ClientEvents.UpdateRoom),
	EventUpdateRole:  readerOf(ClientEvents.UpdateRole),
	EventKnock:       readerOf(ClientEvents.Knock),
	EventAnswerKnock: readerOf(ClientEvents.AnswerKnock),
}

var serverReaders = map[string]reader[ServerEvents]{
	EventExistingUsers:  readerOf(ServerEvents.ExistingUsers),
	EventResumed:        readerOf(ServerEvents.Resumed),
	EventNewUser:        readerOf(ServerEvents.NewUser),
	EventUserUpdated:    readerOf(ServerEvents.UserUpdated),
	EventDisconnectUser: readerOf(ServerEvents.DisconnectUser),
	EventRoomInfo:       readerOf(ServerEvents.RoomInfoChanged),
	EventHeartbeat:      readerOf(ServerEvents.Heartbeat),
	EventOccupancy:      readerOf(ServerEvents.Occupancy),
	EventWatchers:       readerOf(ServerEvents.Watchers),
	EventAnnouncement:   readerOf(ServerEvents.Announcement),
	EventKnocks:         readerOf(ServerEvents.Knocks),
	EventKnockAnswered:  readerOf(ServerEvents.KnockAnswered),
	EventPong:           readerOf(ServerEvents.Pong),
	EventError:          readerOf(ServerEvents.Error),
}

func readerOf[H any, E Event](handle func(H, E) error) reader[H] {
	return func(h H, data []byte, onlyPlain bool) (bool, error) {
		var e E
		if done, err := decode(data, &e, onlyPlain); !done || err != nil {
			return done, err
		}
		return true, handle(h, e)
	}
}

// decode decodes data into e, which points to an event. It is no part of readerOf because a
// generic function is compiled once for each event.
//
//go:noinline
func decode(data []byte, e any, onlyPlain bool) (done bool, err error) {
	switch {
	case onlyPlain:
		return plainEvent(data, e), nil
	case len(data) > 0 && string(data) != "null":
		return true, unmarshal(data, e)
	}
	switch e.(type) {
	case *Leave, *Ping, *Pong: // these have no data
		return true, nil
	}
	return true, Errorf(CodeBadEvent, "%s comes without data", e.(Event).Event())
}

// unmarshal decodes data that is not plain into e, which points to an event.
func unmarshal(data []byte, e any) error {
	if err := json.Unmarshal(data, e); err != nil {
		return Errorf(CodeBadEvent, "the data of %s: %v", e.(Event).Event(), err)
	}
	return nil
}

// lines calls read with each line of a frame until one fails.
func lines(frame []byte, read func(line []byte) error) error {
	if !utf8.Valid(frame) { // the JSON decoder would replace it silently
		return Errorf(CodeBadUTF8, "the frame is not valid UTF-8")
	}
	separator := []byte{Separator}
	for line := range bytes.SplitSeq(bytes.TrimSuffix(frame, separator), separator) {
		if err := read(line); err != nil {
			return err
		}
	}
	return nil
}

// readPlain is the fast path of readLine: it returns done as false, and has no effect,
// if plain can't read the line.
func readPlain[H any](line []byte, h H, readers map[string]reader[H]) (done bool, err error) {
	event, data, ok := plainEnvelope(line)
	if !ok {
		return false, nil
	}
	handle, known := readers[event]
	if !known {
		return false, nil
	}
	return handle(h, data, true)
}

// readLine decodes one envelope and calls h with its event.
func readLine[H any](line []byte, h H, readers map[string]reader[H], unknown func(Unknown) error) error {
	var raw rawEnvelope
	if err := json.Unmarshal(line, &raw); err != nil {
		return Errorf(CodeBadJSON, "not an envelope: %v", err)
	}
	if raw.Event == "" {
		return Errorf(CodeBadEvent, "the envelope names no event")
	}
	handle, known := readers[raw.Event]
	if !known {
		return unknown(Unknown{raw.Event, revOf(raw.Data)})
	}
	_, err := handle(h, raw.Data, false)
	return err
}

// revOf returns the revision in the data of an unknown event, or 0 if it has none.
func revOf(data []byte) uint64 {
	var diff Unknown
	if json.Unmarshal(data, &diff) != nil {
		return 0
	}
	return diff.Rev
}
