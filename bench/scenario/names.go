package scenario

// The scenarios by name.
const (
	NameRoom   = "room"   // a storm, a quiet room, memory, a leave storm
	NameRooms  = "rooms"  // many small rooms
	NameSlow   = "slow"   // without slow readers
	NameStuck  = "stuck"  // the same with them
	NameResume = "resume" // everybody returns and asks for what was missed
	NameRetell = "retell" // everybody returns and asks for everything
)

// Names returns the names of all scenarios.
func Names() []string {
	return []string{NameRoom, NameRooms, NameSlow, NameStuck, NameResume, NameRetell}
}
