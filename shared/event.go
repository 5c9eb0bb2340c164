package shared

import "cmp"

// Status is how attentive a member is.
type Status string

// The statuses, from most to least attentive.
const (
	StatusActive Status = "active"
	StatusIdle   Status = "idle" // no input for IdleAfter in any session
	StatusAway   Status = "away" // every session hidden
)

// Valid reports whether s is one of the statuses above.
func (s Status) Valid() bool {
	return s == StatusActive || s == StatusIdle || s == StatusAway
}

// Role is what a member may do.
type Role string

// The roles of members.
const (
	RoleMember Role = "" // left out of the JSON
	RoleHost   Role = "host"
)

// Valid reports whether r is one of the roles above.
func (r Role) Valid() bool { return r == RoleMember || r == RoleHost }

// String returns "member" or "host".
func (r Role) String() string { return cmp.Or(string(r), "member") }

// Reason is why a member has left the room.
type Reason string

// The reasons of a disconnect_user.
const (
	ReasonLeft     Reason = "left"      // the member sent leave
	ReasonClosed   Reason = "closed"    // the last connection was closed
	ReasonTimeout  Reason = "timeout"   // the last connection fell silent
	ReasonKicked   Reason = "kicked"    // the server removed the member
	ReasonNodeLost Reason = "node_lost" // the node that held the last connection died
)

// Valid reports whether r is one of the reasons above.
func (r Reason) Valid() bool {
	switch r {
	case ReasonLeft, ReasonClosed, ReasonTimeout, ReasonKicked, ReasonNodeLost:
		return true
	}
	return false
}

// Detail is how much a watcher is sent.
type Detail string

// The details of a watch.
const (
	DetailRoster Detail = "roster" // what members are sent
	DetailCount  Detail = "count"  // Occupancy alone
	DetailWindow Detail = "window" // reserved; a bad_event for now
)

// Valid reports whether a server accepts d.
func (d Detail) Valid() bool { return d == DetailRoster || d == DetailCount }

// Event is one message of the protocol, in either direction.
type Event interface {
	// Event returns the name of the event in its envelope.
	Event() string
}

// The names of the events. A client sends the first ten.
const (
	EventWatch          = "watch"
	EventGotANewUser    = "got_a_new_user"
	EventUpdateUser     = "update_user"
	EventLeave          = "leave"
	EventPing           = "ping"
	EventRemoveUser     = "remove_user"
	EventUpdateRoom     = "update_room"
	EventUpdateRole     = "update_role"
	EventKnock          = "knock"
	EventAnswerKnock    = "answer_knock"
	EventExistingUsers  = "existing_users"
	EventResumed        = "resumed"
	EventNewUser        = "new_user"
	EventUserUpdated    = "user_updated"
	EventDisconnectUser = "disconnect_user"
	EventRoomInfo       = "room_info"
	EventHeartbeat      = "heartbeat"
	EventOccupancy      = "occupancy"
	EventWatchers       = "watchers"
	EventAnnouncement   = "announcement"
	EventKnocks         = "knocks"
	EventKnockAnswered  = "knock_answered"
	EventPong           = "pong"
	EventError          = "error"
)

// Watch is a client's first message if it wants to see the room without being in it.
// With DetailRoster the server answers with ExistingUsers or Resumed, in which You is
// empty, and sends what members are sent; with DetailCount it sends Occupancy.
//
// A session that watches the roster may send it again with Resume set, to get its
// roster repaired, and any watcher may send GotANewUser and is a member from then on.
// Every other repetition is an already_joined error.
type Watch struct {
	Detail Detail  `json:"detail"`
	Resume *Resume `json:"resume,omitempty"` // with DetailRoster
}

// GotANewUser is a client's join: its first message, or one that follows a Watch. The
// server answers with ExistingUsers or Resumed.
//
// A session that has joined may send it again with Resume set, to get its roster
// repaired; without Resume, a repetition is an already_joined error.
type GotANewUser struct {
	Name   string  `json:"name"`          // of a new member; an existing one keeps its name until an update_user
	Key    string  `json:"key,omitempty"` // the client's secret; without one the server makes a fresh member
	Resume *Resume `json:"resume,omitempty"`
	// JoinedAt is left out when a person joins. A client that comes back by itself says the
	// JoinedAt with which it was first shown its own member: if the member was kicked since,
	// the answer is a kicked error.
	JoinedAt int64 `json:"joined_at,omitempty"`
}

// Resume identifies the roster that a client already holds. A zero Resume asks for
// a snapshot.
type Resume struct {
	Epoch string `json:"epoch"`
	Rev   uint64 `json:"rev"`
	// BadHash is set if a joined client asks because the hash of a heartbeat was
	// not its roster's at the same revision.
	BadHash bool `json:"bad_hash,omitempty"`
}

// Leave takes the member out of the room at once, with all its sessions.
type Leave struct{}

