package shared

// Status says how attentive a member is.
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

// Reason says why a member is no longer in the room.
type Reason string

// The reasons a disconnect_user carries.
const (
	ReasonLeft     Reason = "left"      // said so
	ReasonClosed   Reason = "closed"    // the last connection was closed
	ReasonTimeout  Reason = "timeout"   // the last connection fell silent
	ReasonKicked   Reason = "kicked"    // the server sent them away
	ReasonNodeLost Reason = "node_lost" // the node that held the last connection died
)

// User is a member as everybody in the room sees it.
type User struct {
	ID       string `json:"id"` // public; see MemberID
	Name     string `json:"name"`
	Status   Status `json:"status"`
	Note     string `json:"note,omitempty"`
	JoinedAt int64  `json:"joined_at"` // milliseconds since the Unix epoch, the server's clock
}

// Event is one message of the wire, of either direction.
type Event interface {
	// Event is the name the message travels under.
	Event() string
}

// The names of the events. A client sends the first three.
const (
	EventGotANewUser    = "got_a_new_user"
	EventUpdateUser     = "update_user"
	EventLeave          = "leave"
	EventExistingUsers  = "existing_users"
	EventResumed        = "resumed"
	EventNewUser        = "new_user"
	EventUserUpdated    = "user_updated"
	EventDisconnectUser = "disconnect_user"
	EventHeartbeat      = "heartbeat"
	EventError          = "error"
)

// GotANewUser is a client's first message: who is here now.
//
// A session that has joined may send it again with Resume set, to have its
// roster repaired; without Resume a repetition is an error.
type GotANewUser struct {
	Name   string  `json:"name"`          // of a member who is new; one who is here keeps theirs until an update_user
	Key    string  `json:"key,omitempty"` // the client's secret; without one the server makes a fresh member
	Resume *Resume `json:"resume,omitempty"`
}

// Resume names the roster that a client already holds. A zero Resume holds
// nothing and asks for a snapshot.
type Resume struct {
	Epoch string `json:"epoch"`
	Rev   uint64 `json:"rev"`
	// BadHash says why a client that has joined asks: the hash of a heartbeat
	// was not its roster's, at the same revision.
	BadHash bool `json:"bad_hash,omitempty"`
}

// UpdateUser changes what the room sees of the sender. A nil field stays.
// Status is that of the sending session; the server shows the most attentive
// of a member's sessions.
type UpdateUser struct {
	Name   *string `json:"name,omitempty"`
	Status *Status `json:"status,omitempty"`
	Note   *string `json:"note,omitempty"`
}

// Leave takes the member out of the room at once, with all its sessions.
type Leave struct{}

// ExistingUsers is a snapshot: the whole roster of Room at Rev. One too large
// for a frame comes as several events with the same Epoch and Rev, each but
// the last with More set, and nothing between them.
//
// Users is the last field so that a sender can splice encoded users between
// the two halves of an encoded event; see SplitSnapshot.
type ExistingUsers struct {
	You   string `json:"you"` // the receiver's own id
	Room  string `json:"room"`
	Epoch string `json:"epoch"`
	Rev   uint64 `json:"rev"`
	More  bool   `json:"more,omitempty"`
	Users []User `json:"users"`
}

// Resumed answers a Resume that the server could serve: the diffs after Rev follow.
type Resumed struct {
	Epoch string `json:"epoch"`
	Rev   uint64 `json:"rev"`
	You   string `json:"you"`
}

// NewUser is the diff of a member who arrived.
type NewUser struct {
	Rev  uint64 `json:"rev"`
	User User   `json:"user"`
}

// UserUpdated is the diff of a member whose name, status or note changed.
type UserUpdated struct {
	Rev  uint64 `json:"rev"`
	User User   `json:"user"`
}

// DisconnectUser is the diff of a member who is gone.
type DisconnectUser struct {
	Rev    uint64 `json:"rev"`
	ID     string `json:"id"`
	Reason Reason `json:"reason"`
}

// Heartbeat lets a client prove that its roster is the server's.
type Heartbeat struct {
	Rev   uint64 `json:"rev"`
	Count int    `json:"count"`
	Hash  Hash   `json:"hash"`
}

func (GotANewUser) Event() string    { return EventGotANewUser }
func (UpdateUser) Event() string     { return EventUpdateUser }
func (Leave) Event() string          { return EventLeave }
func (ExistingUsers) Event() string  { return EventExistingUsers }
func (Resumed) Event() string        { return EventResumed }
func (NewUser) Event() string        { return EventNewUser }
func (UserUpdated) Event() string    { return EventUserUpdated }
func (DisconnectUser) Event() string { return EventDisconnectUser }
func (Heartbeat) Event() string      { return EventHeartbeat }
func (Error) Event() string          { return EventError }

// ClientEvents is what a server answers: one method per event that a client
// sends, so that an event added here stops every server from compiling until
// it handles the event.
type ClientEvents interface {
	GotANewUser(GotANewUser) error
	UpdateUser(UpdateUser) error
	Leave(Leave) error
	// Unknown is told the name of an event of a newer peer.
	Unknown(event string) error
}

// ServerEvents is what a client answers: one method per event that a server
// sends. See ClientEvents.
type ServerEvents interface {
	ExistingUsers(ExistingUsers) error
	Resumed(Resumed) error
	NewUser(NewUser) error
	UserUpdated(UserUpdated) error
	DisconnectUser(DisconnectUser) error
	Heartbeat(Heartbeat) error
	Error(Error) error
	// Unknown is told the name of an event of a newer peer.
	Unknown(event string) error
}
