package shared

import (
	"fmt"
	"time"
)

// Code names an error of the protocol.
type Code string

// Error is what a peer is told about something that went wrong, and the Go
// error that says so on either end.
type Error struct {
	Code         Code   `json:"code"`
	Message      string `json:"message"` // for people, in English
	RetryAfterMS int64  `json:"retry_after_ms,omitempty"`
}

// Errorf makes an Error with a formatted message.
func Errorf(code Code, format string, args ...any) Error {
	return Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func (e Error) Error() string { return string(e.Code) + ": " + e.Message }

// RetryAfter is how long to wait before the same again; 0 says nothing about it.
func (e Error) RetryAfter() time.Duration { return time.Duration(e.RetryAfterMS) * time.Millisecond }

// Every code that an error event carries. What becomes of the session is in
// fatal: a code that is not there costs the sender that one message.
const (
	CodeBadUTF8       Code = "bad_utf8"        // a text frame that is not UTF-8 (RFC 6455 §8.1)
	CodeBadJSON       Code = "bad_json"        // a line that is not a JSON envelope
	CodeBadEvent      Code = "bad_event"       // an envelope without a name, or data of the wrong shape
	CodeBinaryFrame   Code = "binary_frame"    // a binary message; the protocol has text only
	CodeFrameTooLarge Code = "frame_too_large" // more than MaxClientFrame bytes

	CodeUnknownEvent  Code = "unknown_event"  // an event this server does not know
	CodeBadName       Code = "bad_name"       // see CleanName
	CodeBadNote       Code = "bad_note"       // see CleanNote
	CodeBadStatus     Code = "bad_status"     // not one of the statuses
	CodeBadKey        Code = "bad_key"        // see CheckKey
	CodeBadRoom       Code = "bad_room"       // see CheckRoom
	CodeNotJoined     Code = "not_joined"     // an event that only a member may send
	CodeAlreadyJoined Code = "already_joined" // got_a_new_user repeated without resume, or with another key
	CodeTooOften      Code = "too_often"      // wait RetryAfter

	CodeUnauthorized Code = "unauthorized"  // no token, or none that this server takes
	CodeForbidden    Code = "forbidden"     // the token is for other rooms
	CodeTokenExpired Code = "token_expired" // the token was good until now

	CodeJoinTimeout Code = "join_timeout" // no got_a_new_user within JoinWithin
	CodeRoomFull    Code = "room_full"    // the room has as many members or sessions as it may
	CodeServerFull  Code = "server_full"  // the server has as many rooms or sessions as it may
	CodeTooSlow     Code = "too_slow"     // a write stayed stuck for StuckWriteAfter
	CodeLeft        Code = "left"         // the member left, in this session or another
	CodeStopping    Code = "stopping"     // the server goes away; come back after RetryAfter, which differs from client to client
	CodeInternal    Code = "internal"     // the server's fault
)

var fatal = map[Code]CloseCode{
	CodeBadUTF8:       CloseBadPayload,
	CodeBadJSON:       CloseBadRequest,
	CodeBadEvent:      CloseBadRequest,
	CodeBinaryFrame:   CloseUnsupported,
	CodeFrameTooLarge: CloseTooLarge,
	CodeBadRoom:       CloseBadRequest, // a connection is for one room
	CodeUnauthorized:  CloseUnauthorized,
	CodeForbidden:     CloseUnauthorized,
	CodeTokenExpired:  CloseTokenExpired,
	CodeJoinTimeout:   CloseJoinTimeout,
	CodeRoomFull:      CloseFull,
	CodeServerFull:    CloseFull,
	CodeTooSlow:       CloseTooSlow,
	CodeLeft:          CloseLeft,
	CodeStopping:      CloseGoingAway,
	CodeInternal:      CloseInternal,
}

// Close is the code that a connection ends with after this error; ok is false
// for an error that the session survives.
func (c Code) Close() (code CloseCode, ok bool) {
	code, ok = fatal[c]
	return code, ok
}
