package shared

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Code names an error of the protocol.
type Code string

// Error is an error of the protocol: the error event that a peer receives, and the
// Go error for it on either end. It may be wrapped: find it with errors.As,
// errors.AsType or AsError.
type Error struct {
	Code         Code   `json:"code"`
	Message      string `json:"message"`                  // for people, in English
	RetryAfterMS int64  `json:"retry_after_ms,omitempty"` // see RetryAfter

	// With kicked and banned; all may be left out.
	By     string `json:"by,omitempty"`     // by whose word
	Reason string `json:"reason,omitempty"` // what they say
	Until  int64  `json:"until,omitempty"`  // the end of a ban, in milliseconds since 1970
}

// Errorf returns an Error with a message formatted as by fmt.Sprintf.
func Errorf(code Code, format string, args ...any) Error {
	return Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// AsError returns the first Error in err's tree (see errors.As). An err that
// has none becomes an Error with code internal that reveals nothing of it: a
// bug, or something that is not the peer's business. err must not be nil.
func AsError(err error) Error {
	if e, ok := errors.AsType[Error](err); ok {
		return e
	}
	return Errorf(CodeInternal, "the server failed")
}

// Error returns the code and the message, as in "bad_name: a name needs ...".
func (e Error) Error() string { return string(e.Code) + ": " + e.Message }

// RetryAfter returns how long to wait before a retry; 0 if the server gives no time.
// The value is not bounded: a receiver must bound what it believes.
func (e Error) RetryAfter() time.Duration { return time.Duration(e.RetryAfterMS) * time.Millisecond }

// The codes of error events. Those that end the connection are in fatal; with any
// other, only the one message is rejected. See Code.Close and Code.Final.
const (
	CodeBadUTF8       Code = "bad_utf8"        // a text frame that is not UTF-8 (RFC 6455 §8.1)
	CodeBadJSON       Code = "bad_json"        // a line that is not a JSON envelope
	CodeBadEvent      Code = "bad_event"       // an envelope without a name, or data of the wrong shape
	CodeBinaryFrame   Code = "binary_frame"    // a binary message; the protocol has text only
	CodeFrameTooLarge Code = "frame_too_large" // more than MaxClientFrame bytes

	CodeUnknownEvent  Code = "unknown_event"  // an event this server does not know
	CodeBadName       Code = "bad_name"       // see CleanName
	CodeBadNote       Code = "bad_note"       // see CleanNote
	CodeBadTitle      Code = "bad_title"      // see CleanTitle
	CodeBadTopic      Code = "bad_topic"      // see CleanTopic
	CodeBadStatus     Code = "bad_status"     // not one of the statuses
	CodeBadKey        Code = "bad_key"        // see CheckKey
	CodeBadRoom       Code = "bad_room"       // see CheckRoom
	CodeNotJoined     Code = "not_joined"     // an event that only a member may send
	CodeAlreadyJoined Code = "already_joined" // got_a_new_user or watch repeated without resume, or with another key or detail
	CodeTooOften      Code = "too_often"      // wait RetryAfter
	CodeBadText       Code = "bad_text"       // see CleanAnnouncement, CleanReason and CleanBy

	CodeNotHost Code = "not_host" // what only a host may do, or nobody to a host
	CodeNotHere Code = "not_here" // what is about somebody who is not in the room
	CodeHosted  Code = "hosted"   // a claim of a room that somebody hosts, or a host more than MaxHosts

	CodeLockStands Code = "lock_stands" // the lock is that of who runs the server, and no host can open it

	CodeUnauthorized Code = "unauthorized"  // no token, or not a valid one
	CodeForbidden    Code = "forbidden"     // the token is for other rooms
	CodeTokenExpired Code = "token_expired" // the token has expired

	CodeBadOrigin Code = "bad_origin" // in the answer to a handshake: pages of this origin may not connect

	CodeLocked      Code = "locked"       // the room lets nobody new in; see RoomInfo.Locked
	CodeKicked      Code = "kicked"       // the member was removed from the room; it may come back
	CodeBanned      Code = "banned"       // the member is banned from the room; see Error.Until
	CodeJoinTimeout Code = "join_timeout" // no got_a_new_user or watch within JoinWithin
	CodeRoomFull    Code = "room_full"    // the room has as many members, sessions or watchers as it may
	CodeServerFull  Code = "server_full"  // the server has as many rooms or sessions as it may
	CodeTooSlow     Code = "too_slow"     // a write took StuckWriteAfter
	CodeLeft        Code = "left"         // the member left, in this session or another
	CodeStopping    Code = "stopping"     // the server shuts down; reconnect after RetryAfter, which differs between clients
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
	CodeLocked:        CloseLocked,
	CodeKicked:        CloseKicked,
	CodeBanned:        CloseBanned,
	CodeJoinTimeout:   CloseJoinTimeout,
	CodeRoomFull:      CloseFull,
	CodeServerFull:    CloseFull,
	CodeTooSlow:       CloseTooSlow,
	CodeLeft:          CloseLeft,
	CodeStopping:      CloseGoingAway,
	CodeInternal:      CloseInternal,
}

// FatalCodes returns the codes that end the connection, in alphabetical order.
func FatalCodes() []Code { return slices.Sorted(maps.Keys(fatal)) }

// Final reports whether a client that receives this error must not reconnect by
// itself, because the same would happen again.
func (c Code) Final() bool {
	switch c {
	case CodeBadUTF8, CodeBadJSON, CodeBadEvent, CodeBinaryFrame, CodeFrameTooLarge, // the client's fault
		CodeBadRoom, CodeUnauthorized, CodeForbidden, CodeTokenExpired, CodeLeft, CodeLocked, CodeKicked, CodeBanned:
		return true
	}
	return false
}

// Close returns the close code that the server ends the connection with after this
// error. ok is false for an error that does not end it.
func (c Code) Close() (code CloseCode, ok bool) {
	code, ok = fatal[c]
	return code, ok
}