// Ping asks for a Pong, at any time. With it a client tests whether its connection
// is alive: a browser program can't send the ping frames of RFC 6455 §5.5.2. An
// older server answers with unknown_event, which proves the same.
type Ping struct{}

// RemoveUser has a host remove another member from the room, as the error kicked does, or,
// with Ban, for HostBan. A host can't be removed.
type RemoveUser struct {
	ID  string `json:"id"`
	Ban bool   `json:"ban,omitempty"`
}

// UpdateRoom has a host change the RoomInfo. A nil field is not changed.
type UpdateRoom struct {
	Title  *string `json:"title,omitempty"`
	Topic  *string `json:"topic,omitempty"`
	Locked *bool   `json:"locked,omitempty"`
}

// UpdateRole has a host make another member one, with RoleHost. A member who names itself
// claims a room that nobody hosts, or gives up what it has claimed or was given, with
// RoleMember.
type UpdateRole struct {
	ID   string `json:"id"`
	Role Role   `json:"role,omitempty"`
}

// Knock has a watcher ask to be let into a locked room, as whom it would join. The server
// answers with KnockAnswered. Without a name it takes back an earlier one, which nothing
// answers.
type Knock struct {
	Name string `json:"name,omitempty"` // see CleanName
	Key  string `json:"key,omitempty"`  // as in GotANewUser, but required with a name
}

// AnswerKnock has a host answer whoever knocks with that id, see Knocks.
type AnswerKnock struct {
	ID    string `json:"id"`
	LetIn bool   `json:"let_in,omitempty"`
}

// ExistingUsers is a snapshot: the whole roster of Room at Rev. One too large
// for a frame comes as several events with the same Epoch and Rev, each but
// the last with More set, and nothing between them. Info is in the last of them.
//
// Users is the last field so that a sender can splice encoded users between
// the two halves of an encoded event; see SplitSnapshot.
type ExistingUsers struct {
	You   string   `json:"you"` // the receiver's own id; empty for a watcher
	Room  string   `json:"room"`
	Epoch string   `json:"epoch"`
	Rev   uint64   `json:"rev"`
	More  bool     `json:"more,omitempty"`
	Info  RoomInfo `json:"room_info,omitzero"`
	Users []User   `json:"users"`
}

// Resumed answers a Resume whose diffs the server still has: those after Rev follow.
type Resumed struct {
	Epoch string `json:"epoch"`
	Rev   uint64 `json:"rev"`
	You   string `json:"you"`
}

// NewUser is the diff for a member who arrived. Like that of the other diffs, its
// Rev is the revision after it, one more than before.
type NewUser struct {
	Rev  uint64 `json:"rev"`
	User User   `json:"user"`
}

// UserUpdated is the diff for a member of whom anything changed.
type UserUpdated struct {
	Rev  uint64 `json:"rev"`
	User User   `json:"user"`
}

// DisconnectUser is the diff for a member who left.
type DisconnectUser struct {
	Rev    uint64 `json:"rev"`
	ID     string `json:"id"`
	Reason Reason `json:"reason"`
}

// RoomInfoChanged is the diff for a room whose RoomInfo changed, as a whole.
type RoomInfoChanged struct {
	Rev uint64 `json:"rev"`
	RoomInfo
}

// Heartbeat carries the revision, the number of members and the hash of the
// server's roster, for the client to compare. It comes every PingEvery.
type Heartbeat struct {
	Rev   uint64 `json:"rev"`
	Count int    `json:"count"`
	Hash  Hash   `json:"hash"`
}

// Occupancy is how many are in the room, for a watcher with DetailCount. It comes at
// once, every PingEvery, and after a change, but at most every OccupancyEvery. Sessions
// and Watchers are those of the server that the receiver is connected to.
type Occupancy struct {
	Members  int `json:"members"`
	Sessions int `json:"sessions"` // of members
	Watchers int `json:"watchers"` // see Watchers
}

// Watchers is the number of sessions that have watched the room for WatcherAfter. Members
// and watchers of the roster are sent it together with the next diff or heartbeat after a
// change, but at most every WatchersEvery. It also follows each ExistingUsers or Resumed,
// after which it is the zero Watchers until it comes.
type Watchers struct {
	Count int `json:"count"`
	// Hosted says that the room has hosts by a claim, here or not: another claim is refused. A
	// change of it waits for nothing but the next diff or heartbeat.
	Hosted bool `json:"hosted,omitempty"`
}

// Announcement is one line that all members, and watchers of the roster, are shown, or what
// a host has done. It makes no revision. A client that was sent one again, because it changed
// from a watcher to a member, knows it by its fields: no two of a server have the same.
type Announcement struct {
	Text string `json:"text"`         // see CleanAnnouncement; with Act, what that says, or empty
	By   string `json:"by,omitempty"` // by whose word; see CleanBy
	At   int64  `json:"at"`           // when it was made, in milliseconds since 1970
	Act  Act    `json:"act,omitempty"`
}

