package api

import "fmt"

// ProblemType is the type of a problem, a URI (RFC 9457 §3.1.1) whose meaning never changes.
type ProblemType string

// The types of problems; docs/api.md says what to do about each.
const (
	Unauthorized     ProblemType = problems + "unauthorized"       // 401
	Forbidden        ProblemType = problems + "forbidden"          // 403
	NotFound         ProblemType = problems + "not-found"          // 404
	NotInRoom        ProblemType = problems + "not-in-room"        // 404
	NotBanned        ProblemType = problems + "not-banned"         // 404
	MethodNotAllowed ProblemType = problems + "method-not-allowed" // 405
	TooSlow          ProblemType = problems + "too-slow"           // 408
	NotInUse         ProblemType = problems + "not-in-use"         // 409
	TooManyBans      ProblemType = problems + "too-many-bans"      // 409
	TooManyRooms     ProblemType = problems + "too-many-rooms"     // 409
	TooLarge         ProblemType = problems + "too-large"          // 413
	NotJSON          ProblemType = problems + "not-json"           // 415
	Invalid          ProblemType = problems + "invalid"            // 422
	TooManyCalls     ProblemType = problems + "too-many-calls"     // 429
	Internal         ProblemType = problems + "internal"           // 500
	NoAttendance     ProblemType = problems + "no-attendance"      // 501
	Starting         ProblemType = problems + "starting"           // 503
	Unavailable      ProblemType = problems + "unavailable"        // 503

	problems = "urn:rollcall:problem:"
)

// Problem is the answer to a call that failed (RFC 9457).
type Problem struct {
	Type   ProblemType    `json:"type" format:"uri" doc:"The type of the problem. Its meaning never changes." example:"urn:rollcall:problem:forbidden"`
	Title  string         `json:"title" doc:"The type in words." example:"The key does not allow this call"`
	Status int            `json:"status" doc:"The status of the answer." example:"403"`
	Detail string         `json:"detail,omitempty" doc:"What is special about this occurrence."`
	Errors []InvalidField `json:"errors,omitempty" nullable:"false" doc:"With the type invalid: the invalid parameters, or fields of the body."`
}

// InvalidField is an invalid parameter, or field of a body. As an error of Go, its Location
// may lack the part that says whether it is in the path, the query or the body.
type InvalidField struct {
	Location string `json:"location" doc:"Where it is." example:"query.limit"`
	Message  string `json:"message" doc:"What is wrong with it." example:"expected number <= 1000"`
}

// Error returns the location and the message.
func (f *InvalidField) Error() string { return f.Location + " " + f.Message }

// Error returns the title, the detail and the invalid parameters in one line.
func (p *Problem) Error() string {
	text := p.Title
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	for _, e := range p.Errors {
		text += fmt.Sprintf("; %s: %s", e.Location, e.Message)
	}
	return text
}
