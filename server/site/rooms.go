package site

import (
	"net/http"
	"net/url"
	"strings"

	"rollcall/shared"
)

func (s *Site) lobby(w http.ResponseWriter, _ *http.Request) { s.sendRoom(w, shared.Lobby) }

// room answers an address under /r/. One that means a room but is not quite
// its address (capitals, a slash too many, the lobby under its name) leads there.
func (s *Site) room(w http.ResponseWriter, r *http.Request) {
	room := strings.ToLower(r.PathValue("room"))
	if err := shared.CheckRoom(room); err != nil {
		s.notFound(w, r, asError(err).Message)
		return
	}
	if path := shared.RoomPath(room); r.URL.EscapedPath() != path {
		target := url.URL{Path: path, RawQuery: r.URL.RawQuery}
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, target.String(), http.StatusTemporaryRedirect)
		return
	}
	s.sendRoom(w, room)
}

func (s *Site) sendRoom(w http.ResponseWriter, room string) {
	s.sendPage(w, http.StatusOK, "page.html", newPage(room, s.hub.View(room, mostPeople)))
}

// notFound answers an address without a page; reason says what is wrong with
// the name of a room, if it looks like one.
func (s *Site) notFound(w http.ResponseWriter, r *http.Request, reason string) {
	s.sendPage(w, http.StatusNotFound, "notfound.html", lostPage{
		Lang:   language,
		Path:   strings.ToValidUTF8(r.URL.Path, "\uFFFD"),
		Reason: reason,
	})
}
