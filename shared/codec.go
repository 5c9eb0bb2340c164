package shared

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Separator stands between the envelopes of a frame. No encoded envelope
// contains it, so frames can be joined and cut without decoding them.
const Separator = '\n'

type envelope struct {
	Event string `json:"event"`
	Data  any    `json:"data"`
}

type rawEnvelope struct {
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

// Append appends e's envelope to dst and returns the result. Markup characters
// are escaped, so that an envelope may stand in an HTML page.
func Append(dst []byte, e Event) []byte {
	b, err := json.Marshal(envelope{e.Event(), e})
	if err != nil {
		panic(fmt.Sprintf("shared: %s does not encode: %v", e.Event(), err)) // a field of an unencodable type
	}
	return append(dst, b...)
}

// Encode returns a frame of the given events.
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

// AppendUser appends u as it stands in the users of an ExistingUsers.
func AppendUser(dst []byte, u User) []byte {
	b, err := json.Marshal(u)
	if err != nil {
		panic(fmt.Sprintf("shared: a user does not encode: %v", err))
	}
	return append(dst, b...)
}

// SplitSnapshot returns what stands before and after the users of s's
// envelope: encoded users, separated by commas, go between. The users of s
// itself are left out.
func SplitSnapshot(s ExistingUsers) (head, tail []byte) {
	s.Users = []User{}
	b := Append(nil, s)
	cut := len(b) - len("]}}")
	return b[:cut:cut], b[cut:]
}

// ReadClient decodes a frame that a client sent and hands its events to h, in
// order, until one fails. The error is h's own, or an Error with code
// bad_utf8, bad_json or bad_event for a frame that is not what it should be.
func ReadClient(frame []byte, h ClientEvents) error {
	return lines(frame, func(line []byte) error { return readLine(line, h, clientReaders, h.Unknown) })
}

// ReadServer is ReadClient for the frames that a server sends.
func ReadServer(frame []byte, h ServerEvents) error {
	return lines(frame, func(line []byte) error {
		if done, err := readPlain(line, h, serverReaders); done {
			return err
		}
		return readLine(line, h, serverReaders, h.Unknown)
	})
}

// ReadExistingUsers decodes a snapshot that stands alone, without an envelope. The error
// is an Error with code bad_event.
func ReadExistingUsers(data []byte) (s ExistingUsers, err error) {
	if !plainEvent(data, &s) {
		s = ExistingUsers{}
		err = unmarshal(data, &s)
	}
	return s, err
}

// A reader decodes the data of one kind of event and hands it to h. It does so if done,
// and always unless only a plain one will do.
type reader[H any] func(h H, data []byte, onlyPlain bool) (done bool, err error)

var clientReaders = map[string]reader[ClientEvents]{
	EventGotANewUser: readerOf(ClientEvents.GotANewUser),
	EventUpdateUser:  readerOf(ClientEvents.UpdateUser),
	EventLeave:       readerOf(ClientEvents.Leave),
}

var serverReaders = map[string]reader[ServerEvents]{
	EventExistingUsers:  readerOf(ServerEvents.ExistingUsers),
	EventResumed:        readerOf(ServerEvents.Resumed),
	EventNewUser:        readerOf(ServerEvents.NewUser),
	EventUserUpdated:    readerOf(ServerEvents.UserUpdated),
	EventDisconnectUser: readerOf(ServerEvents.DisconnectUser),
	EventHeartbeat:      readerOf(ServerEvents.Heartbeat),
	EventError:          readerOf(ServerEvents.Error),
}

func readerOf[H any, E Event](handle func(H, E) error) reader[H] {
	return func(h H, data []byte, onlyPlain bool) (bool, error) {
		var e E
		if onlyPlain {
			if !plainEvent(data, &e) {
				return false, nil
			}
			return true, handle(h, e)
		}
		if len(data) == 0 || string(data) == "null" {
			if _, bare := any(e).(Leave); !bare { // its name says it all
				return true, Errorf(CodeBadEvent, "%s comes without data", e.Event())
			}
		} else if err := unmarshal(data, &e); err != nil {
			return true, err
		}
		return true, handle(h, e)
	}
}

func unmarshal[E Event](data []byte, e *E) error {
	if err := json.Unmarshal(data, e); err != nil {
		return Errorf(CodeBadEvent, "the data of %s: %v", (*e).Event(), err)
	}
	return nil
}

// lines hands the lines of a frame to read, one by one, until one fails.
func lines(frame []byte, read func(line []byte) error) error {
	if !utf8.Valid(frame) { // the JSON decoder would replace it silently
		return Errorf(CodeBadUTF8, "the frame is not valid UTF-8")
	}
	for line := range bytes.SplitSeq(frame, []byte{Separator}) {
		if err := read(line); err != nil {
			return err
		}
	}
	return nil
}

// readPlain is readLine for most of what comes; done if the line was such.
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

// readLine decodes one envelope and hands its event to h.
func readLine[H any](line []byte, h H, readers map[string]reader[H], unknown func(string) error) error {
	var raw rawEnvelope
	if err := json.Unmarshal(line, &raw); err != nil {
		return Errorf(CodeBadJSON, "not an envelope: %v", err)
	}
	if raw.Event == "" {
		return Errorf(CodeBadEvent, "the envelope names no event")
	}
	handle, known := readers[raw.Event]
	if !known {
		return unknown(raw.Event)
	}
	_, err := handle(h, raw.Data, false)
	return err
}
