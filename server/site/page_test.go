package site

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/words"
)

// hostile are names as somebody would choose them who wants more than a name.
// Some can't get past the hub; a page has to stand them all the same.
var hostile = []string{
	`"><script>alert(1)</script>`,
	`</script><script>alert(1)</script>`,
	`<!--<script>`, `-->`, `]]>`, `<!DOCTYPE html>`,
	`' onmouseover='alert(1)`, `" onfocus="alert(1)" autofocus="`,
	`{{.Island}}`, "`${alert(1)}`", `javascript:alert(1)`,
	`&lt;script&gt;`, `&quot;`, `&#x22;>`,
	"a\u2028b\u2029c", "a\u0000b", "a\nb\r\nc\td", "\u202eevil", "\ufeff", "é👨‍👩‍👧‍👦", `\u003c/script\u003e`, `</title><svg/onload=alert(1)>`,
}

// users is a member per name.
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

// shape is everything of a page but its texts and the values of attributes: what a name
// must not be able to change.
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

func (r *rig) page(v hub.View) string {
	r.t.Helper()
	p, err := r.site.pages.render("page.html", newPage(words.In("en"), "standup", v))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(p)
}

// A name is text: a page of hostile names has the shape of one of harmless
// names, shows each as it is, and hands each to the program as it is.
func TestANameIsText(t *testing.T) {
	r := newRig(t, hub.Config{})
	harmless := users(slices.Repeat([]string{"Ada"}, len(hostile)))
	evil := users(hostile)
	v := hub.View{Epoch: "e", Rev: 7, Count: len(evil), Users: evil}
	d := parse(t, r.page(v))
	if got, want := d.shape(), parse(t, r.page(hub.View{Count: len(harmless), Users: harmless})).shape(); got != want {
		t.Errorf("the names changed the page:\n%s\nwant\n%s", got, want)
	}
	names := d.all(func(n *html.Node) bool { return attr(n, "class") == "name" })
	if len(names) != len(hostile) {
		t.Fatalf("%d names on the page, want %d", len(names), len(hostile))
	}
	for i, n := range names {
		// HTML has no NUL and one kind of line end; the program gets the name from the island.
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

// A path is echoed by the page that says it leads nowhere.
func TestAPathIsText(t *testing.T) {
	r := newRig(t, hub.Config{})
	shapes := map[bool]string{}
	for _, room := range []bool{false, true} {
		target := "/nowhere"
		if room {
			target = "/r/a b"
		}
		shapes[room] = parse(t, body(t, r.get("GET", strings.ReplaceAll(target, " ", "%20")))).shape()
	}
	for _, name := range hostile {
		name = strings.ReplaceAll(name, "/", "∕") // a path of one segment
		for prefix, room := range map[string]bool{"/": false, "/r/": true} {
			var target strings.Builder
			for _, b := range []byte(name) {
				fmt.Fprintf(&target, "%%%02x", b)
			}
			res := r.get("GET", prefix+target.String())
			d := parse(t, body(t, res))
			if got, want := d.shape(), shapes[room]; res.StatusCode != http.StatusNotFound || got != want {
				t.Errorf("%s%q: %s\n%s\nwant\n%s", prefix, name, res.Status, got, want)
			}
			if got := content(d.all(tag("code"))[0]); got != prefix+strings.NewReplacer("\x00", "\ufffd", "\r\n", "\n").Replace(name) {
				t.Errorf("%s%q is shown as %q", prefix, name, got)
			}
		}
	}
}

// No page carries a script or a style that the policy would have to allow.
func TestNothingIsInline(t *testing.T) {
	r := newRig(t, hub.Config{})
	for name, page := range map[string]string{
		"a room": r.page(hub.View{Count: 1, Users: users([]string{"Ada"})}),
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

// The people who are there are in the page, and those who are not are not.
func TestAPageShowsItsRoom(t *testing.T) {
	r := newRig(t, hub.Config{})
	t.Cleanup(r.hub.Close)
	for room, names := range map[string][]string{shared.Lobby: {"Ada", "Grace"}, "standup": {"Linus"}} {
		for _, name := range names {
			s, err := r.hub.Connect(room, resident{})
			if err != nil {
				t.Fatal(err)
			}
			s.Receive(shared.Encode(member(name)))
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

// What the page holds is where the program goes on: no person between is lost.
func TestTheIslandCanBeResumedFrom(t *testing.T) {
	r := start(t, hub.Config{})
	r.join("standup", "Ada")
	var island shared.ExistingUsers
	d := parse(t, body(t, r.get("GET", "/r/standup")))
	if err := json.Unmarshal([]byte(content(d.one(id("roster")))), &island); err != nil {
		t.Fatal(err)
	}
	r.join("standup", "Grace")
	w := r.enter("standup")
	late := member("Linus")
	late.Resume = &shared.Resume{Epoch: island.Epoch, Rev: island.Rev}
	w.send(say(late))
	got := w.until("new_user Linus")
	if want := []string{"resumed", "new_user Grace", "new_user Linus"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestALargeRoomIsShortened(t *testing.T) {
	const mostPeople = 60 // spelled out once more
	r := newRig(t, hub.Config{})
	t.Cleanup(r.hub.Close)
	for i := range mostPeople + 5 {
		s, err := r.hub.Connect("standup", resident{})
		if err != nil {
			t.Fatal(err)
		}
		s.Receive(shared.Encode(member(fmt.Sprint("Resident-", i))))
	}
	d := parse(t, body(t, r.get("GET", "/r/standup")))
	if got := len(d.all(func(n *html.Node) bool { return attr(n, "data-member") != "" })); got != mostPeople {
		t.Errorf("%d people on the page, want %d", got, mostPeople)
	}
	var island shared.ExistingUsers
	if err := json.Unmarshal([]byte(content(d.one(id("roster")))), &island); err != nil {
		t.Fatal(err)
	}
	if !island.More || len(island.Users) != mostPeople {
		t.Errorf("the island has %d users, more: %v", len(island.Users), island.More)
	}
	if got := content(d.one(id("count"))); got != fmt.Sprint(mostPeople+5) {
		t.Errorf("it counts %s", got)
	}
}

// The worker keeps the shell: it must not name who was there that day.
func TestTheShellNamesNobody(t *testing.T) {
	r := newRig(t, hub.Config{})
	t.Cleanup(r.hub.Close)
	s, err := r.hub.Connect(shared.Lobby, resident{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive(shared.Encode(member("Ada")))
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

func TestPeopleOfAPage(t *testing.T) {
	u := shared.User{ID: "ABC", Name: "Ada Lovelace", Status: shared.StatusAway, Note: "lunch", JoinedAt: 1_700_000_000_123}
	p := newPage(words.In("en"), "standup", hub.View{Count: 3, Users: []shared.User{u}})
	if p.More != 2 || p.Count != 3 || len(p.People) != 1 {
		t.Fatalf("%+v", p)
	}
	got := p.People[0]
	if got.Initials != "AL" || got.Hue != shared.Hue("ABC") || got.Status != shared.StatusAway || got.Note != "lunch" ||
		got.Since.Format("2006-01-02T15:04:05.000Z07:00") != "2023-11-14T22:13:20.123Z" {
		t.Errorf("%+v", got)
	}
}
