package site

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"rollcall/shared"
	"rollcall/shared/roomname"
)

func (s *Site) lobby(w http.ResponseWriter, r *http.Request) { s.sendRoom(w, r, shared.Lobby) }

// room answers an address under /r/. An address that means a room but is not its
// canonical one (a title, a slash too many, the lobby by its name) is redirected there.
func (s *Site) room(w http.ResponseWriter, r *http.Request) {
	title := r.PathValue("room")
	room, err := roomname.Of(title)
	if err != nil || !utf8.ValidString(title) {
		s.notFound(w, r)
		return
	}
	if !s.isPageOf(r.URL, room) {
		redirect(w, r, shared.RoomPath(s.base, room), r.URL.RawQuery, http.StatusTemporaryRedirect)
		return
	}
	s.sendRoom(w, r, room)
}

// isPageOf reports whether u is the address of room's page, whichever case a proxy has
// given the digits of its escapes.
func (s *Site) isPageOf(u *url.URL, room string) bool {
	return u.Path == s.base+"r/"+room && room != shared.Lobby && strings.EqualFold(u.EscapedPath(), shared.RoomPath(s.base, room))
}

// redirect answers with the address of a page of ours.
func redirect(w http.ResponseWriter, r *http.Request, path, query string, status int) {
	if query != "" {
		path += "?" + query
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, path, status)
}

// open leads to the room that a title opens, which then says that title to everybody, or
// asks for a title.
func (s *Site) open(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if !query.Has(shared.TitleParam) {
		s.sendPage(w, r, http.StatusOK, "notfound.html", notFoundPage{Words: WordsFor(w, r)})
		return
	}
	title := s.pasted(r.Host, query.Get(shared.TitleParam))
	room, err := roomname.Of(title)
	if err != nil {
		words := WordsFor(w, r)
		s.sendPage(w, r, http.StatusBadRequest, "notfound.html", notFoundPage{Words: words, Problem: words.BlankRoom})
		return
	}
	if _, err := s.mayEnter(r, query.Get(shared.TokenParam), room); err == nil && title != room {
		_ = s.hub.SuggestTitle(room, title) // one that can't be shown still opens the room
	}
	query.Del(shared.TitleParam)
	redirect(w, r, shared.RoomPath(s.base, room), query.Encode(), http.StatusSeeOther)
}

// pasted returns the title in the address of a room, if title is such an address of the
// site at host, with or without scheme and host. Otherwise it returns title.
func (s *Site) pasted(host, title string) string {
	address := strings.TrimSpace(title)
	if !strings.Contains(address, "://") && !strings.HasPrefix(address, "/") {
		address = "//" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host != "" && !strings.EqualFold(u.Host, host) {
		return title
	}
	if u.Host != "" && strings.TrimSuffix(u.Path, "/") == strings.TrimSuffix(s.base, "/") {
		return shared.Lobby
	}
	if room, ok := strings.CutPrefix(u.Path, s.base+"r/"); ok && strings.Trim(room, "/") != "" {
		return room
	}
	return title
}

// sendRoom answers with the page of a room. Who may not enter gets a page that names
// nobody.
func (s *Site) sendRoom(w http.ResponseWriter, r *http.Request, room string) {
	words := WordsFor(w, r)
	token := r.URL.Query().Get(shared.TokenParam)
	if _, err := s.mayEnter(r, token, room); err != nil {
		status := statusOf(err)
		switch {
		case s.tokens && token == "":
			status = http.StatusOK // the program may have stored one
		case s.tokens:
			w.Header().Set(challenge, bearer)
		}
		s.sendPage(w, r, status, "page.html", page{Words: words, Room: room, Stranger: true})
		return
	}
	s.sendPage(w, r, http.StatusOK, "page.html", newPage(words, room, s.hub.Preload(room, maxPeople)))
}

// notFound answers an address without a page, and offers to open a room.
func (s *Site) notFound(w http.ResponseWriter, r *http.Request) {
	if s.files == nil {
		http.NotFound(w, r)
		return
	}
	s.sendPage(w, r, http.StatusNotFound, "notfound.html", notFoundPage{
		Words: WordsFor(w, r),
		Path:  strings.ToValidUTF8(r.URL.Path, "\uFFFD"),
		Room:  s.meant(r.URL.Path),
	})
}

// meant returns the room that may be meant by a path without a page, one that has only
// words right under the base, or "".
func (s *Site) meant(path string) string {
	title, ok := strings.CutPrefix(path, s.base)
	if !ok || reserved[title] || strings.ContainsFunc(title, func(r rune) bool {
		return !strings.ContainsRune(" -_", r) && !unicode.In(r, unicode.L, unicode.M, unicode.N)
	}) {
		return ""
	}
	room, _ := roomname.Of(title)
	return room
}
