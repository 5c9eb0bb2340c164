package api

import "time"

// Bounds of the calls about attendance.
const (
	MaxExpected  = 10_000         // people on a list
	MaxIntervals = 10_000         // intervals, and reasons, of one person in a report
	MaxSteps     = 10_000         // steps of an occupancy
	MaxLateAfter = 24 * time.Hour // of a list
	MinStep      = time.Second    // of an occupancy
	ListedWithin = 24 * time.Hour // a list that starts at a time is about this long from then on
)

// The formats of a report.
const (
	FormatJSON  = "json"
	FormatCSV   = "csv"
	FormatJSONL = "jsonl"
)

// ContentType returns the media type of an answer in a format, without parameters; "" for an
// unknown format.
func ContentType(format string) string {
	return map[string]string{FormatJSON: "application/json", FormatCSV: "text/csv", FormatJSONL: "application/jsonl"}[format]
}

// The statuses of an Attendee.
const (
	StatusPresent   = "present"
	StatusLeft      = "left"
	StatusLate      = "late"
	StatusAbsent    = "absent"
	StatusAmbiguous = "ambiguous"
	StatusExcused   = "excused"
)

// Gap is a time of which visits may be missing.
type Gap struct {
	From time.Time `json:"from" doc:"When it begins."`
	To   time.Time `json:"to" doc:"When it ends."`
}

// Span says what a report is about: a room and a time, without the time's last moment.
type Span struct {
	Room string    `json:"room" doc:"The name of the room." example:"standup"`
	From time.Time `json:"from" doc:"When the time begins."`
	To   time.Time `json:"to" doc:"When the time ends."`
	Gaps []Gap     `json:"gaps" nullable:"false" doc:"The times in it of which visits may be missing; empty if there are none."`
}

// Attendance is the report of who was in a room. As JSON lines, the first line is its Span,
// and each further one an Attendee.
type Attendance struct {
	Span
	People []Attendee `json:"people" nullable:"false" doc:"Who was in the room, by arrival, and after them who is expected and was not. If they are more than 1,000, those who were in the room are sorted by id."`
}

// Attendee is somebody who was in a room, or was expected there.
type Attendee struct {
	Name        string     `json:"name" doc:"Their latest name; empty if no names are kept."`
	ID          string     `json:"id" doc:"Their id. That of somebody who is expected by name, and did not come, begins with ~."`
	Identity    string     `json:"identity" enum:"token,typed," doc:"How the id came about: with a token, or typed, in which case the name proves nothing. Empty for somebody who was not there."`
	Role        string     `json:"role" enum:"member,host," doc:"What they might do in the room at last; empty for somebody who was not there."`
	Status      string     `json:"status" enum:"present,left,late,absent,ambiguous,excused" doc:"Whether they are still there (present) or not (left). If they are on the list of who is expected, also whether they came late or not at all (absent), or are one of several who have the name on the list (ambiguous). A mark decides it: present or excused."`
	FirstJoined *time.Time `json:"first_joined" doc:"When their first visit began, possibly before the time of the report; null if they were not there."`
	LastLeft    *time.Time `json:"last_left" doc:"When their last visit ended; null while it lasts, and if they were not there."`
	Seconds     int64      `json:"seconds" minimum:"0" doc:"How long they were there, within the time of the report and until now."`
	Visits      int        `json:"visits" minimum:"0" doc:"The number of their visits."`
	Reasons     []string   `json:"reasons" nullable:"false" doc:"Why each visit ended that is over; at most 10,000."`
	Names       []string   `json:"names" nullable:"false" doc:"The names that they had, the latest last; at most 20."`
	Expected    bool       `json:"expected" doc:"Whether they are on the list of who is expected."`
	Mark        *Mark      `json:"mark,omitempty" doc:"What was corrected by hand; missing if nothing."`
	Intervals   []Interval `json:"intervals" nullable:"false" doc:"Their visits; of more than 10,000 the first."`
}

// Interval is one visit of an Attendee. Visits to several nodes that overlap or touch are one.
type Interval struct {
	Joined time.Time  `json:"joined" doc:"When it began."`
	Left   *time.Time `json:"left" doc:"When it ended, which is the last sign of life; null while it lasts."`
	Reason string     `json:"reason" doc:"Why it ended; empty while it lasts." example:"left"`
	Node   string     `json:"node" doc:"The name of the node that they were last connected to."`
}

// Mark is a correction by hand.
type Mark struct {
	Mark string    `json:"mark" enum:"present,excused" doc:"What they are, whatever was recorded."`
	By   string    `json:"by" doc:"Who says so: the name of a key, or the id in a token." example:"key ci"`
	At   time.Time `json:"at" doc:"When they said so."`
}

// MarkRequest sets or removes a mark.
type MarkRequest struct {
	Mark string `json:"mark" enum:"present,excused," doc:"What somebody is, whatever was recorded; empty removes the mark." example:"excused"`
}

// Marked is the answer to a MarkRequest.
type Marked struct {
	Room string `json:"room" doc:"The name of the room." example:"standup"`
	ID   string `json:"id" doc:"Whom the mark is about." example:"MFZWIZTHNBVGWMJU"`
	Mark *Mark  `json:"mark,omitempty" doc:"The mark; missing if it was removed."`
}

// ExpectedPerson is somebody on a list. With an id of a member, it is whoever has that id;
// otherwise whoever has the name, without regard to case and diacritics.
type ExpectedPerson struct {
	ID   string `json:"id,omitempty" pattern:"^~?[A-Z2-7]{16}$" doc:"A member's id. Of somebody who is expected by name, the server makes one that begins with ~." example:"MFZWIZTHNBVGWMJU"`
	Name string `json:"name,omitempty" maxLength:"256" doc:"Their name. It may be left out if there is an id." example:"Ada"`
}

// Expected is the list of who should be in a room.
type Expected struct {
	Starts    *time.Time       `json:"starts,omitempty" doc:"When it starts: the list is then about the day from that moment on. Without it, the list is about every report, and starts with the time of the report."`
	LateAfter string           `json:"late_after,omitempty" maxLength:"20" doc:"How long after the start somebody is late, as in 5m; at most 24h. Without it, nobody is." example:"5m"`
	People    []ExpectedPerson `json:"people" nullable:"false" maxItems:"10000" doc:"Who is expected. An empty list removes the one before."`
}

// ExpectedAnswer is the list of who should be in a room, and who has set it.
type ExpectedAnswer struct {
	Room string `json:"room" doc:"The name of the room." example:"standup"`
	Expected
	SetBy string     `json:"set_by" doc:"Who has set the list: the name of a key, or the id in a token; empty without a list." example:"key ci"`
	SetAt *time.Time `json:"set_at" doc:"When the list was set; null without one."`
}

// Occupancy says how many people were in a room over a time.
type Occupancy struct {
	Span
	Step  string          `json:"step" doc:"How far the steps are from each other." example:"15m0s"`
	Steps []OccupancyStep `json:"steps" nullable:"false" doc:"The steps, up to now."`
}

// OccupancyStep is a step of an Occupancy.
type OccupancyStep struct {
	At      time.Time `json:"at" doc:"When the step begins."`
	Members int       `json:"members" minimum:"0" doc:"How many people were there at that moment."`
	Seen    int       `json:"seen" minimum:"0" doc:"How many people were there at some time from then until the next step."`
}
