package site

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
	"rollcall/shared/i18n"
)

// hostile are names that an attacker would choose. The hub refuses some of them, but a page
// must be safe with all.
var hostile = []string{
	`"><script>alert(1)</script>`,
	`</script><script>alert(1)</script>`,
	`<!--<script>`, `-->`, `]]>`, `<!DOCTYPE html>`,
	`' onmouseover='alert(1)`, `" onfocus="alert(1)" autofocus="`,
	`{{.Island}}`, "`${alert(1)}`", `javascript:alert(1)`,
	`&lt;script&gt;`, `&quot;`, `&#x22;>`,
	"a\u2028b\u2029c", "a\u0000b", "a\nb\r\nc\td", "\u202eevil", "\ufeff", "é👨‍👩‍👧‍👦", `\u003c/script\u003e`, `</title><svg/onload=alert(1)>`,
}

// users returns a member for each name.
func users(names []string) (all []shared.User) {
	for i, name := range names {
		all = append(all, shared.User{
			ID: shared.MemberID(fmt.Sprint("the-secret-number-", i)), Name: name, Status: shared.StatusIdle,
			Note: names[len(names)-1-i], JoinedAt: 1_700_000_000_123 + int64(i),
		})
	}
	return all
}

// dom is a parsed page.
type dom struct {
	t    *testing.T
	root *html.Node
}

func parse(t *testing.T, page string) dom {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return dom{t, root}
}

// all returns the elements for which ok holds.
func (d dom) all(ok func(n *html.Node) bool) (found []*html.Node) {
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && ok(n) {
			found = append(found, n)
		}
	}
	return found
}

func (d dom) one(ok func(n *html.Node) bool) *html.Node {
	d.t.Helper()
	found := d.all(ok)
	if len(found) != 1 {
		d.t.Fatalf("%d elements, want one", len(found))
	}
	return found[0]
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func id(want string) func(*html.Node) bool {
	return func(n *html.Node) bool { return attr(n, "id") == want }
}

func tag(want string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Data == want }
}

