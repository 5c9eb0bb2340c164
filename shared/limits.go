package shared

import "time"

// Subprotocol is the WebSocket subprotocol of this wire (RFC 6455 §1.9). A
// client that asks for none is served the same.
const Subprotocol = "rollcall.v1"

// How a token gets to a server that wants one. A page is given it once, in its
// address, and takes it out of there. Programs send it as in RFC 6750 §2.1. A
// browser can't, for a WebSocket: it offers a subprotocol more, TokenProtocol and
// the token behind it, which is never chosen and which nobody logs.
const (
	TokenParam    = "token"
	TokenProtocol = "rollcall.token."
)

// RoomParam is the query parameter of SocketPath that names the room.
const RoomParam = "room"

// What people may write.
const (
	MaxNameRunes = 64  // code points, after trimming
	MaxNameBytes = 256 // UTF-8
	MaxNoteRunes = 140
	MaxNoteBytes = 560
	MaxRoomBytes = 64
	MinKeyBytes  = 16 // so that a key can't be guessed by trying
	MaxKeyBytes  = 128
)

// Lobby is the room at the address "/".
const Lobby = "lobby"

// Sizes of frames, in bytes.
const (
	// MaxClientFrame bounds what a client may send at once. The longest sensible
	// message, every character of name, note and key escaped, is under 4 KiB.
	MaxClientFrame = 8 << 10
	// MaxServerFrame bounds what a server sends at once; a client sets its read
	// limit to it. Larger snapshots come in several frames.
	MaxServerFrame = 1 << 20
)

// Intervals of the protocol.
const (
	JoinWithin      = 10 * time.Second // from connection to got_a_new_user
	PingEvery       = 25 * time.Second // server pings (RFC 6455 §5.5.2) and heartbeats
	PongWithin      = 10 * time.Second // from a ping to its pong
	SilentAfter     = 60 * time.Second // a client that hears nothing for this long reconnects
	StuckWriteAfter = 10 * time.Second // a write that takes this long ends its session
	ResyncEvery     = time.Second      // a session may ask for its roster again this often
	UpdateEvery     = time.Second      // a member may change what the room sees of it this often, see UpdateBurst
	IdleAfter       = 5 * time.Minute  // without input
	DefaultGrace    = 3 * time.Second  // from a member's last connection to its disconnect_user
)

// UpdateBurst is how many changes of its name, note and status a member may
// make at once, over all its sessions. Each UpdateEvery gives one back.
const UpdateBurst = 10

// How a client that can't connect tries again: after the n-th failure it waits
// a random part of min(RetryFirst·2ⁿ, RetryMost) ("full jitter").
const (
	RetryFirst = 500 * time.Millisecond
	RetryMost  = 8 * time.Second
)
