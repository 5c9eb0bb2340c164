//go:build !js

package ui

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// mostShown is how many members the server puts into a page.
const mostShown = 60

// The program puts its own elements in place of the server's. If the two trees are
// equal, nothing moves and nobody notices.
func TestTheServerSendsTheTreeThatTheProgramRenders(t *testing.T) {
	busy := []shared.User{
		{ID: "AAAA", Name: "Ada Brandt", Status: shared.StatusActive, JoinedAt: 1e12},
		{ID: "BBBB", Name: `"><script>alert(1)</script>`, Status: shared.StatusIdle, JoinedAt: 2e12},
		{ID: "CCCC", Name: "ليلى حداد", Status: shared.StatusAway, JoinedAt: 3e12},
		{ID: "DDDD", Name: "林小雨", Status: shared.StatusActive, Note: "in Taipei & around", JoinedAt: 4e12},
		{ID: "EEEE", Name: "👨‍👩‍👧‍👦", Status: shared.StatusIdle, Note: "back at 3", JoinedAt: 5e12},
		{ID: "GGGG", Name: "Ada Brandt", Status: shared.StatusActive, JoinedAt: 5e12},
		{ID: "FFFF", Name: "Jonas", Status: shared.StatusAway, Note: "לצהריים", JoinedAt: 6e12},
	}
	for _, c := range []struct {
		name  string
		users []shared.User
		count int
		info  shared.RoomInfo
	}{
		{"empty", nil, 0, shared.RoomInfo{}},
		{"one", busy[:1], 1, shared.RoomInfo{}},
		{"a title", busy[:1], 1, shared.RoomInfo{Title: `"><script>alert(1)</script>`}},
		{"a topic", busy[:1], 1, shared.RoomInfo{Topic: "ماذا بعد؟ & <b>"}},
		{"locked", busy[:1], 1, shared.RoomInfo{Locked: true}},
		{"all that a room says", busy[:1], 1, shared.RoomInfo{Title: "Stand-up", Topic: "what's next", Locked: true}},
		{"every kind of card", busy, len(busy), shared.RoomInfo{}},
		{"a full page", crowd(mostShown), mostShown, shared.RoomInfo{}},
		{"more than a page", crowd(mostShown), 9999, shared.RoomInfo{}},
		{"five digits", crowd(mostShown), 10_000, shared.RoomInfo{}},
		{"six digits", crowd(mostShown), 123_456, shared.RoomInfo{}},
		{"seven digits", crowd(mostShown), 1_234_567, shared.RoomInfo{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, lang := range i18n.Languages() {
				speakIn(t, lang)
				compare(t, outline(t, serverPage(t, "standup", c.info, c.users, c.count)), outline(t, programPage("standup", c.info, c.users, c.count)))
			}
		})
	}
}

// The page that the worker keeps has no room, and is otherwise the same.
func TestTheShellIsThePageOfARoomNotYetKnown(t *testing.T) {
	program := slices.DeleteFunc(outline(t, programPage("standup", shared.RoomInfo{}, nil, -1)), func(line string) bool {
		return strings.Contains(line, "“standup”")
	})
	compare(t, outline(t, serverPage(t, "", shared.RoomInfo{}, nil, 0)), program)
}

// attendanceText is what both say of attendance; "" if none is taken.
var attendanceText string

// What is said of attendance stands in the same place.
func TestAttendanceOnBoth(t *testing.T) {
	t.Cleanup(func() { attendanceText = "" })
	attendanceText = "Attendance is taken."
	tree := outline(t, serverPage(t, "standup", shared.RoomInfo{}, crowd(2), 2))
	compare(t, tree, outline(t, programPage("standup", shared.RoomInfo{}, crowd(2), 2)))
	if !slices.ContainsFunc(tree, func(line string) bool { return strings.Contains(line, attendanceText) }) {
		t.Error("nothing is said of it")
	}
}

// speakIn sets the page's language for the rest of the test.
func speakIn(t *testing.T, lang string) {
	before := msgs
	t.Cleanup(func() { msgs = before })
	msgs = i18n.In(lang)
}

func compare(t *testing.T, server, program []string) {
	t.Helper()
	for i := range max(len(server), len(program)) {
		s, p := "nothing", "nothing"
		if i < len(server) {
			s = server[i]
		}
		if i < len(program) {
			p = program[i]
		}
		if s != p {
			t.Fatalf("line %d of the trees differs:\n server  %s\n program %s", i+1, s, p)
		}
	}
	if len(server) < 30 {
		t.Fatalf("the trees have only %d lines: is there a page at all?", len(server))
	}
}

