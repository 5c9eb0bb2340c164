package site

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"rollcall/shared"
)

// basePath has segments that no browser escapes and that stay where they are.
var basePath = regexp.MustCompile(`^/([\w~-][\w.~-]*/)*$`)

// CheckBase says why a path can't be the one under which everything is.
func CheckBase(base string) error {
	if !basePath.MatchString(base) {
		return fmt.Errorf("%q is not a path of letters, digits, '-', '_', '.' and '~' that begins and ends with a slash", base)
	}
	return nil
}

func (s *Site) lobby(w http.ResponseWriter, r *http.Request) { s.sendRoom(w, r, shared.Lobby) }

// room answers an address under /r/. One that means a room but is not quite
// its address (capitals, a slash too many, the lobby under its name) leads there.
func (s *Site) room(w http.ResponseWriter, r *http.Request) {
	room := strings.ToLower(r.PathValue("room"))
	if shared.CheckRoom(room) != nil {
		s.notFound(w, r)
		return
	}
	if path := shared.RoomPath(s.base, room); r.URL.EscapedPath() != path {
		target := url.URL{Path: path, RawQuery: r.URL.RawQuery}
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, target.String(), http.StatusTemporaryRedirect)
		return
	}
	s.sendRoom(w, r, room)
}

func (s *Site) sendRoom(w http.ResponseWriter, r *http.Request, room string) {
	words := wordsFor(w, r)
	token := r.URL.Query().Get(shared.TokenParam)
	if _, err := admit(s.gate, token, room); err != nil {
		status := http.StatusOK // the program may have kept a token
		if token != "" {
			challenge(w)
			status = statusOf(err)
		}
		s.sendPage(w, status, "page.html", page{Words: words, Room: room, Stranger: true})
		return
	}
	s.sendPage(w, http.StatusOK, "page.html", newPage(words, room, s.hub.Look(room, mostPeople)))
}

// notFound answers an address without a page, and says what one of a room is.
func (s *Site) notFound(w http.ResponseWriter, r *http.Request) {
	s.sendPage(w, http.StatusNotFound, "notfound.html", lostPage{
		Words: wordsFor(w, r),
		Path:  strings.ToValidUTF8(r.URL.Path, "\uFFFD"),
	})
}
