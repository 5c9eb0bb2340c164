package shared

import "time"

// CloseCode is the status code of a WebSocket close frame (RFC 6455 §7.4).
type CloseCode int

// Every close code in use. 1000 to 1011 are RFC 6455's, the rest are ours
// (RFC 6455 §7.4.2 leaves 4000 to 4999 to applications).
const (
	CloseNormal      CloseCode = 1000 // done; the client said so
	CloseGoingAway   CloseCode = 1001 // the server stops
	CloseUnsupported CloseCode = 1003 // a binary message
	CloseAbnormal    CloseCode = 1006 // never sent: the connection broke without a close frame
	CloseBadPayload  CloseCode = 1007 // not UTF-8
	CloseTooLarge    CloseCode = 1009 // a frame over MaxClientFrame
	CloseInternal    CloseCode = 1011 // the server's fault

	CloseBadRequest  CloseCode = 4000 // what the client says makes no sense
	CloseLeft        CloseCode = 4001 // the member left, here or in another session
	CloseJoinTimeout CloseCode = 4002 // no got_a_new_user in time
	CloseFull        CloseCode = 4003 // the room or the server is full
	CloseTooSlow     CloseCode = 4004 // the client did not read
	CloseSilent      CloseCode = 4005 // the peer sent nothing for too long

	CloseUnauthorized CloseCode = 4010 // a token is wanted, and this is none
	CloseTokenExpired CloseCode = 4011 // the token was good until now
)

// returns holds, for each code after which a client comes back by itself, the
// longest it waits before the first try. The wait is drawn from [0, longest]
// so that clients who lost the same server do not return as one.
var returns = map[CloseCode]time.Duration{
	CloseGoingAway:   2 * time.Second,
	CloseAbnormal:    time.Second,
	CloseInternal:    5 * time.Second,
	CloseJoinTimeout: time.Second,
	CloseFull:        30 * time.Second,
	CloseTooSlow:     time.Second,
	CloseSilent:      time.Second,
}

// Returns reports whether a client comes back by itself after this code, and
// the longest it waits before its first try. After a code it does not know a
// client comes back, as after CloseAbnormal.
func (c CloseCode) Returns() (within time.Duration, ok bool) {
	switch c {
	case CloseNormal, CloseUnsupported, CloseBadPayload, CloseTooLarge, CloseBadRequest, CloseLeft, CloseUnauthorized, CloseTokenExpired:
		return 0, false
	}
	if within, ok = returns[c]; !ok {
		within = returns[CloseAbnormal]
	}
	return within, true
}
