package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/api"
)

// titles has the status and the title of each type of problem.
var titles = map[api.ProblemType]struct {
	status int
	title  string
}{
	api.Unauthorized:     {http.StatusUnauthorized, "A valid key is required"},
	api.Forbidden:        {http.StatusForbidden, "The key does not allow this call"},
	api.NotFound:         {http.StatusNotFound, "There is no such call"},
	api.NotInRoom:        {http.StatusNotFound, "They are not in the room"},
	api.NotBanned:        {http.StatusNotFound, "They are not banned from the room"},
	api.MethodNotAllowed: {http.StatusMethodNotAllowed, "The call has no such method"},
	api.TooSlow:          {http.StatusRequestTimeout, "The body did not come in time"},
	api.NotInUse:         {http.StatusConflict, "Nobody is in the room"},
	api.TooManyBans:      {http.StatusConflict, "There are as many bans as there may be"},
	api.TooManyRooms:     {http.StatusConflict, "As many rooms are remembered as may be"},
	api.TooLarge:         {http.StatusRequestEntityTooLarge, "The body is too large"},
	api.NotJSON:          {http.StatusUnsupportedMediaType, "The body must be JSON"},
	api.Invalid:          {http.StatusUnprocessableEntity, "A parameter, or the body, is invalid"},
	api.TooManyCalls:     {http.StatusTooManyRequests, "Too many calls with this key, or for this room"},
	api.Internal:         {http.StatusInternalServerError, "Internal error"},
	api.NoAttendance:     {http.StatusNotImplemented, "No attendance is taken here"},
	api.Starting:         {http.StatusServiceUnavailable, "The server has not heard the other nodes yet"},
	api.Unavailable:      {http.StatusServiceUnavailable, "The database does not answer at the moment"},
}

// Problem is an api.Problem with the methods that huma expects of an error.
type Problem struct{ api.Problem }

// problem returns a problem of a type. The detail may be empty.
func problem(t api.ProblemType, detail string) *Problem {
	return &Problem{api.Problem{Type: t, Title: titles[t].title, Status: titles[t].status, Detail: detail}}
}

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter with the media type of RFC 9457 §3.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// invalid returns the problem of one invalid parameter, or field of a body.
func invalid(location, message string) *Problem {
	p := problem(api.Invalid, "")
	p.Errors = []api.InvalidField{{Location: location, Message: message}}
	return p
}

// starting returns the problem of a node that does not know the others yet.
func starting() error { return soon(api.Starting, "2") }

// soon returns a problem that goes away by itself, about within so many seconds.
func soon(t api.ProblemType, seconds string) error {
	return huma.ErrorWithHeaders(problem(t, ""), http.Header{"Retry-After": {seconds}})
}

// asProblem returns the problem of an error of the hub about what a caller wants to say or
// do. text is where the text came from that is not valid with shared.CodeBadText.
func asProblem(err error, text string) error {
	switch {
	case errors.Is(err, hub.ErrNotInUse):
		return problem(api.NotInUse, "")
	case errors.Is(err, hub.ErrTooManyBans):
		return problem(api.TooManyBans, "")
	case errors.Is(err, hub.ErrTooManyRooms):
		return problem(api.TooManyRooms, "")
	}
	e, _ := errors.AsType[shared.Error](err)
	switch e.Code {
	case shared.CodeBadTitle:
		return invalid("body.title", e.Message)
	case shared.CodeBadTopic:
		return invalid("body.topic", e.Message)
	case shared.CodeBadText:
		return invalid(text, e.Message)
	case shared.CodeBadEvent:
		return invalid("query.ban", e.Message)
	}
	return err
}

func init() {
	huma.NewError = fromHuma         // huma has no other way to set it
	huma.ValidateStrictCasing = true // of two spellings of a field, only one would be checked
}

// fromHuma is huma.NewError. It makes problems of the errors that huma finds in parameters
// and bodies, without the values, which may be names of people.
func fromHuma(status int, message string, errs ...error) huma.StatusError {
	switch {
	case status == http.StatusRequestTimeout:
		return problem(api.TooSlow, "")
	case status == http.StatusRequestEntityTooLarge:
		return problem(api.TooLarge, "")
	case status >= http.StatusInternalServerError || status < http.StatusBadRequest:
		return problem(api.Internal, "")
	case len(errs) == 0:
		return invalid("body", message)
	}
	p := problem(api.Invalid, "")
	for _, err := range errs {
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			p.Errors = append(p.Errors, api.InvalidField{Location: d.Location, Message: d.Message})
		}
	}
	return p
}

// send writes p as the answer.
func (p *Problem) send(w http.ResponseWriter) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}
