//go:build unix

package roll

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rollcall/server/store"
	"rollcall/shared"
	"rollcall/shared/api"
)

// cells are the texts of the cells of a page's rows, without drawings.
func cells(t *testing.T, page string) (rows [][]string) {
	t.Helper()
	tree, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range tree.Descendants() {
		if n.Data != "tr" {
			continue
		}
		var row []string
		for cell := range n.ChildNodes() {
			if cell.Type == html.ElementNode {
				row = append(row, strings.Join(strings.Fields(textOf(cell)), " "))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func textOf(n *html.Node) (text string) {
	if n.Data == "svg" {
		return ""
	}
	if n.Type == html.TextNode {
		return n.Data
	}
	for c := range n.ChildNodes() {
		text += textOf(c)
	}
	if n.Data == "li" {
		text += " "
	}
	return text
}

var figuresIn = regexp.MustCompile(`<dt>([^<]*)</dt><dd>([^<]*)</dd>`)

func figures(page string) (all []string) {
	for _, f := range figuresIn.FindAllStringSubmatch(page, -1) {
		all = append(all, f[2]+" "+f[1])
	}
	return all
}

func want[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n%v\nwant\n%v", what, got, want)
	}
}

// expect sets a list of names.
func (r *rig) expect(late string, names ...string) {
	r.t.Helper()
	starts := at(0)
	e := api.Expected{Starts: &starts, LateAfter: late}
	for _, name := range names {
		e.People = append(e.People, api.ExpectedPerson{Name: name})
	}
	if err := r.roll.SetExpected(r.t.Context(), "standup", e, "key ci"); err != nil {
		r.t.Fatal(err)
	}
}

func TestTheSheetSaysWhoWasThere(t *testing.T) {
	r := newRig(t, "/")
	r.wrote(store.Gap{From: at(35), To: at(38)}, was("Ada", 0, 30), was("Ada", 40, 60), was("Bo", 12, 80), was("Guest", 3, 5))
	r.expect("5m", "ada", "Bo", "Zoë", "Cy")
	list, err := r.roll.Expected(t.Context(), "standup")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.roll.SetMark(t.Context(), "standup", list.People[3].ID, api.StatusExcused, "key ci"); err != nil {
		t.Fatal(err)
	}
	page := r.page(there+"?from=2026-03-02T00:00&to=2026-03-03T00:00&zone=Europe/Berlin", r.enter(there))
	want(t, "the rows", cells(t, page), [][]string{
		{"Name", "Over time", "Status", "Came", "Left", "There for"},
		{"How many at most 2", "10:00: 1 10:10: 1 10:20: 2 10:30: 1 10:40: 2 10:50: 2 11:00: 1 11:10: 1 11:20: 0", "", "", "", ""},
		{"Zoë", "", "missing", "", "", ""},
		{"Cy", "", "excused key ci", "", "", ""},
		{"Ada", "10:00–10:30, 10:40–11:00", "left", "10:00", "11:00", "50 min"},
		{"Guest", "10:03–10:05", "left", "10:03", "10:05", "2 min"},
		{"Bo", "10:12–11:20", "late", "10:12", "11:20", "1 h 8 min"},
	})
	want(t, "the figures", figures(page), []string{"1 of 4 missing", "3 came", "1 late", "1 excused"})
	for _, part := range []string{"<bdi>10:35–10:38</bdi>", "times in <bdi>Europe/Berlin</bdi>", string(languages["en"].TypedHint), "2026-03-02 00:00 – 2026-03-03 00:00"} {
		if !strings.Contains(page, part) {
			t.Errorf("no %s in %s", part, page)
		}
	}
	if strings.Contains(page, "data-live") {
		t.Error("a day that is over is live")
	}
}

// Names are text, whatever they are, on the page and in its files.
func TestHostileNames(t *testing.T) {
	r := newRig(t, "/")
	names := []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `=HYPERLINK("http://evil.test")`, "ليلى حداد", `{{.Proof}}`, `</textarea><b>`}
	var visits []store.Visit
	for i, name := range names {
		visits = append(visits, was(name, i, 30))
	}
	r.wrote(store.Gap{}, visits...)
	r.expect("", append(names, `</svg><script>`)...)
	c := r.enter(there)
	page := r.page(there+morning, c)
	rows := cells(t, page)[2:]
	for i, name := range append([]string{`</svg><script>`}, names...) {
		want(t, "a name", rows[i][0], name)
	}
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("%d scripts", n)
	}
	if got := r.page(there+"?edit", c); strings.Contains(got, "<script>") || strings.Contains(got, "<b>\n") || !strings.Contains(got, "&lt;/textarea&gt;&lt;b&gt;") {
		t.Error(got)
	}
	if got := r.page(there+morning+"&format=csv", c); !strings.Contains(got, `"'=HYPERLINK(""http://evil.test"")"`) {
		t.Error(got)
	}
}

func TestFiles(t *testing.T) {
	r := newRig(t, "/")
	r.wrote(store.Gap{}, was("Ada", 0, 30))
	c := r.enter(there)
	for format, kind := range map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"} {
		res := r.do("GET", there+morning+"&format="+format, nil, "Cookie", c.Name+"="+c.Value)
		h := res.Header
		if h.Get("Content-Type") != kind || h.Get("Content-Disposition") != "attachment; filename=standup-2026-03-02."+format {
			t.Errorf("%v", h)
		}
		got := text(t, res)
		if format == "json" {
			var a api.Attendance
			if err := json.Unmarshal([]byte(got), &a); err != nil || len(a.People) != 1 || a.People[0].Seconds != 1800 {
				t.Errorf("%s, %v", got, err)
			}
		} else if !strings.Contains(got, "2026-03-02T09:00:00Z,2026-03-02T09:30:00Z,1800") {
			t.Error(got)
		}
	}
	if res := r.do("GET", there+morning+"&format=exe", nil, "Cookie", c.Name+"="+c.Value); res.Header.Get("Content-Disposition") != "" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s, %v", res.Status, res.Header)
	}
}

