package site

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/i18n"
	"rollcall/web"
)

const day = 24 * time.Hour

// maxPeople is how many members a page names. The program gets the others over its
// socket.
const maxPeople = 60

// page is the data of the template of a room.
type page struct {
	Words    *i18n.Words
	Room     string // "" in the shell: the program takes the room from the address
	Info     shared.RoomInfo
	Count    int
	People   []person              // the first by arrival
	Faces    []person              // those whose faces the form for the name shows
	Names    []string              // those whom it names; see i18n.Words.WhoIsHere
	More     int                   // members beyond People
	Stranger bool                  // the reader may not enter: the page names nobody and asks for a token
	Island   *shared.ExistingUsers // the snapshot that the program starts with; nil in the shell
}

// person is a member as a page shows it.
type person struct {
	shared.User
	Initials string
	Tag      string // tells the member from another of the same name on the page; "" if there is none
	Hue      int
	Since    time.Time // in UTC
}

// notFoundPage is the data of the template of an address without a page, and of the page
// that asks for the title of a room.
type notFoundPage struct {
	Words   *i18n.Words
	Path    string    // without a page; "" if only a title is asked for
	Room    string    // that may be meant by the path; "" if none
	Problem i18n.Text // with the title; "" if there is none
}

// shownFaces is how many faces the form shows that asks for a name.
const shownFaces = 3

// newPage returns the page of a room with the people who are in it.
func newPage(words *i18n.Words, room string, v hub.View) page {
	p := page{Words: words, Room: room, Info: v.Info, Count: v.Count, More: v.Count - len(v.Users)}
	p.People = make([]person, 0, len(v.Users))
	bearers := map[string]int{} // how many have each name
	for _, u := range v.Users {
		bearers[u.Name]++
	}
	for _, u := range v.Users {
		shown := person{User: u, Initials: shared.Initials(u.Name), Hue: shared.Hue(u.ID), Since: time.UnixMilli(u.JoinedAt).UTC()}
		if bearers[u.Name] > 1 {
			shown.Tag = shared.Tag(u.ID)
		}
		p.People = append(p.People, shown)
		if len(p.Names) < 2 {
			p.Names = append(p.Names, u.Name)
		}
	}
	p.Faces = p.People[:min(len(p.People), shownFaces)]
	p.Island = &shared.ExistingUsers{Room: room, Epoch: v.Epoch, Rev: v.Rev, More: p.More > 0, Info: v.Info, Users: v.Users}
	if p.Island.Users == nil {
		p.Island.Users = []shared.User{} // [] in JSON, not null
	}
	return p
}

// pages renders the pages.
type pages struct {
	templates *template.Template
}

// newPages parses the templates. They can use the base path of the site, whether it
// wants tokens, after how long hidden a page counts as away, and for how long attendance
// is kept.
func newPages(files *web.Files, base string, gated bool, away, kept time.Duration) (pages, error) {
	at := func(path string) string { return base + strings.TrimPrefix(path, "/") }
	t, err := template.New("pages").
		Funcs(template.FuncMap{
			"asset": func(name string) string { return at(files.URL(name)) },
			"at":    at,
			"room":  func(name string) string { return shared.RoomPath(base, name) },
			"gated": func() bool { return gated },
			"socket": func(room string) string {
				return shared.SocketPath(base) + "?" + url.Values{shared.RoomParam: {room}}.Encode()
			},
			"subprotocol": func() string { return shared.Subprotocol },
			"away":        func() int { return int(away / time.Second) },
			"hosts":       func(words *i18n.Words) string { return i18n.Hosts(words.Lang) },
			"attendance": func(words *i18n.Words) string {
				if kept == 0 {
					return ""
				}
				return words.Count(words.Attendance, int((kept+day-1)/day))
			},
		}).
		ParseFS(web.Templates(), "*.html")
	return pages{t}, err
}

// render returns the whole page, so that a page whose template fails is not sent in part.
func (p pages) render(name string, data any) ([]byte, error) {
	var body bytes.Buffer
	err := p.templates.ExecuteTemplate(&body, name, data)
	return body.Bytes(), err
}

// sendPage answers with a page that must not be cached, packed if the client prefers that. A
// page is better than none, so one for which the client accepts no coding is sent as it is.
//
// A page that names people must not repeat anything else that its request says, or the length
// of the packed page would tell whoever can make somebody's browser ask for it; see
// docs/security.md.
func (s *Site) sendPage(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	body, err := s.pages.render(name, data)
	if err != nil {
		s.log.Error("a page does not render", "page", name, "err", err)
		http.Error(w, "the server failed to make this page", http.StatusInternalServerError)
		return
	}
	s.SendPage(w, r, status, body)
}

// SendPage answers with a page that a handler has made; see sendPage.
func (s *Site) SendPage(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	if !w.(*response).reserve(len(body)) {
		return
	}
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if c, _ := choose(r, []coding{gzipped, identity}); c == gzipped {
		body = s.packer.pack(body)
		h.Set("Content-Encoding", string(gzipped))
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}