func content(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// shape returns everything in a page except its texts and most values of attributes: what
// a name must not be able to change.
func (d dom) shape() string {
	var b strings.Builder
	for n := range d.root.Descendants() {
		if n.Type == html.TextNode {
			continue
		}
		fmt.Fprintf(&b, "%d %s", n.Type, n.Data)
		for _, a := range n.Attr {
			fmt.Fprintf(&b, " %s", a.Key)
			if slices.Contains([]string{"src", "href", "type", "rel", "action", "id"}, a.Key) {
				fmt.Fprintf(&b, "=%s", a.Val)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// page renders the page of a room.
func (r *rig) page(t testing.TB, v hub.View) string {
	t.Helper()
	p, err := r.site.pages.render("page.html", newPage(i18n.In("en"), "standup", v))
	if err != nil {
		t.Fatal(err)
	}
	return string(p)
}

// A name is text: a page with hostile names has the same shape as one with harmless names,
// shows each name unchanged, and passes it to the program unchanged.
func TestANameIsText(t *testing.T) {
	r := newRig(t, hub.Config{})
	plain := make([]string, len(hostile))
	for i := range plain {
		plain[i] = fmt.Sprint("Ada ", i)
	}
	harmless := users(plain)
	evil := users(hostile)
	v := hub.View{Epoch: "e", Rev: 7, Count: len(evil), Users: evil}
	d := parse(t, r.page(t, v))
	if got, want := d.shape(), parse(t, r.page(t, hub.View{Count: len(harmless), Users: harmless})).shape(); got != want {
		t.Errorf("the names changed the page:\n%s\nwant\n%s", got, want)
	}
	names := d.all(func(n *html.Node) bool { return attr(n, "class") == "name" })
	if len(names) != len(hostile) {
		t.Fatalf("%d names on the page, want %d", len(names), len(hostile))
	}
	for i, n := range names {
		// HTML has no NUL and only one kind of line end; the program takes the name from the JSON.
		want := strings.NewReplacer("\x00", "\ufffd", "\r\n", "\n").Replace(hostile[i])
		if got := content(n); got != want {
			t.Errorf("the page shows %q for %q", got, want)
		}
	}
	island := d.one(id("roster"))
	if got := attr(island, "type"); got != "application/json" {
		t.Errorf("the island is %s", got)
	}
	var got shared.ExistingUsers
	if err := json.Unmarshal([]byte(content(island)), &got); err != nil {
		t.Fatal(err)
	}
	if want := (shared.ExistingUsers{Room: "standup", Epoch: "e", Rev: 7, Users: evil}); !reflect.DeepEqual(got, want) {
		t.Errorf("the island is %+v, want %+v", got, want)
	}
}

// Members of the same name have tags on the page, and no others do.
func TestOfOneName(t *testing.T) {
	r := newRig(t, hub.Config{})
	all := users([]string{"Kim", "Ada", "Kim", "kim"})
	d := parse(t, r.page(t, hub.View{Count: len(all), Users: all}))
	var got []string
	for _, n := range d.all(func(n *html.Node) bool { return attr(n, "class") == "side" }) {
		got = append(got, content(n))
	}
	if want := []string{shared.Tag(all[0].ID), "", shared.Tag(all[2].ID), ""}; !slices.Equal(got, want) || want[0] == want[2] {
		t.Errorf("the tags are %q, want %q", got, want)
	}
}

// The page for an unknown address contains its path.
func TestAPathIsText(t *testing.T) {
	r := newRig(t, hub.Config{})
	want := parse(t, body(t, r.get("GET", "/no.where"))).shape()
	for _, name := range hostile {
		name = strings.ReplaceAll(name, "/", "∕") // a path of one segment
		for _, prefix := range []string{"/", "/r/x/"} {
			var target strings.Builder
			for _, b := range []byte(name) {
				fmt.Fprintf(&target, "%%%02x", b)
			}
			res := r.get("GET", prefix+target.String())
			d := parse(t, body(t, res))
			if got := d.shape(); res.StatusCode != http.StatusNotFound || got != want {
				t.Errorf("%s%q: %s\n%s\nwant\n%s", prefix, name, res.Status, got, want)
			}
			if got := content(d.all(tag("code"))[0]); got != prefix+strings.NewReplacer("\x00", "\ufffd", "\r\n", "\n").Replace(name) {
				t.Errorf("%s%q is shown as %q", prefix, name, got)
			}
		}
	}
}

// No page has an inline script or style, which the policy would have to allow.
func TestNothingIsInline(t *testing.T) {
	r := newRig(t, hub.Config{})
	for name, page := range map[string]string{
		"a room": r.page(t, hub.View{Count: 1, Users: users([]string{"Ada"})}),
		"shell":  body(t, r.get("GET", "/shell")),
		"lost":   body(t, r.get("GET", "/nowhere")),
	} {
		d := parse(t, page)
		for _, n := range d.all(func(*html.Node) bool { return true }) {
			if n.Data == "style" || n.Data == "script" && attr(n, "src") == "" && attr(n, "type") != "application/json" {
				t.Errorf("%s: an inline %s", name, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: %s has %s", name, n.Data, a.Key)
				}
				if (a.Key == "src" || a.Key == "href") && (!strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//")) {
					t.Errorf("%s: %s leads to %s", name, n.Data, a.Val)
				}
			}
		}
	}
}

// A page names the members of its room, and nobody else.
func TestAPageShowsItsRoom(t *testing.T) {
	r := newRig(t, hub.Config{})
	t.Cleanup(r.hub.Close)
	for room, names := range map[string][]string{shared.Lobby: {"Ada", "Grace"}, "standup": {"Linus"}} {
		for _, name := range names {
			s, err := r.hub.Connect(room, wiretest.DiscardPeer{})
			if err != nil {
				t.Fatal(err)
			}
			s.Receive(shared.Encode(wiretest.Member(name)))
		}
	}
	for target, want := range map[string][]string{"/": {"Ada", "Grace"}, "/r/standup": {"Linus"}, "/r/nobody": nil} {
		d := parse(t, body(t, r.get("GET", target)))
		var got []string
		for _, n := range d.all(func(n *html.Node) bool { return attr(n, "class") == "name" }) {
			got = append(got, content(n))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s shows %q, want %q", target, got, want)
		}
		if got := content(d.one(id("count"))); got != fmt.Sprint(len(want)) {
			t.Errorf("%s counts %s", target, got)
		}
		var island map[string]json.RawMessage
		if err := json.Unmarshal([]byte(content(d.one(id("roster")))), &island); err != nil {
			t.Fatal(err)
		}
		if want == nil && string(island["users"]) != "[]" {
			t.Errorf("%s: nobody is %s", target, island["users"])
		}
	}
}

// The program can resume from the snapshot in the page without missing a change.
func TestTheIslandCanBeResumedFrom(t *testing.T) {
	r := start(t, hub.Config{})
	r.Join("standup", "Ada")
	var island shared.ExistingUsers
	d := parse(t, body(t, r.get("GET", "/r/standup")))
	if err := json.Unmarshal([]byte(content(d.one(id("roster")))), &island); err != nil {
		t.Fatal(err)
	}
	r.Join("standup", "Grace")
	w := r.Enter("standup")
	late := wiretest.Member("Linus")
	late.Resume = &shared.Resume{Epoch: island.Epoch, Rev: island.Rev}
	w.Send(wiretest.Message(late))
	got := w.Until("new_user Linus")
	if want := []string{"resumed", "new_user Grace", "new_user Linus"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestALargeRoomIsShortened(t *testing.T) {
	const maxPeople = 60 // repeated, so that it can't be changed by accident
	r := newRig(t, hub.Config{})
	r.full(t, "standup", maxPeople+5)
	d := parse(t, body(t, r.get("GET", "/r/standup")))
	if got := len(d.all(func(n *html.Node) bool { return attr(n, "data-member") != "" })); got != maxPeople {
		t.Errorf("%d people on the page, want %d", got, maxPeople)
	}
	var island shared.ExistingUsers
	if err := json.Unmarshal([]byte(content(d.one(id("roster")))), &island); err != nil {
		t.Fatal(err)
	}
	if !island.More || len(island.Users) != maxPeople {
		t.Errorf("the island has %d users, more: %v", len(island.Users), island.More)
	}
	if got := content(d.one(id("count"))); got != fmt.Sprint(maxPeople+5) {
		t.Errorf("it counts %s", got)
	}
}

// The service worker keeps the shell, so it must name nobody.
func TestTheShellNamesNobody(t *testing.T) {
	r := newRig(t, hub.Config{})
	t.Cleanup(r.hub.Close)
	s, err := r.hub.Connect(shared.Lobby, wiretest.DiscardPeer{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(wiretest.Member("Ada")))
	res := r.get("GET", "/shell")
	page := body(t, res)
	d := parse(t, page)
	if strings.Contains(page, "Ada") || len(d.all(id("roster"))) != 0 || len(d.all(func(n *html.Node) bool { return attr(n, "data-member") != "" })) != 0 {
		t.Errorf("the shell has people: %s", page)
	}
	if res := r.get("GET", "/shell", "If-None-Match", res.Header.Get("ETag")); res.StatusCode != http.StatusNotModified {
		t.Errorf("asked for again: %s", res.Status)
	}
	d.one(func(n *html.Node) bool { return n.Data == "script" && attr(n, "src") == "/web/app."+hash+".js" })
}

// What a room says of itself is text, too, and passed to the program unchanged.
func TestWhatARoomSaysIsText(t *testing.T) {
	r := newRig(t, hub.Config{})
	harmless := shared.RoomInfo{Title: "a", Topic: "b", Locked: true}
	said := shared.RoomInfo{Title: `</h1><script>alert(1)</script>`, Topic: `"><img src=x onerror=alert(1)>`, Locked: true}
	d := parse(t, r.page(t, hub.View{Epoch: "e", Info: said}))
	if got, want := d.shape(), parse(t, r.page(t, hub.View{Epoch: "e", Info: harmless})).shape(); got != want {
		t.Errorf("what it says changed the page:\n%s\nwant\n%s", got, want)
	}
	heading := d.one(func(n *html.Node) bool { return n.Data == "h1" })
	if got := content(heading); got != said.Title {
		t.Errorf("the heading is %q", got)
	}
	island, err := shared.ReadExistingUsers([]byte(content(d.one(id("roster")))))
	if err != nil || island.Info != said {
		t.Errorf("the program is passed %+v, %v", island.Info, err)
	}
	if plain := r.page(t, hub.View{Epoch: "e"}); strings.Contains(plain, `class="topic"`) || strings.Contains(plain, "room_info") {
		t.Errorf("the page of a room that says nothing of itself has more than before: %s", plain)
	}
}

func TestPeopleOfAPage(t *testing.T) {
	u := shared.User{ID: "ABC", Name: "Ada Lovelace", Status: shared.StatusAway, Note: "lunch", JoinedAt: 1_700_000_000_123}
	p := newPage(i18n.In("en"), "standup", hub.View{Count: 3, Users: []shared.User{u}})
	if p.More != 2 || p.Count != 3 || len(p.People) != 1 {
		t.Fatalf("%+v", p)
	}
	got := p.People[0]
	if got.Initials != "AL" || got.Hue != shared.Hue("ABC") || got.Status != shared.StatusAway || got.Note != "lunch" ||
		got.Since.Format("2006-01-02T15:04:05.000Z07:00") != "2023-11-14T22:13:20.123Z" {
		t.Errorf("%+v", got)
	}
}

// Where attendance is kept, the page and the shell say so, in whole days and in every
// language; where it is not, nothing does.
func TestPagesSayThatAttendanceIsTaken(t *testing.T) {
	for kept, days := range map[time.Duration]int{0: 0, time.Hour: 1, 24 * time.Hour: 1, 25 * time.Hour: 2, 2160 * time.Hour: 90} {
		r := newRigOf(t, Config{Hub: hub.New(hub.Config{}), AttendanceKept: kept})
		for _, lang := range i18n.Languages() {
			for _, path := range []string{"/r/standup", "/shell"} {
				page := body(t, r.get("GET", path, "Accept-Language", lang))
				if got := strings.Contains(page, "attendance"); got != (days > 0) {
					t.Errorf("%s of %v in %s speaks of it: %v", path, kept, lang, got)
				}
				words := i18n.In(lang)
				if text := words.Count(words.Attendance, days); days > 0 && strings.Count(page, text) != 2 {
					t.Errorf("%s of %v in %s does not say, to the reader and to the program: %s", path, kept, lang, text)
				}
			}
		}
	}
}
