package shared

import (
	"cmp"
	"time"
)

// User is a member as everybody in the room sees it. CheckUser has the bounds of
// its fields.
//
// This file is the one definition of a member: all that names each of its fields is here,
// in the order of the JSON.
type User struct {
	ID     string `json:"id"` // public; see MemberID
	Name   string `json:"name"`
	Status Status `json:"status"`
	// Devices is how many sessions the member has, from 2 to MaxDevices, which stands for
	// more as well; 0 is one. A session counts until its grace period is over.
	Devices int    `json:"devices,omitempty"`
	Note    string `json:"note,omitempty"`
	// NoteUntil is when the server clears the note; 0 is never. It is in milliseconds
	// since the Unix epoch, as JoinedAt.
	NoteUntil int64 `json:"note_until,omitempty"`
	JoinedAt  int64 `json:"joined_at"` // the server's clock
	// Role and Info are what the member's sign-in says, and Role what hosts say, too.
	Role Role `json:"role,omitempty"`
	Info Info `json:"info,omitzero"`
	// StatusSince is when the status last changed, in milliseconds like JoinedAt; 0 if it
	// has not since then.
	StatusSince int64 `json:"status_since,omitempty"`
}

// UpdateUser changes what the room sees of the sender. A nil field is not changed.
// Status is that of the sending session; the server shows the most attentive
// of a member's sessions.
type UpdateUser struct {
	Name   *string `json:"name,omitempty"`
	Status *Status `json:"status,omitempty"`
	Note   *string `json:"note,omitempty"`
	// NoteUntil is the end of Note, as in User; see CheckUntil. A Note without one has no
	// end, even if the note before had.
	NoteUntil *int64 `json:"note_until,omitempty"`
}

// Apply returns u with the changes.
func (e UpdateUser) Apply(u User) User {
	set(&u.Name, e.Name)
	set(&u.Status, e.Status)
	if e.Note != nil {
		u.Note, u.NoteUntil = *e.Note, 0
	}
	set(&u.NoteUntil, e.NoteUntil)
	return u
}

// Changes returns the changes that make to of from, as far as a member can change itself.
func Changes(from, to User) UpdateUser {
	e := UpdateUser{
		Name:      changed(from.Name, to.Name),
		Status:    changed(from.Status, to.Status),
		Note:      changed(from.Note, to.Note),
		NoteUntil: changed(from.NoteUntil, to.NoteUntil),
	}
	if e.Note != nil || e.NoteUntil != nil { // both or, without an end, the note alone
		e.Note, e.NoteUntil = &to.Note, changed(0, to.NoteUntil)
	}
	return e
}

// Clean returns e with each text as clean leaves it, which is called with the rule for the
// text: CleanName or CleanNote. It returns the first error of clean, or an Error with code
// bad_status.
func (e UpdateUser) Clean(clean func(text string, rule Rule) (string, error)) (UpdateUser, error) {
	err := cmp.Or(
		replace(&e.Name, CleanName, clean),
		replace(&e.Note, CleanNote, clean),
	)
	if err == nil && e.Status != nil {
		err = checkStatus(*e.Status)
	}
	return e, err
}

// CheckUntil returns an Error with code bad_note unless the end of the note, if e has one,
// is after now and at most NoteWithin later, and belongs to a note that is not empty.
func (e UpdateUser) CheckUntil(now time.Time) error {
	switch until := e.NoteUntil; {
	case until == nil:
		return nil
	case e.Note == nil || *e.Note == "":
		return Errorf(CodeBadNote, "note_until comes without the note that it ends")
	case *until <= now.UnixMilli():
		return Errorf(CodeBadNote, "the note's end is over: choose a later one")
	case *until > now.Add(NoteWithin).UnixMilli():
		return Errorf(CodeBadNote, "a note ends within %d days: choose an earlier end", NoteWithin/(24*time.Hour))
	}
	return nil
}

// CheckUser returns an Error if u is not valid as a member of a room, as received
// from another server or read from a file. The id is of the shape that MemberID gives; name and note are as
// CleanName and CleanNote leave them (codes bad_name and bad_note), the status
// is one of the statuses (bad_status), JoinedAt is a time between 1970 and the year 9999,
// and StatusSince is 0 or a later one. Role is one of the roles and Info as NewInfo returns
// it. The code for all that has none of its own is bad_event.
//
// It can't check that the id is this member's, because that takes the key.
func CheckUser(u User) error {
	return cmp.Or(
		CheckID(u.ID),
		checkText(u.Name, CleanName, CodeBadName, "name"),
		checkText(u.Note, CleanNote, CodeBadNote, "note"),
		checkStatus(u.Status),
		checkTime(u.NoteUntil, "note_until"),
		checkTime(u.JoinedAt, "joined_at"),
		checkRole(u.Role),
		u.Info.Check(),
		checkSince(u),
		checkDevices(u.Devices),
	)
}