// Nothing of an address is in the page but what is understood.
func TestThePageRepeatsNothing(t *testing.T) {
	r := newRig(t, "/")
	c := r.enter(there)
	for _, query := range []string{"?zone=guess-me", "?from=guess-me&to=guess-me", "?day=guess-me", "?guess-me", "?format=guess-me", "?edit=guess-me"} {
		if got := r.page(there+query, c, "User-Agent", "guess-me"); strings.Contains(got, "guess-me") {
			t.Errorf("%s: %s", query, got)
		}
	}
}

func TestATimeThatCantBeShown(t *testing.T) {
	r := newRig(t, "/")
	c := r.enter(there)
	say := languages["en"]
	for query, problem := range map[string]string{
		"?from=2026-03-03T00:00&to=2026-03-02T00:00": string(say.BadTime),
		"?from=2026-03-03T00:00":                     string(say.BadTime),
		"?from=x&to=y":                               string(say.BadTime),
		"?zone=Local":                                string(say.BadZone),
		"?zone=../../etc/passwd":                     string(say.BadZone),
	} {
		res := r.do("GET", there+query, nil, "Cookie", c.Name+"="+c.Value)
		if got := text(t, res); res.StatusCode != http.StatusBadRequest || !strings.Contains(html.UnescapeString(got), problem) || !strings.Contains(got, `id="sheet"`) {
			t.Errorf("%s: %s, %s", query, res.Status, got)
		}
	}
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	res := r.do("GET", there, nil, "Cookie", c.Name+"="+c.Value)
	if got := text(t, res); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !strings.Contains(got, string(say.Failed)) {
		t.Errorf("%s: %s", res.Status, got)
	}
}

