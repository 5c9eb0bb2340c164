package shared

import "time"

// CloseCode is the status code of a WebSocket close frame (RFC 6455 §7.4).
type CloseCode int

// Every close code in use. 1000 to 1011 are RFC 6455's, the rest are ours
// (RFC 6455 §7.4.2 leaves 4000 to 4999 to applications).
const (
	CloseNormal      CloseCode = 1000 // the client is done
	CloseGoingAway   CloseCode = 1001 // the server stops
	CloseUnsupported CloseCode = 1003 // a binary message
	CloseAbnormal    CloseCode = 1006 // never sent: the connection broke without a close frame
	CloseBadPayload  CloseCode = 1007 // not UTF-8
	CloseTooLarge    CloseCode = 1009 // a frame over MaxClientFrame
	CloseInternal    CloseCode = 1011 // the server's fault

	CloseBadRequest  CloseCode = 4000 // the client sent something invalid
	CloseLeft        CloseCode = 4001 // the member left, here or in another session
	CloseJoinTimeout CloseCode = 4002 // no got_a_new_user or watch within JoinWithin
	CloseFull        CloseCode = 4003 // the room or the server is full
	CloseTooSlow     CloseCode = 4004 // the client did not read for StuckWriteAfter
	CloseSilent      CloseCode = 4005 // the peer sent nothing for too long

	CloseUnauthorized CloseCode = 4010 // no valid token, and one is required
	CloseTokenExpired CloseCode = 4011 // the token has expired
	CloseLocked       CloseCode = 4012 // the room lets nobody new in
	CloseKicked       CloseCode = 4013 // the member was removed
	CloseBanned       CloseCode = 4014 // the member is banned from the room
)

// pauses holds the values of Pause that are not pauseElse.
var pauses = map[CloseCode]time.Duration{
	CloseGoingAway: 2 * time.Second,
	CloseInternal:  5 * time.Second,
	CloseFull:      30 * time.Second,
}

const pauseElse = time.Second

// Pause returns the longest wait, after this code, before a client's first
// attempt to reconnect. The client draws the wait from [0, Pause], so that clients
// that lost the same server do not all return at once.
//
// No close code ends a client for good, because a proxy between it and its server
// may close a connection with any of them. Only an error event does; see
// Code.Final.
func (c CloseCode) Pause() time.Duration {
	if pause, ok := pauses[c]; ok {
		return pause
	}
	return pauseElse
}