// Knocks are all who knock at the room: at most MaxKnocks, first those who are connected to the
// same server, in the order in which they came. Hosts are sent it when they come, when they
// become hosts, and when it changes.
type Knocks struct {
	Knocks []Knocker `json:"knocks"`
}

// Knocker is somebody who knocks.
type Knocker struct {
	ID   string `json:"id"` // that of the member it would be
	Name string `json:"name"`
}

// KnockAnswered answers a Knock. With LetIn the receiver may join on the same connection
// with the same key, once, or the room is open. Otherwise it is not let in, and may knock
// again after AgainMS milliseconds; 0 if another connection with the same key knocks now.
type KnockAnswered struct {
	LetIn   bool  `json:"let_in,omitempty"`
	AgainMS int64 `json:"again_ms,omitempty"`
}

// Act is what a host has done, in an Announcement by that host.
type Act string

// The acts, and the text of each.
const (
	ActRemoved Act = "removed" // whom
	ActBanned  Act = "banned"  // whom
	ActTitle   Act = "title"   // the new title, perhaps empty
	ActTopic   Act = "topic"   // the new topic, perhaps empty
	ActLocked  Act = "locked"
	ActOpened  Act = "opened"  // unlocked
	ActHost    Act = "host"    // who was made a host
	ActClaimed Act = "claimed" // the room, which nobody hosted
	ActGaveUp  Act = "gave_up" // being a host
	ActLetIn   Act = "let_in"  // whom, who knocked
)

// Valid reports whether a is one of the acts above.
func (a Act) Valid() bool {
	switch a {
	case ActRemoved, ActBanned, ActTitle, ActTopic, ActLocked, ActOpened, ActHost, ActClaimed, ActGaveUp, ActLetIn:
		return true
	}
	return false
}

// Pong answers a Ping.
type Pong struct{}

// Unknown is an event that this version of the protocol does not know. If it is a diff, it
// makes a revision like any other, and what else it says is not known.
type Unknown struct {
	Name string `json:"-"`             // in the envelope
	Rev  uint64 `json:"rev,omitempty"` // 0 if the event has none: it is no diff
}

func (Watch) Event() string           { return EventWatch }
func (GotANewUser) Event() string     { return EventGotANewUser }
func (UpdateUser) Event() string      { return EventUpdateUser }
func (Leave) Event() string           { return EventLeave }
func (Ping) Event() string            { return EventPing }
func (RemoveUser) Event() string      { return EventRemoveUser }
func (UpdateRoom) Event() string      { return EventUpdateRoom }
func (UpdateRole) Event() string      { return EventUpdateRole }
func (Knock) Event() string           { return EventKnock }
func (AnswerKnock) Event() string     { return EventAnswerKnock }
func (ExistingUsers) Event() string   { return EventExistingUsers }
func (Resumed) Event() string         { return EventResumed }
func (NewUser) Event() string         { return EventNewUser }
func (UserUpdated) Event() string     { return EventUserUpdated }
func (DisconnectUser) Event() string  { return EventDisconnectUser }
func (RoomInfoChanged) Event() string { return EventRoomInfo }
func (Heartbeat) Event() string       { return EventHeartbeat }
func (Occupancy) Event() string       { return EventOccupancy }
func (Watchers) Event() string        { return EventWatchers }
func (Announcement) Event() string    { return EventAnnouncement }
func (Knocks) Event() string          { return EventKnocks }
func (KnockAnswered) Event() string   { return EventKnockAnswered }
func (Pong) Event() string            { return EventPong }
func (Error) Event() string           { return EventError }
func (e Unknown) Event() string       { return e.Name }

// ClientEvents handles the events of a client: one method for each, so that no
// server compiles without handling an event that is added here. An error of a
// method stops ReadClient.
type ClientEvents interface {
	Watch(Watch) error
	GotANewUser(GotANewUser) error
	UpdateUser(UpdateUser) error
	Leave(Leave) error
	Ping(Ping) error
	RemoveUser(RemoveUser) error
	UpdateRoom(UpdateRoom) error
	UpdateRole(UpdateRole) error
	Knock(Knock) error
	AnswerKnock(AnswerKnock) error
	// Unknown is called with an event that this version does not know.
	Unknown(Unknown) error
}

// ServerEvents handles the events of a server, for ReadServer. See ClientEvents.
type ServerEvents interface {
	ExistingUsers(ExistingUsers) error
	Resumed(Resumed) error
	NewUser(NewUser) error
	UserUpdated(UserUpdated) error
	DisconnectUser(DisconnectUser) error
	RoomInfoChanged(RoomInfoChanged) error
	Heartbeat(Heartbeat) error
	Occupancy(Occupancy) error
	Watchers(Watchers) error
	Announcement(Announcement) error
	Knocks(Knocks) error
	KnockAnswered(KnockAnswered) error
	Pong(Pong) error
	Error(Error) error
	// Unknown is called with an event that this version does not know.
	Unknown(Unknown) error
}
