package site

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/i18n"
	"rollcall/shared/roomname"
)

// openToAll lets pages of every origin load an answer, as a script, a module or an image.
func openToAll(h http.Header) {
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*")
}

// openToSender lets the page that sent r read the answer, which depends on it.
func openToSender(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
	}
}

// allowToken answers the question of a browser whether a page may send a token (Fetch
// §4.8). Every page may: what it asks for then is refused if it may not have it, and the
// refusal says why.
func allowToken(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Headers", "Authorization")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// sendEmbed answers with a script for pages of other origins. It holds nothing of anybody.
// Its address never changes, so what is loaded once is used for ten minutes, and then
// revalidated.
func (s *Site) sendEmbed(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.files.Get("/" + r.URL.Path[len(s.base):]); ok {
		openToAll(w.Header())
		w.Header().Set("Cache-Control", "public, max-age=600")
	}
	s.sendAsset(w, r)
}

// sketchPolicy lets the page of docs/sketch have a script of its own, and load jQuery.
const sketchPolicy = "default-src 'self'; script-src 'self' 'unsafe-inline' https://code.jquery.com; style-src 'unsafe-inline'; connect-src 'self'"

// sendSketch answers with docs/sketch/index.html, which is in a build of make dev alone.
func (s *Site) sendSketch(w http.ResponseWriter, r *http.Request) {
	a, ok := s.files.Get("/sketch.html")
	if !ok {
		s.notFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", sketchPolicy)
	s.send(w, r, a)
}

// maxFaces is how many members a widget and a badge name.
const maxFaces = 5

// widget is what r/{room}/widget.json says of a room.
type widget struct {
	Room   string `json:"room"`
	Title  string `json:"title"`
	Count  int    `json:"count"`
	People []face `json:"people,omitempty"` // the first of them by arrival, where names are public
}

// face is a member as a widget and a badge show it.
type face struct {
	Name     string        `json:"name"`
	Initials string        `json:"initials"`
	Hue      int           `json:"hue"` // of shared.Hues
	Status   shared.Status `json:"status"`
}

// newWidget returns what a view of a room shows to whoever may see the number, or names too.
func newWidget(room string, v hub.View, names bool) widget {
	shown := widget{Room: room, Title: v.Info.Title, Count: v.Count}
	if !names {
		return shown
	}
	for _, u := range v.Users {
		shown.People = append(shown.People, face{u.Name, shared.Initials(u.Name), shared.Hue(u.ID), u.Status})
	}
	return shown
}

// widgetOf returns what is to be shown of the room in the address of r, or why its sender may
// not see it. Gated tells that a token is needed where the site wants one.
func (s *Site) widgetOf(r *http.Request, gated bool) (shown widget, no *refusal) {
	room, err := roomname.Of(r.PathValue("room"))
	if err != nil {
		return widget{}, &refusal{status: http.StatusBadRequest, why: err}
	}
	if gated {
		if _, err := s.mayEnter(r, tokenOf(r), room); err != nil {
			return widget{}, s.refusalOf(err)
		}
	}
	return newWidget(room, s.hub.Preload(room, maxFaces), s.publicNames), nil
}

// sendWidget answers with a room's number of members, as JSON for pages that may connect.
func (s *Site) sendWidget(w http.ResponseWriter, r *http.Request) {
	openToSender(w.Header(), r)
	no := s.checkOrigin(r)
	var shown widget
	if no == nil {
		shown, no = s.widgetOf(r, true)
	}
	if no != nil {
		s.refuse(w, addrOf(r.RemoteAddr), no)
		return
	}
	body, err := json.Marshal(shown)
	if err != nil {
		panic(err) // texts and numbers all the way
	}
	sendBriefly(w, r, "application/json", append(body, '\n'), s.admit != nil)
}

// sendBadge answers with a room's number of members as an image. Browsers do not say which
// page asks for one: where the operator has opened badges, all pages may show it, and no
// token is needed for it.
func (s *Site) sendBadge(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Sec-Fetch-Site")
	if s.badges {
		openToAll(w.Header())
	} else if from := r.Header.Get("Sec-Fetch-Site"); from == "cross-site" || from == "same-site" {
		http.Error(w, "badges are for pages of this server; with -badges they are for others too", http.StatusForbidden)
		return
	}
	shown, no := s.widgetOf(r, !s.badges)
	if no != nil {
		s.refuse(w, addrOf(r.RemoteAddr), no)
		return
	}
	sendBriefly(w, r, "image/svg+xml", drawBadge(shown), s.admit != nil && !s.badges)
}

// sendBriefly answers with something that may be shown for ten seconds, and is revalidated
// then. Where it depends on who asks, only their own browser may keep it.
func sendBriefly(w http.ResponseWriter, r *http.Request, kind string, body []byte, private bool) {
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	h.Set("Cache-Control", "public, max-age=10")
	if private {
		h.Set("Cache-Control", "private, max-age=10")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// embedPage is the data of the page that shows how other pages show a room.
type embedPage struct {
	Words   *i18n.Words
	Room    string
	Samples []sample
}

// sample is one way to show a room on another page, and the text to copy for it.
type sample struct {
	Mode   string
	Title  i18n.Text
	Source string // of an image
	Line   string
}

// sendEmbedPage answers with a page that shows how other pages show a room, that of the query
// parameter room or the lobby.
func (s *Site) sendEmbedPage(w http.ResponseWriter, r *http.Request) {
	room, err := roomname.Of(cmp.Or(r.URL.Query().Get(shared.RoomParam), shared.Lobby))
	if err != nil {
		s.notFound(w, r)
		return
	}
	say := WordsFor(w, r)
	page := embedPage{Words: say, Room: room}
	here := r.URL.Scheme + "://" + r.Host + s.base
	for _, e := range []sample{{Mode: "stack", Title: say.EmbedStack}, {Mode: "list", Title: say.EmbedList}, {Mode: "count", Title: say.EmbedCount}} {
		e.Line = fmt.Sprintf("<script type=\"module\" src=\"%sembed/roll-call.js\"></script>\n<roll-call src=\"%s\" room=\"%s\" mode=\"%s\"></roll-call>", here, here, room, e.Mode)
		page.Samples = append(page.Samples, e)
	}
	badge := "r/" + url.PathEscape(room) + "/badge.svg"
	page.Samples = append(page.Samples, sample{"badge", say.EmbedBadge, s.base + badge, fmt.Sprintf("<img src=\"%s\" alt=\"%s\">", here+badge, room)})
	s.sendPage(w, r, http.StatusOK, "embed.html", page)
}