// More people than the page shows are named by number, and a page of them is bounded.
func TestALargeRoom(t *testing.T) {
	r := newRig(t, "/")
	var visits []store.Visit
	for i := range 1200 {
		for k := range 3 {
			visits = append(visits, was(fmt.Sprint("Person ", i), 100*k+i%60, 100*k+i%60+20))
		}
	}
	r.wrote(store.Gap{}, visits...)
	page := r.page(there+morning, r.enter(there))
	want(t, "the figures", figures(page), []string{"1,200 came"})
	if rows := cells(t, page); len(rows) != 1002 {
		t.Errorf("%d rows", len(rows))
	}
	if !strings.Contains(page, languages["en"].More.With("n", "200")) {
		t.Error("who is left out is not said")
	}
	if !strings.Contains(page, ">00:00</text>") {
		t.Error("the axis has less than the time, though not everybody is known")
	}
	if len(page) > 1<<20 {
		t.Errorf("the page has %d bytes", len(page))
	}
}

// Who is still there is shown until now, and a page that is live says as of when it is.
func TestWhoIsStillThere(t *testing.T) {
	r := newRig(t, "/")
	l, err := r.store.Begin(t.Context(), "one", time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	v := was("Ada", 0, 0)
	v.N, v.Attached, v.Reason, v.Identity = 1, time.Now().Add(-10*time.Minute), "", "token"
	if err := l.Write(t.Context(), store.Batch{New: []store.Visit{v}, Seen: time.Now()}); err != nil {
		t.Fatal(err)
	}
	from, to := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	page := r.page(fmt.Sprintf("%s?from=%s&to=%s", there, from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339)), r.enter(there))
	want(t, "the figures", figures(page), []string{"1 here now", "1 came"})
	row := cells(t, page)[2]
	if row[0] != "Ada" || row[2] != "here" || row[4] != "still here" || row[5] != "10 min" {
		t.Errorf("%v", row)
	}
	if !strings.Contains(page, "data-live") || strings.Contains(page, string(languages["en"].TypedHint)) {
		t.Error(page)
	}
}

func TestMembersOfOneNameAreToldApart(t *testing.T) {
	r := newRig(t, "/")
	other := was("other", 2, 30)
	other.Name, other.Identity = "Ada", "token"
	nameless := was("nameless", 3, 30) // as with -attendance-names=false
	nameless.Name = ""
	r.wrote(store.Gap{}, was("Ada", 0, 30), other, nameless)
	rows := cells(t, r.page(there+morning, r.enter(there)))
	want(t, "one", rows[2][0], "Ada "+shared.Tag(shared.MemberID("the key of Ada"))+" typed")
	want(t, "the other", rows[3][0], "Ada "+shared.Tag(other.Member))
	want(t, "who has no name", rows[4][0], nameless.Member+" typed")
}

func TestTheDirectionOfThePageIsThatOfTime(t *testing.T) {
	r := newRig(t, "/")
	r.wrote(store.Gap{}, was("Ada", 0, 30))
	c := r.enter(there)
	for lang, bar := range map[string]string{"en": `d="M0 50H1000"`, "ar": `d="M1000 50H0"`} {
		page := r.page(there+morning, c, "Accept-Language", lang)
		if !strings.Contains(page, bar) || !strings.Contains(page, `lang="`+lang+`"`) {
			t.Errorf("%s: no %s in %s", lang, bar, page)
		}
	}
}

// The links of a page and its forms are about the time that it shows.
func TestLinksKeepTheTime(t *testing.T) {
	r := newRig(t, "/")
	c := r.enter(there)
	const march = "?from=2026-03-02T00:00&to=2026-03-03T00:00&zone=Europe/Berlin"
	for _, page := range []string{r.page(there+march, c), r.page(there+march+"&edit", c)} {
		links := 0
		for _, found := range regexp.MustCompile(`(?:href|action)="[^"?]*\?([^"]*)"`).FindAllStringSubmatch(page, -1) {
			query, err := url.ParseQuery(html.UnescapeString(found[1]))
			if err != nil || query.Get("zone") != "Europe/Berlin" {
				t.Errorf("%s: %v", found[1], err)
			}
			if query.Has("day") {
				continue // leads to another day
			}
			links++
			if s, problem := spanOf(query, "", languages["en"], at(0)); problem != "" || s.From != "2026-03-02T00:00" || s.To != "2026-03-03T00:00" {
				t.Errorf("%s is about %s to %s: %s", found[1], s.From, s.To, problem)
			}
		}
		if links < 2 {
			t.Errorf("%d links in %s", links, page)
		}
	}
}
