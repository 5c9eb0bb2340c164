package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"rollcall/shared/api"
)

// Attendance is how the API learns who was in a room, and who should have been: what
// attendance.Roll has. An error is an *api.InvalidField, whose location is that in the query
// or the body, an *api.Problem, or one of the database.
type Attendance struct {
	// Write writes a report of [from, to). It writes nothing before an error that is known
	// at the beginning.
	Write       func(ctx context.Context, w io.Writer, room string, from, to time.Time, format string) error
	Occupancy   func(ctx context.Context, room string, from, to time.Time, step time.Duration) (api.Occupancy, error)
	Expected    func(ctx context.Context, room string) (api.ExpectedAnswer, error)
	SetExpected func(ctx context.Context, room string, e api.Expected, by string) error
	SetMark     func(ctx context.Context, room, id, mark, by string) (api.Marked, error)
	Kept        time.Duration // for how long visits are kept
}

// kept says whether attendance is taken.
func (a *API) kept() (k api.Kept) {
	if a.config.Attendance != nil {
		k.AttendanceKept = int64(a.config.Attendance.Kept / time.Second)
	}
	return k
}

// maxExpectedBytes bounds the body of a list. One of api.MaxExpected people with the longest
// names is smaller.
const maxExpectedBytes = 4 << 20

// unavailableFor is how long a caller is asked to wait when the database does not answer.
const unavailableFor = "5"

// defaultSpan is the time of a report for which no beginning is given.
const defaultSpan = 24 * time.Hour

type (
	SpanParams struct {
		From time.Time `query:"from" doc:"When the time begins (RFC 3339); a day before its end if it is missing."`
		To   time.Time `query:"to" doc:"When the time ends; now if it is missing." example:"2026-11-28T10:00:00Z"`
	}
	attendanceParams struct {
		RoomParam
		SpanParams
		Format string `query:"format" enum:"json,csv,jsonl" default:"json" doc:"The form of the answer: JSON, CSV, or JSON lines, of which the first has the room, the time and the gaps, and each further one a person."`
	}
	occupancyParams struct {
		RoomParam
		SpanParams
		Step string `query:"step" maxLength:"20" doc:"How far the steps are from each other, as in 15m; a hundredth of the time if it is missing. At most 10,000 steps of at least 1s are possible." example:"15m"`
	}
	expectedParams struct {
		RoomParam
		Body api.Expected
	}
	markParams struct {
		RoomParam
		ID   string `path:"id" pattern:"^~?[A-Z2-7]{16}$" doc:"The id of a member, or of somebody who is expected by name, as the list and reports have it." example:"MFZWIZTHNBVGWMJU"`
		Body api.MarkRequest
	}
)

// attendanceCalls adds the calls about attendance to the API.
func (a *API) attendanceCalls(to huma.API) {
	call := func(id, method, path, summary string) huma.Operation {
		return describeCall(method, id, path, api.ScopeAttendance, summary, http.StatusNotImplemented)
	}
	report := call("get-attendance", http.MethodGet, "/rooms/{room}/attendance", "Report who was in a room within a time")
	report.Responses = reportFormats(to.OpenAPI().Components.Schemas)
	huma.Register(to, report, a.attendance)
	huma.Register(to, call("get-occupancy", http.MethodGet, "/rooms/{room}/occupancy", "Count who was in a room over a time"), a.occupancy)
	huma.Register(to, call("get-expected", http.MethodGet, "/rooms/{room}/expected", "Get the list of who should be in a room"), a.expected)
	list := call("set-expected", http.MethodPut, "/rooms/{room}/expected", "Set the list of who should be in a room")
	list.MaxBodyBytes, list.BodyReadTimeout = maxExpectedBytes, 20*time.Second
	huma.Register(to, list, a.setExpected)
	huma.Register(to, call("set-mark", http.MethodPut, "/rooms/{room}/attendance/{id}", "Correct by hand what the reports say of somebody"), a.setMark)
}

// reportFormats describes the answers of a report, which huma does not see.
func reportFormats(schemas huma.Registry) map[string]*huma.Response {
	text := &huma.Schema{Type: huma.TypeString}
	whole := schemas.Schema(reflect.TypeFor[api.Attendance](), true, "Attendance")
	return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		api.ContentType(api.FormatJSON): {Schema: whole}, api.ContentType(api.FormatCSV): {Schema: text}, api.ContentType(api.FormatJSONL): {Schema: text},
	}}}
}

// span returns the time that a report is about.
func (p *SpanParams) span() (from, to time.Time) {
	if from, to = p.From, p.To; to.IsZero() {
		to = time.Now()
	}
	if from.IsZero() {
		from = to.Add(-defaultSpan)
	}
	return from, to
}

