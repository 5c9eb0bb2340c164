// Package roll is the page of who was in a room, from when to when, and who is missing. The
// server makes all of it, also the drawings; it needs no script.
//
//   - roll.go: requests. sessions.go: how long a key that was given counts.
//   - span.go: the time that a page is about. list.go: who is expected, as text.
//   - sheet.go: what the page shows. axis.go: where on it.
//   - missing.go: what the page of the room tells a host.
//   - page.html, words.go: its form and its texts.
package roll

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"
	_ "time/tzdata" // a machine may have none, and the zone is the reader's

	"rollcall/server/attendance"
	"rollcall/server/site"
	"rollcall/shared"
	"rollcall/shared/api"
	"rollcall/shared/i18n"
)

// Config configures the page. If Roll or Check is nil, it says what to set.
type Config struct {
	Roll *attendance.Roll
	// Check says by whom a key or a token is, as the API names callers, if it opens the
	// attendance of a room. It takes as long for any wrong key.
	Check func(secret, room string) (by string, ok bool)
	Log   *slog.Logger
}

// Bounds of a request.
const (
	maxForm    = 4 * maxSecret    // bytes, as an escaped character has three
	madeWithin = 20 * time.Second // below the time within which an answer must begin
)

// page is the http.Handler.
type page struct {
	Config
	site     *site.Site
	form     *template.Template
	sessions sessions
}

// New returns the page of a site, as site.Config.AttendancePage wants it. Its error names the
// file that the page refers to and the build did not make.
func New(c Config) func(*site.Site) (http.Handler, error) {
	return func(s *site.Site) (http.Handler, error) {
		form, err := template.New("page").Funcs(template.FuncMap{"asset": s.URL}).Parse(source)
		if err != nil {
			return nil, err
		}
		say := i18n.In(i18n.English)
		err = form.Execute(io.Discard, &view{Words: languages[say.Lang], Text: say, State: "unset"})
		return &page{Config: c, site: s, form: form, sessions: sessions{byProof: make(map[string]session)}}, err
	}
}

// view is a page for a reader, and the data of the template.
type view struct {
	Words   *words
	Text    *i18n.Words
	Room    string
	Called  string // what the room calls itself
	Here    string // the path of the page
	Back    string // that of the room
	State   string // unset, enter, list or sheet
	Problem string // "" if there is none
	Proof   string // see proofOf

	span
	List  list
	Sheet *sheet

	by string // whose key it is
}

//go:embed page.html
var source string

// ServeHTTP answers one request for the page of the room that is the path value "room".
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	room, text := r.PathValue("room"), site.WordsFor(w, r)
	v := &view{
		Words: cmp.Or(languages[text.Lang], languages[i18n.English]), Text: text, Room: room, Called: p.site.RoomTitle(room),
		Here: shared.AttendancePath(p.site.Base(), room), Back: shared.RoomPath(p.site.Base(), room),
	}
	w.Header().Set("Referrer-Policy", "same-origin") // with no-referrer, forms have no Origin
	switch {
	case p.Roll == nil || p.Check == nil:
		p.send(w, r, v, http.StatusNotImplemented, "unset")
	case r.Method == http.MethodPost:
		p.post(w, r, v)
	case r.URL.Query().Has(shared.MissingParam):
		p.missing(w, r, v)
	default:
		p.get(w, r, v)
	}
}

// send answers with the page in a state.
func (p *page) send(w http.ResponseWriter, r *http.Request, v *view, status int, state string) {
	v.State = state
	var body bytes.Buffer
	if err := p.form.Execute(&body, v); err != nil {
		p.Log.Error("the page of the attendance does not render", "err", err)
		http.Error(w, "the server failed to make this page", http.StatusInternalServerError)
		return
	}
	p.site.SendPage(w, r, status, body.Bytes())
}

// cookieOf returns the cookie of the page, with a value or to be removed.
func cookieOf(r *http.Request, v *view, value string) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName, Value: value, Path: v.Here, MaxAge: int(lasts / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil || r.URL.Scheme == "https",
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

const cookieName = "rollcall-attendance"

// enter has a session go on, if its key still opens the room.
func (p *page) enter(v *view, proof string) (found session, ok bool) {
	if found, ok = p.sessions.find(proof, v.Room); ok {
		if v.by, ok = p.Check(found.secret, v.Room); !ok {
			p.sessions.end(proof)
		}
	}
	v.Proof = proof
	return found, ok
}

// get answers a reader whom a cookie lets in.
func (p *page) get(w http.ResponseWriter, r *http.Request, v *view) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		p.send(w, r, v, http.StatusOK, "enter")
		return
	}
	found, ok := p.enter(v, proofOf(cookie.Value))
	if !ok {
		p.send(w, r, v, http.StatusOK, "enter")
		return
	}
	query := r.URL.Query()
	v.span, v.Problem = spanOf(query, found.zone, v.Words, time.Now())
	ctx, cancel := context.WithTimeout(r.Context(), madeWithin)
	defer cancel()
	switch {
	case query.Has("edit"):
		p.edit(ctx, w, r, v)
	case v.Problem == "" && fileTypes[query.Get("format")] != "":
		p.download(w, r, v, query.Get("format"))
	default:
		p.show(ctx, w, r, v)
	}
}

