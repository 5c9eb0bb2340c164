package site

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/shared"
	"rollcall/shared/roomname"
)

// Base returns the path that everything of the site is under.
func (s *Site) Base() string { return s.base }

// URL returns the path of a file of the build; see web.Files.
func (s *Site) URL(name string) string {
	return s.base + strings.TrimPrefix(s.files.URL(name), "/")
}

// RoomTitle returns what a room calls itself, or else its name.
func (s *Site) RoomTitle(room string) string { return cmp.Or(s.hub.View(room, 0).Info.Title, room) }

// Refused counts a request that is refused, and reports whether there were so many from its
// address that the answer should give no other reason.
func (s *Site) Refused(r *http.Request) (often bool) { return s.limits.refused(addrOf(r.RemoteAddr)) }

// HostSince returns since when the member whose key it is has been in a room, if they host it
// without a sign-in. Where people sign in, a key proves nothing.
func (s *Site) HostSince(room, key string) (since time.Time, hosts bool) {
	if s.admit != nil {
		return since, false
	}
	u, _ := s.hub.Member(room, shared.MemberID(key))
	return time.UnixMilli(u.JoinedAt), u.Role == shared.RoleHost
}

// CheckOwnOrigin returns an error unless a page of the site has sent r, as its Origin says.
func CheckOwnOrigin(r *http.Request) error {
	if r.Header.Get("Origin") == "" {
		return errors.New("there is no Origin")
	}
	return origins(nil).check(r)
}

// attendance returns a handler that has page answer at the canonical address of a room's
// attendance, and redirects others there.
func (s *Site) attendance(page http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		room := shared.Lobby
		if title := r.PathValue("room"); title != "" {
			var err error
			if room, err = roomname.Of(title); err != nil || !utf8.ValidString(title) {
				s.notFound(w, r)
				return
			}
		}
		path := shared.AttendancePath(s.base, room)
		if !strings.EqualFold(r.URL.EscapedPath(), path) {
			redirect(w, r, path, r.URL.RawQuery, http.StatusTemporaryRedirect)
			return
		}
		r.SetPathValue("room", room)
		page.ServeHTTP(w, r)
	}
}
