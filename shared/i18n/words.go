package i18n

import "strings"

// Words has every text in one language. It is shared and must not be changed.
type Words struct {
	locale

	Lang string // BCP 47 tag

	Description, NoScript Text

	HereNow, AsOf                           Text
	Watching                                Plural // of those who watch the room
	Connecting, Live, Reconnecting, Offline Text   // data-state of the connection
	NotJoined, Full, RetryIn, TryNow        Text
	Joined                                  Text // before the program runs
	Locked                                  Text // of a room, beside its topic

	Unreachable, Unseen         Text // Unseen if it is not known who is here
	Blocked                     Text // problems of someone who wants to join
	NoWasm, NoProgram, TryAgain Text // shown by a script, as the program does not run

	YouAre, Edit, Leave       Text
	YouLeft, Undo             Text
	People, Nobody, Alone     Text
	More                      Plural
	You, Since                Text
	Active, Idle, Away        Text
	Gone                      Text
	Reason                    map[string]Text // by shared.Reason
	YourName, Join            Text
	Save, Cancel, Close       Text
	First                     Text
	PeopleHere                Plural
	Attendance                Plural // of the days for which it is kept
	HereOne, HereTwo          Text
	HereMore                  Plural // of the others
	Loading, LoadingPart      Text   // LoadingPart says how many per cent
	OtherRoom                 Text
	EditTitle, EditHint       Text
	Note, NoteHint            Text
	Status, Automatic         Text
	Ends, Never               Text // of a note
	EndsIn, EndsToday, Until  Text
	NotSent                   Text
	OnBreak, AtLunch, InCall  Text // notes to choose from: an emoji, a space, and words
	Focusing, DoneToday       Text
	Closed                    map[string]Text // by the shared.Code that ended the connection; see Lookup
	ByWhom, Because           Text            // of what is said to a room or a member
	BackAfter                 Text            // of a ban
	Dismiss                   Text            // an announcement
	Search                    Text
	Found                     Plural
	NoneFound                 Text
	Sort, ByArrival, ByName   Text
	ByStatus, Tally           Text // Tally is of one status
	RecentlyLeft, Menu        Text
	Invite                    Text
	InviteTitle, InviteHint   Text
	Address, Share            Text
	Copy, Copied, QR          Text
	TakeList, CopyText        Text
	CopyCSV, Print            Text
	CopyRefused, Host         Text
	OnDevices                 Plural
	Rooms, RoomsTitle         Text
	RoomName, BlankRoom, Go   Text
	Recent                    Text
	Notify, NotifyBlocked     Text
	NotifyOn, NotifyOff       Text
	NotifyUnasked             Text
	ArrivedOne, ArrivedTwo    Text
	Arrived                   Plural
	LeftOne, LeftTwo          Text
	Left                      Plural
	NewVersion, Reload, Later Text
	SignIn, SignInExpired     Text
	Install, InstallHint      Text
	LostTitle, NoPageAt       Text
	MeantRoom, Lobby          Text
	EmbedTitle, EmbedHint     Text // of the page that shows how other pages show a room
	EmbedStack, EmbedList     Text
	EmbedCount, EmbedBadge    Text
	BlankName, LongName       Text
	ControlName, MarkedName   Text
	LongNote, ControlNote     Text
	MarkedNote                Text
	Trouble                   map[string]Text // by shared.Code of an error; see Lookup
}

// Text is a text that may have placeholders; see With.
type Text string

// Plural is a text with a form for each plural category of its language. The forms of
// other categories are empty.
type Plural [categories]Text

// In returns the words of the language with the BCP 47 tag lang, or the English words
// if it is not one of Languages.
func In(lang string) *Words {
	words, ok := languages[lang]
	if !ok {
		words = languages[English]
	}
	return words()
}

// With returns t with placeholders replaced. The pairs are names of placeholders,
// without braces, each followed by its value.
func (t Text) With(pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	return strings.NewReplacer(pairs...).Replace(string(t))
}

// Before returns the text before the only placeholder of t, including spaces, for
// pages where an element takes the placeholder's place.
func (t Text) Before() string {
	before, _, _ := strings.Cut(string(t), "{")
	return before
}

// After returns the text after the only placeholder of t; see Before.
func (t Text) After() string {
	_, after, _ := strings.Cut(string(t), "}")
	return after
}

// WhoIsHere says who is here, of total people, by the names of the first two.
func (w *Words) WhoIsHere(names []string, total int) string {
	switch {
	case total == 0:
		return string(w.First)
	case len(names) < min(total, 2):
		return w.Count(w.PeopleHere, total)
	case total == 1:
		return w.HereOne.With("name", Isolate(names[0]))
	case total == 2:
		return w.HereTwo.With("name", Isolate(names[0]), "other", Isolate(names[1]))
	}
	more := total - 2
	return w.Form(w.HereMore, more).With("name", Isolate(names[0]), "other", Isolate(names[1]), "n", w.Number(more))
}

// Lookup returns the text for key, or the one for the key "other" if there is none.
func Lookup(texts map[string]Text, key string) Text {
	if t, ok := texts[key]; ok {
		return t
	}
	return texts["other"]
}

// Isolate returns name between FSI and PDI (Unicode UAX #9), so that its direction
// does not affect the text around it. Use it where no HTML element can do that.
func Isolate(name string) string { return "\u2068" + name + "\u2069" }