// show answers with the sheet.
func (p *page) show(ctx context.Context, w http.ResponseWriter, r *http.Request, v *view) {
	status := http.StatusOK
	if v.Problem != "" {
		status = http.StatusBadRequest
	}
	s, err := p.Roll.Summary(ctx, v.Room, v.from, v.to)
	if err != nil {
		status = p.failed(w, v, err)
	} else {
		v.Sheet = newSheet(s, v, time.Now())
	}
	p.send(w, r, v, status, "sheet")
}

// failed makes a problem of an error of the Roll, and returns the status.
func (p *page) failed(w http.ResponseWriter, v *view, err error) int {
	if !errors.Is(err, attendance.ErrBusy) && !errors.Is(err, context.Canceled) {
		p.Log.Warn("the page of the attendance can't be made", "err", err)
	}
	w.Header().Set("Retry-After", "5")
	v.Problem = string(v.Words.Failed)
	return http.StatusServiceUnavailable
}

// fileTypes has the media types of the files that one can download, by format.
var fileTypes = map[string]string{api.FormatCSV: "text/csv; charset=utf-8", api.FormatJSON: "application/json"}

// download answers with the report as a file.
func (p *page) download(w http.ResponseWriter, r *http.Request, v *view, format string) {
	report, err := p.Roll.Report(r.Context(), v.Room, v.from, v.to)
	if err != nil {
		p.send(w, r, v, p.failed(w, v, err), "sheet")
		return
	}
	defer report.Close()
	name := v.Room + "-" + v.from.Format(time.DateOnly) + "." + format
	w.Header().Set("Content-Type", fileTypes[format])
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	w.Header().Set("Cache-Control", "no-store")
	if err := report.Write(w, format); err != nil {
		panic(http.ErrAbortHandler) // so that the client learns that the file is incomplete
	}
}

// post answers a form. The cookie does not count: what a form may do, its own fields prove.
func (p *page) post(w http.ResponseWriter, r *http.Request, v *view) {
	if site.CheckOwnOrigin(r) != nil {
		p.refuse(w, r, v, http.StatusForbidden, v.Words.Foreign)
		return
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		p.save(w, r, v)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.refuse(w, r, v, http.StatusBadRequest, v.Words.WrongKey)
		return
	}
	if proof := r.PostForm.Get("proof"); proof != "" {
		p.sessions.end(proof)
		http.SetCookie(w, cookieOf(r, v, ""))
		seeOther(w, v.Here)
		return
	}
	p.open(w, r, v)
}

// open begins a session for who has given a key.
func (p *page) open(w http.ResponseWriter, r *http.Request, v *view) {
	secret, zone := r.PostForm.Get("key"), r.PostForm.Get("zone")
	by, ok := "", false
	if len(secret) <= maxSecret {
		by, ok = p.Check(secret, v.Room)
	}
	if !ok {
		p.refuse(w, r, v, http.StatusForbidden, v.Words.WrongKey)
		return
	}
	if _, err := location(zone); err != nil {
		zone = ""
	}
	http.SetCookie(w, cookieOf(r, v, p.sessions.begin(session{room: v.Room, secret: secret, zone: zone})))
	kind, name, _ := strings.Cut(by, " ")
	if kind == "token" {
		name = "(token)" // the log names no member
	}
	p.Log.Info("the page of an attendance was opened", "key", name)
	here := v.Here
	if r.URL.RawQuery != "" {
		here += "?" + r.URL.RawQuery
	}
	seeOther(w, here)
}

// refuse answers a form that counts for nothing.
func (p *page) refuse(w http.ResponseWriter, r *http.Request, v *view, status int, why i18n.Text) {
	if p.site.Refused(r) {
		status, why = http.StatusTooManyRequests, v.Words.TooOften
		w.Header().Set("Retry-After", "1")
	}
	_, _ = io.CopyN(io.Discard, r.Body, maxForm) // so that a browser reads the answer
	v.Problem = string(why)
	p.send(w, r, v, status, "enter")
}

// seeOther answers a form with the page to show.
func seeOther(w http.ResponseWriter, path string) {
	w.Header().Set("Location", path)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusSeeOther)
}