// asked returns the problem of a call about the attendance of a room that can't be answered.
func (a *API) asked(p *RoomParam) error {
	if a.config.Attendance == nil {
		return problem(api.NoAttendance, "the server keeps it with -database and -attendance")
	}
	return p.check()
}

// failed returns the problem that an error of Attendance is. in is where its arguments are.
func (a *API) failed(err error, in string) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*api.InvalidField](err); ok {
		return invalid(in+"."+f.Location, f.Message)
	}
	unavailable := problem(api.Unavailable, "")
	if p, ok := errors.AsType[*api.Problem](err); ok {
		unavailable.Detail = p.Title
	} else if !errors.Is(err, context.Canceled) { // which is the client's
		a.config.Log.Warn("the database does not answer a call of the API", "err", err)
	}
	return huma.ErrorWithHeaders(unavailable, http.Header{"Retry-After": {unavailableFor}})
}

// report is where a report is written to. The answer begins with the first byte.
type report struct {
	http.ResponseWriter
	kind, file string
	begun      bool
}

func (r *report) Write(b []byte) (int, error) {
	if !r.begun {
		r.begun = true
		r.Header().Set("Content-Type", r.kind)
		if r.file != "" {
			r.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": r.file}))
		}
		r.WriteHeader(http.StatusOK)
	}
	return r.ResponseWriter.Write(b)
}

func (a *API) attendance(_ context.Context, in *attendanceParams) (*huma.StreamResponse, error) {
	if err := a.asked(&in.RoomParam); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		to := &report{ResponseWriter: w, kind: api.ContentType(in.Format)}
		if in.Format == api.FormatCSV {
			to.kind += "; charset=utf-8"
		}
		if in.Format != api.FormatJSON {
			to.file = in.Room + "." + in.Format
		}
		from, until := in.span()
		err := a.config.Attendance.Write(ctx.Context(), to, in.Room, from, until, in.Format)
		switch c := ctx.Context().Value(callKey{}).(*call); {
		case err == nil:
		case to.begun:
			a.config.Log.Warn("a report was not completed", "err", err)
			c.cut = true
		default:
			sendError(w, a.failed(err, "query"))
		}
	}}, nil
}

// sendError writes the problem that err is as the answer.
func sendError(w http.ResponseWriter, err error) {
	if with, ok := errors.AsType[huma.HeadersError](err); ok {
		for name, values := range with.GetHeaders() {
			w.Header()[name] = values
		}
	}
	p, _ := errors.AsType[*Problem](err)
	p.send(w)
}

func (a *API) occupancy(ctx context.Context, in *occupancyParams) (*output[api.Occupancy], error) {
	if err := a.asked(&in.RoomParam); err != nil {
		return nil, err
	}
	var step time.Duration
	if in.Step != "" {
		var err error
		if step, err = time.ParseDuration(in.Step); err != nil || step <= 0 {
			return nil, invalid("query.step", "is not a duration, as in 15m")
		}
	}
	from, to := in.span()
	o, err := a.config.Attendance.Occupancy(ctx, in.Room, from, to, step)
	return &output[api.Occupancy]{o}, a.failed(err, "query")
}

func (a *API) expected(ctx context.Context, in *RoomParam) (*output[api.ExpectedAnswer], error) {
	if err := a.asked(in); err != nil {
		return nil, err
	}
	e, err := a.config.Attendance.Expected(ctx, in.Room)
	return &output[api.ExpectedAnswer]{e}, a.failed(err, "path")
}

// setExpected answers with the list as it is afterwards.
func (a *API) setExpected(ctx context.Context, in *expectedParams) (*output[api.ExpectedAnswer], error) {
	if err := a.asked(&in.RoomParam); err != nil {
		return nil, err
	}
	if err := a.config.Attendance.SetExpected(ctx, in.Room, in.Body, callerID(ctx)); err != nil {
		return nil, a.failed(err, "body")
	}
	return a.expected(ctx, &in.RoomParam)
}

func (a *API) setMark(ctx context.Context, in *markParams) (*output[api.Marked], error) {
	if err := a.asked(&in.RoomParam); err != nil {
		return nil, err
	}
	m, err := a.config.Attendance.SetMark(ctx, in.Room, in.ID, in.Body.Mark, callerID(ctx))
	return &output[api.Marked]{m}, a.failed(err, "body")
}

// callerID returns who makes a call, as in "key ci".
func callerID(ctx context.Context) string { return ctx.Value(callKey{}).(*call).caller.id }
