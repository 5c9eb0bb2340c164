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
	"rollcall/shared/words"
)

// mostShown is how many people the server puts into a page.
const mostShown = 60

// The browser program puts its own elements in place of the server's. When the
// two trees are the same, nothing moves and nobody sees it happen.
func TestTheServerSendsTheTreeThatTheProgramRenders(t *testing.T) {
	busy := []shared.User{
		{ID: "AAAA", Name: "Ada Brandt", Status: shared.StatusActive, JoinedAt: 1e12},
		{ID: "BBBB", Name: `"><script>alert(1)</script>`, Status: shared.StatusIdle, JoinedAt: 2e12},
		{ID: "CCCC", Name: "ليلى حداد", Status: shared.StatusAway, JoinedAt: 3e12},
		{ID: "DDDD", Name: "林小雨", Status: shared.StatusActive, Note: "in Taipei & around", JoinedAt: 4e12},
		{ID: "EEEE", Name: "👨‍👩‍👧‍👦", Status: shared.StatusIdle, Note: "back at 3", JoinedAt: 5e12},
		{ID: "FFFF", Name: "Jonas", Status: shared.StatusAway, Note: "לצהריים", JoinedAt: 6e12},
	}
	for _, c := range []struct {
		name  string
		users []shared.User
		count int
	}{
		{"empty", nil, 0},
		{"one", busy[:1], 1},
		{"every kind of card", busy, len(busy)},
		{"a full page", crowd(mostShown), mostShown},
		{"more than a page", crowd(mostShown), 9999},
		{"five digits", crowd(mostShown), 10_000},
		{"six digits", crowd(mostShown), 123_456},
		{"seven digits", crowd(mostShown), 1_234_567},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, lang := range words.Languages() {
				speakIn(t, lang)
				compare(t, outline(t, serverPage(t, "standup", c.users, c.count)), outline(t, programPage("standup", c.users, c.count)))
			}
		})
	}
}

// The page that the worker keeps has no room: all else is the same.
func TestTheShellIsThePageOfARoomNotYetKnown(t *testing.T) {
	program := slices.DeleteFunc(outline(t, programPage("standup", nil, -1)), func(line string) bool {
		return strings.Contains(line, "“standup”")
	})
	compare(t, outline(t, serverPage(t, "", nil, 0)), program)
}

// speakIn has the page speak a language for the rest of the test.
func speakIn(t *testing.T, lang string) {
	before := say
	t.Cleanup(func() { say = before })
	say = words.In(lang)
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

// serverPage is the page as the server renders it from web/page.html.
func serverPage(t *testing.T, room string, users []shared.User, count int) string {
	t.Helper()
	type person struct {
		ID, Name, Initials string
		Hue                int
		Status             shared.Status
		Note               string
		Since              time.Time
	}
	page := struct {
		Words       *words.Words
		Room        string
		Count, More int
		Stranger    bool
		People      []person
		Island      *shared.ExistingUsers
	}{Words: say, Room: room, Count: count, More: count - len(users)}
	for _, u := range users {
		page.People = append(page.People, person{
			u.ID, u.Name, shared.Initials(u.Name), shared.Hue(u.ID), u.Status, u.Note, time.UnixMilli(u.JoinedAt).UTC(),
		})
	}
	asset := func(name string) string { return "/web/" + name }
	at := func(path string) string { return path }
	gated := func() bool { return false }
	source := template.Must(template.New("").Funcs(template.FuncMap{"asset": asset, "at": at, "gated": gated}).ParseFiles("../../web/page.html"))
	var b strings.Builder
	if err := source.ExecuteTemplate(&b, "page.html", page); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// programPage is what the program renders when it starts on that page.
func programPage(room string, users []shared.User, count int) string {
	p := &Page{room: room, total: -1, dialog: dialog{asks: askJoin}}
	if count >= 0 {
		p.begin(&shared.ExistingUsers{Room: room, Epoch: "e", Rev: 1, Users: users, More: count > len(users)}, count)
	}
	return "<body>" + app.HTMLString(p)
}

// outline is the first element of the body of a document, a line for each
// element and each text in it.
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
		// Only the browser knows how its person writes the time.
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
		case a.Key == "open" && n.Data == "dialog": // the program opens it by a method
		case a.Key == "disabled" && parentClass(n) == "actions": // until the program can take the name
		case a.Val == "" || a.Val == "true" || a.Val == a.Key: // go-app writes "true" without the value
			all = append(all, a.Key)
		default:
			all = append(all, a.Key+"="+a.Val)
		}
	}
	slices.Sort(all)
	return fmt.Sprint(all)
}

func parentClass(n *html.Node) string {
	for _, a := range n.Parent.Attr {
		if a.Key == "class" {
			return a.Val
		}
	}
	return ""
}
