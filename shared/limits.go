package shared

import "time"

// Subprotocol is the WebSocket subprotocol (RFC 6455 §1.9) of this protocol. A
// server accepts a client that offers none, too.
const Subprotocol = "rollcall.v1"

// How a token gets to a server that requires one. A page finds it in the query
// parameter TokenParam of its address, and removes it from there. Programs send it
// in the Authorization header (RFC 6750 §2.1). Browsers can't set that header for a
// WebSocket: they offer one more subprotocol, TokenProtocol followed by the token,
// which the server never selects and nobody logs.
const (
	TokenParam    = "token"
	TokenProtocol = "rollcall.token."
)

// Query parameters.
const (
	RoomParam    = "room"    // of SocketPath: names the room
	TitleParam   = "title"   // of OpenPath: any title for a room
	MissingParam = "missing" // of AttendancePath: who is missing, see MissingPath
)

// Bounds of names, notes, rooms and keys.
const (
	MaxNameRunes = 64  // code points, after trimming
	MaxNameBytes = 256 // UTF-8
	MaxNoteRunes = 140
	MaxNoteBytes = 560
	MaxTextRunes = 280 // of an announcement
	MaxTextBytes = 1120
	MaxMarks     = 6   // combining marks in a row, in a name or a note: more than any script needs, and few to paint over others
	MaxRoomRunes = 64  // code points
	MaxRoomBytes = 192 // UTF-8; with an ending it is still a file name on any system
	MinKeyBytes  = 16  // so that a key can't be guessed by trying
	MaxKeyBytes  = 128
)

// Lobby is the room at the address "/".
const Lobby = "lobby"

// Sizes of frames, in bytes.
const (
	// MaxClientFrame bounds a frame of a client. The longest sensible
	// message, every character of name, note and key escaped, is under 4 KiB.
	MaxClientFrame = 8 << 10
	// MaxServerFrame bounds a frame of a server; a client sets its read limit to
	// it. A larger snapshot comes in several frames.
	MaxServerFrame = 1 << 20
)

// Intervals of the protocol.
const (
	JoinWithin      = 10 * time.Second // from connection to got_a_new_user or watch
	PingEvery       = 25 * time.Second // server pings (RFC 6455 §5.5.2) and heartbeats
	PongWithin      = 10 * time.Second // from a ping to its pong
	SilentAfter     = 60 * time.Second // a client that receives nothing for this long reconnects
	StuckWriteAfter = 10 * time.Second // a write that takes this long ends its session
	ResyncEvery     = time.Second      // a session may ask for its roster again this often
	UpdateEvery     = time.Second      // a member may change what the room sees of it this often, see UpdateBurst
	WatcherAfter    = 10 * time.Second // from a watch until the watcher is counted
	WatchersEvery   = 5 * time.Second  // a room may be sent the number of watchers this often
	OccupancyEvery  = time.Second      // a watcher may be sent an occupancy this often
	IdleAfter       = 5 * time.Minute  // without input
	AwayAfter       = 5 * time.Minute  // with the page hidden, where the operator sets nothing else
	DefaultGrace    = 3 * time.Second  // from a member's last connection to its disconnect_user
)

// MaxDevices is the most sessions of a member that are shown.
const MaxDevices = 9

// NoteWithin is how far ahead the end of a note may be.
const NoteWithin = 7 * 24 * time.Hour

// BanWithin is how far ahead the end of a ban may be.
const BanWithin = 10 * 366 * 24 * time.Hour

// What hosts may do, and what is left of it.
const (
	MaxHosts     = 16             // of a room, beside those by a sign-in
	HostBan      = 24 * time.Hour // how long a host's ban lasts
	MaxHostBans  = 100            // of a room in force, from which on no host may ban
	HostOutlasts = 24 * time.Hour // how long a room without hosts is kept for those who hosted it
	LockOutlasts = time.Hour      // how long a host's lock lasts when no host is there
)

// Knocking at a locked room.
const (
	MaxKnocks  = 10               // that wait at a room at a time on a server, one for each member
	KnockAgain = time.Minute      // from a host's "not now" until the same member may knock again
	KnockRetry = 10 * time.Second // until one that found MaxKnocks waiting may
	MaxRefused = 100              // whose "not now" a room remembers
)

// UpdateBurst is the size of a member's token bucket for changes of its name, note
// and status, shared by all its sessions. It gains one token every UpdateEvery.
const UpdateBurst = 10

// ResumeAbove is the number of members above which a watcher that joins asks only for the
// changes to its roster, and not for another ExistingUsers.
const ResumeAbove = 100

// The backoff of a client that can't connect: after the n-th failure it waits a
// random part of min(RetryFirst·2ⁿ, RetryMost) ("full jitter").
const (
	RetryFirst = 500 * time.Millisecond
	RetryMost  = 8 * time.Second
)