func crowd(n int) (users []shared.User) {
	for i := range n {
		users = append(users, shared.User{
			ID: fmt.Sprintf("ID%02d", i), Name: "Person " + strconv.Itoa(i), Status: shared.StatusActive, JoinedAt: int64(i),
		})
	}
	return users
}

// serverPage returns the page as the server renders it from web/page.html.
func serverPage(t *testing.T, room string, info shared.RoomInfo, users []shared.User, count int) string {
	t.Helper()
	type person struct {
		ID, Name, Initials string
		Tag                string
		Hue                int
		Status             shared.Status
		Note               string
		Since              time.Time
	}
	page := struct {
		Words       *i18n.Words
		Room        string
		Info        shared.RoomInfo
		Count, More int
		Stranger    bool
		People      []person
		Faces       []person
		Names       []string
		Island      *shared.ExistingUsers
	}{Words: msgs, Room: room, Info: info, Count: count, More: count - len(users)}
	tags := map[string]string{}
	for _, u := range users {
		for _, other := range users {
			if u.Name == other.Name && u.ID != other.ID {
				tags[u.ID] = shared.Tag(u.ID)
			}
		}
	}
	for _, u := range users {
		page.People = append(page.People, person{
			u.ID, u.Name, shared.Initials(u.Name), tags[u.ID], shared.Hue(u.ID), u.Status, u.Note, time.UnixMilli(u.JoinedAt).UTC(),
		})
	}
	page.Faces = page.People[:min(len(users), shownFaces)]
	for _, u := range users[:min(len(users), 2)] {
		page.Names = append(page.Names, u.Name)
	}
	asset := func(name string) string { return "/web/" + name }
	at := func(path string) string { return path }
	gated := func() bool { return false }
	away := func() int { return 300 }
	taken := func(*i18n.Words) string { return attendanceText }
	source := template.Must(template.New("").Funcs(template.FuncMap{"asset": asset, "at": at, "gated": gated, "socket": at, "subprotocol": func() string { return shared.Subprotocol }, "away": away, "attendance": taken, "hosts": func(*i18n.Words) string { return "" }}).ParseFiles("../../web/page.html"))
	var b strings.Builder
	if err := source.ExecuteTemplate(&b, "page.html", page); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(b.String(), ">"+string(msgs.Loading)+"<", ">"+string(msgs.Join)+"<", 1) // as the program does
}

// programPage returns what the program renders at its start on that page.
func programPage(room string, info shared.RoomInfo, users []shared.User, count int) string {
	p := &Page{room: room, total: -1, dialog: dialog{kind: dialogJoin}, attendance: attendanceText}
	if count >= 0 {
		p.applyServerPage(&shared.ExistingUsers{Room: room, Epoch: "e", Rev: 1, Info: info, Users: users, More: count > len(users)}, count)
	}
	quoted := strings.Trim(strconv.Quote(noHint), `"`) // by HTMLString alone
	return "<body>" + strings.ReplaceAll(app.HTMLString(p), quoted, noHint)
}

// outline returns the first element of a document's body, one line for each element and
// each text in it.
func outline(t *testing.T, document string) (lines []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.DataAtom != atom.Body {
			continue
		}
		for first := range n.ChildNodes() {
			if first.Type == html.ElementNode {
				walk(first, 0, func(line string) { lines = append(lines, line) })
				return lines
			}
		}
	}
	t.Fatal("the document has no body, or nothing in it")
	return nil
}

func walk(n *html.Node, depth int, line func(string)) {
	indent := strings.Repeat("  ", depth)
	switch n.Type {
	case html.TextNode:
		// Only the browser knows the user's notation of times.
		if text := strings.TrimSpace(n.Data); text != "" && n.Parent.DataAtom != atom.Time {
			line(indent + "“" + text + "”")
		}
	case html.ElementNode:
		line(indent + n.Data + attributes(n))
	}
	for child := range n.ChildNodes() {
		walk(child, depth+1, line)
	}
}

func attributes(n *html.Node) string {
	var all []string
	for _, a := range n.Attr {
		switch {
		case a.Key == "aria-busy": // until the program runs
		case a.Val == "" || a.Val == "true" || a.Val == a.Key: // go-app writes "true" without the value
			all = append(all, a.Key)
		default:
			all = append(all, a.Key+"="+a.Val)
		}
	}
	slices.Sort(all)
	return fmt.Sprint(all)
}