// HashUser returns the hash of all fields of u: FNV-1a (64 bits), then the finalizer of
// SplitMix64. FNV-1a goes over the id, name, status, note and joined_at (decimal), and then
// over those of devices, note_until, role, info and status_since that the JSON has, in this
// order: the name of the field and its value. The value of info is each key and value and an
// empty text. Each of these texts is ended by a zero byte.
func HashUser(u User) Hash {
	h := uint64(fnvOffset)
	h = fnvString(h, u.ID)
	h = fnvString(h, u.Name)
	h = fnvString(h, string(u.Status))
	h = fnvString(h, u.Note)
	h = fnvInt(h, u.JoinedAt)
	if u.Devices != 0 {
		h = fnvInt(fnvString(h, "devices"), int64(u.Devices))
	}
	if u.NoteUntil != 0 {
		h = fnvInt(fnvString(h, "note_until"), u.NoteUntil)
	}
	if u.Role != RoleMember {
		h = fnvString(fnvString(h, "role"), string(u.Role))
	}
	if u.Info != (Info{}) {
		h = fnvInfo(fnvString(h, "info"), u.Info)
	}
	if u.StatusSince != 0 {
		h = fnvInt(fnvString(h, "status_since"), u.StatusSince)
	}
	return finalize(h)
}

// TextBytes returns how many bytes the texts of u have together, which is what makes the
// JSON of one user longer than that of another.
func (u User) TextBytes() int {
	return len(u.ID) + len(u.Name) + len(u.Status) + len(u.Note) + len(u.Role) + len(u.Info.pairs)
}

// user consumes a User.
func (p *plain) user() (u User) {
	p.want(`{"id":`)
	u.ID = p.str()
	p.want(`,"name":`)
	u.Name = p.str()
	p.want(`,"status":`)
	u.Status = Status(p.str())
	if p.have(`,"devices":`) {
		u.Devices = int(p.number())
	}
	if p.have(`,"note":`) {
		u.Note = p.str()
	}
	if p.have(`,"note_until":`) {
		u.NoteUntil = int64(p.number())
	}
	p.want(`,"joined_at":`)
	u.JoinedAt = int64(p.number())
	if p.have(`,"role":`) {
		u.Role = Role(p.str())
	}
	if p.have(`,"info":`) {
		u.Info = p.info()
	}
	if p.have(`,"status_since":`) {
		u.StatusSince = int64(p.number())
	}
	p.want(`}`)
	return u
}

// CheckID returns an Error with code bad_event if id is not a valid member id: 16
// characters of base32 (RFC 4648 §6), as MemberID returns.
func CheckID(id string) error {
	if len(id) != idLen {
		return Errorf(CodeBadEvent, "an id has %d characters", idLen)
	}
	for _, c := range []byte(id) {
		if !(c >= 'A' && c <= 'Z' || c >= '2' && c <= '7') {
			return Errorf(CodeBadEvent, "an id has only the characters A to Z and 2 to 7")
		}
	}
	return nil
}

// set sets to to the value of a change, if there is one.
func set[T any](to, change *T) {
	if change != nil {
		*to = *change
	}
}

// changed returns the change that makes to of from, or nil if they are equal.
func changed[T comparable](from, to T) *T {
	if from == to {
		return nil
	}
	return &to
}

// replace replaces a changed text by what clean makes of it.
func replace(text **string, rule Rule, clean func(string, Rule) (string, error)) error {
	if *text == nil {
		return nil
	}
	cleaned, err := clean(**text, rule)
	if err == nil {
		*text = &cleaned
	}
	return err
}

// checkText returns an Error unless text is as its rule leaves it.
func checkText(text string, rule Rule, code Code, what string) error {
	if cleaned, err := rule(text); err != nil {
		return err
	} else if cleaned != text {
		return Errorf(code, "the %s has spaces to spare", what)
	}
	return nil
}

func checkStatus(s Status) error {
	if !s.Valid() {
		return Errorf(CodeBadStatus, "%.20q is not a status: %s, %s or %s", s, StatusActive, StatusIdle, StatusAway)
	}
	return nil
}

func checkDevices(n int) error {
	if n != 0 && (n < 2 || n > MaxDevices) {
		return Errorf(CodeBadEvent, "devices is %d: it is from 2 to %d, or absent for one", n, MaxDevices)
	}
	return nil
}

func checkRole(r Role) error {
	if !r.Valid() {
		return Errorf(CodeBadEvent, "%.20q is not a role", string(r))
	}
	return nil
}

func checkSince(u User) error {
	if u.StatusSince != 0 && u.StatusSince <= u.JoinedAt {
		return Errorf(CodeBadEvent, "status_since is %d, which is not after joined_at", u.StatusSince)
	}
	return checkTime(u.StatusSince, "status_since")
}

// latestTime is the end of the year 9999, the last that RFC 3339 can write, in
// milliseconds.
const latestTime = 253402300799999

func checkTime(ms int64, what string) error {
	if ms < 0 || ms > latestTime {
		return Errorf(CodeBadEvent, "%s is %d, which is no time", what, ms)
	}
	return nil
}
