package site

import (
	"bytes"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/words"
	"rollcall/web"
)

// mostPeople is how many members a page names; the program gets the others
// over its socket.
const mostPeople = 60

// page is what the template of a room is rendered from.
type page struct {
	Words    *words.Words
	Room     string // "" in the shell: the program takes the room from the address
	Count    int
	People   []person              // the first by arrival
	More     int                   // members beyond People
	Stranger bool                  // may not enter: the page says how to, and names nobody
	Island   *shared.ExistingUsers // the snapshot that the program begins from; nil in the shell
}

// person is one of the people on a page.
type person struct {
	ID, Name, Initials string
	Hue                int
	Status             shared.Status
	Note               string
	Since              time.Time // in UTC
}

// lostPage is what the template of an address without a page is rendered from.
type lostPage struct {
	Words *words.Words
	Path  string
}

// newPage is the page of a room with the people who are in it.
func newPage(say *words.Words, room string, v hub.View) page {
	p := page{Words: say, Room: room, Count: v.Count, More: v.Count - len(v.Users)}
	p.People = make([]person, 0, len(v.Users))
	for _, u := range v.Users {
		p.People = append(p.People, person{
			ID: u.ID, Name: u.Name, Initials: shared.Initials(u.Name), Hue: shared.Hue(u.ID),
			Status: u.Status, Note: u.Note, Since: time.UnixMilli(u.JoinedAt).UTC(),
		})
	}
	p.Island = &shared.ExistingUsers{Room: room, Epoch: v.Epoch, Rev: v.Rev, More: p.More > 0, Users: v.Users}
	if p.Island.Users == nil {
		p.Island.Users = []shared.User{} // [] in JSON, not null
	}
	return p
}

// pages renders the pages.
type pages struct {
	templates *template.Template
}

// newPages reads the templates. They know where the site is, and whether one needs
// a token there.
func newPages(files *web.Files, base string, gated bool) (pages, error) {
	at := func(path string) string { return base + strings.TrimPrefix(path, "/") }
	t, err := template.New("pages").
		Funcs(template.FuncMap{
			"asset": func(name string) string { return at(files.URL(name)) },
			"at":    at,
			"gated": func() bool { return gated },
		}).
		ParseFS(web.Templates(), "*.html")
	return pages{t}, err
}

// render returns the page as a whole, so that one that fails half-way is not sent.
func (p pages) render(name string, data any) ([]byte, error) {
	var body bytes.Buffer
	err := p.templates.ExecuteTemplate(&body, name, data)
	return body.Bytes(), err
}

// sendPage answers with a page that is only true now.
func (s *Site) sendPage(w http.ResponseWriter, status int, name string, data any) {
	body, err := s.pages.render(name, data)
	if err != nil {
		s.log.Error("a page does not render", "page", name, "err", err)
		http.Error(w, "the server failed to make this page", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}
