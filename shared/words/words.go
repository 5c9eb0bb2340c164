package words

import "strings"

// Words is every text in one language. It is not to be written to.
type Words struct {
	locale

	Lang string // BCP 47

	Description, NoScript Text

	HereNow, AsOf                           Text
	Connecting, Live, Reconnecting, Offline Text // data-state of the connection
	NotJoined, Full, RetryIn, TryNow        Text

	YouAre, Edit, Leave       Text
	People, Nobody, Alone     Text
	More                      Plural
	You, Since                Text
	Active, Idle, Away        Text
	Gone                      Text
	Reason                    map[string]Text // by reason of a departure
	YourName, Join            Text
	Save, Cancel, Close       Text
	First                     Text
	PeopleHere                Plural
	EditTitle, EditHint       Text
	Note, NoteHint            Text
	Status, Automatic         Text
	Closed                    map[string]Text // by code of the last error; see Of
	Search                    Text
	Found                     Plural
	NoneFound                 Text
	Sort, ByArrival, ByName   Text
	Invite                    Text
	InviteTitle, InviteHint   Text
	Address, Share            Text
	Copy, Copied, QR          Text
	Rooms, RoomsTitle         Text
	RoomName, RoomRule, Go    Text
	Recent                    Text
	Notify, NotifyBlocked     Text
	ArrivedOne, ArrivedTwo    Text
	Arrived                   Plural
	LeftOne, LeftTwo          Text
	Left                      Plural
	NewVersion, Reload, Later Text
	SignIn, SignInExpired     Text
	Install, InstallHint      Text
	LostTitle, NoPageAt       Text
	LostRoom, Lobby           Text
	BlankName, LongName       Text
	ControlName               Text
	LongNote, ControlNote     Text
	Trouble                   map[string]Text // by code of an error; see Of
}

// Text is a text with placeholders.
type Text string

// Plural is a text with a form for each category that the language tells numbers
// apart by.
type Plural [categories]Text

// In returns the words of a language, or the English ones where there is no
// such language.
func In(lang string) *Words {
	made, ok := languages[lang]
	if !ok {
		made = languages[English]
	}
	return made()
}

// With puts values in the place of placeholders, given as name and value in turn.
func (t Text) With(pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	return strings.NewReplacer(pairs...).Replace(string(t))
}

// Before is the text before its only placeholder, for where an element takes
// its place. Spaces stay.
func (t Text) Before() string {
	before, _, _ := strings.Cut(string(t), "{")
	return before
}

// After is the text after its only placeholder.
func (t Text) After() string {
	_, after, _ := strings.Cut(string(t), "}")
	return after
}

// Of is the text for a key, or the one for all others.
func Of(texts map[string]Text, key string) Text {
	if t, ok := texts[key]; ok {
		return t
	}
	return texts["other"]
}

// Isolate keeps the direction of a name to itself (UAX #9, FSI and PDI), where
// a text is all there is and no element can.
func Isolate(name string) string { return "\u2068" + name + "\u2069" }
