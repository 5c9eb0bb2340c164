//go:build !js

package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"rollcall/app/e2e/engines"
	"rollcall/shared"
)

// elsewhere serves the files of testdata as an origin of its own, and a blank page at "/".
func elsewhere(t *testing.T) *httptest.Server {
	t.Helper()
	files := http.FileServer(http.Dir("testdata"))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			files.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		// What docs/embed.md says that such a page must allow, and no more.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' http://127.0.0.1:*; img-src data:; connect-src http://127.0.0.1:* ws://127.0.0.1:*")
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><meta charset="utf-8"><title>Elsewhere</title><link rel="icon" href="data:,"><body></body>`)
	}))
	t.Cleanup(s.Close)
	return s
}

// goElsewhere opens a page of another origin.
func (tb *tab) goElsewhere(url string) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		tb.fatalf("opening %s: %v", url, err)
	}
}

// embedded opens a page of another origin that has imported the module of a server as
// globalThis.rollcall.
func embedded(t *testing.T, s *server, at *httptest.Server, seat int, label string) *tab {
	t.Helper()
	tb := sit(t, s, seat, label)
	tb.goElsewhere(at.URL)
	eval[bool](tb, `async (url) => { globalThis.rollcall = await import(url); return true }`, s.url("/embed/rollcall.js"))
	return tb
}

// outcome is what an event did to a roster.
type outcome struct {
	Why   string        `json:"why"` // "", "desync" or "hash"
	Rev   uint64        `json:"rev"`
	Hash  string        `json:"hash"`
	Room  string        `json:"room"`
	Users []shared.User `json:"users"`
}

// reducer applies the events of frames to a roster in Go, and notes what each did.
type reducer struct {
	roster   shared.Roster
	outcomes []outcome
}

func (r *reducer) apply(e shared.Event) error {
	o := outcome{Users: []shared.User{}}
	switch err := r.roster.Apply(e); {
	case errors.Is(err, shared.ErrBadHash):
		o.Why = "hash"
	case err != nil:
		o.Why = "desync"
	}
	o.Rev, o.Hash, o.Room = r.roster.Rev(), r.roster.Hash().String(), fmt.Sprintf("%+v", r.roster.Info())
	for u := range r.roster.All() {
		o.Users = append(o.Users, u)
	}
	r.outcomes = append(r.outcomes, o)
	return nil
}

func (r *reducer) ExistingUsers(e shared.ExistingUsers) error     { return r.apply(e) }
func (r *reducer) Resumed(e shared.Resumed) error                 { return r.apply(e) }
func (r *reducer) NewUser(e shared.NewUser) error                 { return r.apply(e) }
func (r *reducer) UserUpdated(e shared.UserUpdated) error         { return r.apply(e) }
func (r *reducer) DisconnectUser(e shared.DisconnectUser) error   { return r.apply(e) }
func (r *reducer) RoomInfoChanged(e shared.RoomInfoChanged) error { return r.apply(e) }
func (r *reducer) Heartbeat(e shared.Heartbeat) error             { return r.apply(e) }
func (r *reducer) Occupancy(e shared.Occupancy) error             { return r.apply(e) }
func (r *reducer) Watchers(e shared.Watchers) error               { return r.apply(e) }
func (r *reducer) Announcement(e shared.Announcement) error       { return r.apply(e) }
func (r *reducer) Knocks(e shared.Knocks) error                   { return r.apply(e) }
func (r *reducer) KnockAnswered(e shared.KnockAnswered) error     { return r.apply(e) }
func (r *reducer) Pong(e shared.Pong) error                       { return r.apply(e) }
func (r *reducer) Error(e shared.Error) error                     { return r.apply(e) }
func (r *reducer) Unknown(e shared.Unknown) error                 { return r.apply(e) }

// reduce is reducer in the browser.
const reduce = `(frames) => {
	const roster = new rollcall.Roster(), outcomes = [];
	for (const frame of frames) for (const line of frame.split("\n")) {
		const { event, data } = JSON.parse(line);
		const why = roster.apply(event, data);
		const { title, topic, locked } = roster.info;
		outcomes.push({ why, rev: roster.rev, hash: roster.hash, room: "{Title:" + title + " Topic:" + topic + " Locked:" + locked + "}", users: roster.members });
	}
	return outcomes;
}`

// sameOutcomes applies frames in Go and in the browser.
func sameOutcomes(tb *tab, what string, frames ...string) {
	tb.t.Helper()
	var r reducer
	for _, frame := range frames {
		if err := shared.ReadServer([]byte(frame), &r); err != nil {
			tb.t.Fatalf("%s: %v in %s", what, err, frame)
		}
	}
	got := eval[[]outcome](tb, reduce, frames)
	if len(got) != len(r.outcomes) {
		tb.t.Fatalf("%s: %d events in the browser, %d in Go", what, len(got), len(r.outcomes))
	}
	lines := strings.Split(strings.Join(frames, "\n"), "\n")
	for i, want := range r.outcomes {
		if !reflect.DeepEqual(got[i], want) {
			tb.t.Fatalf("%s: after event %d, %s\nthe browser has %+v\nGo has %+v", what, i, lines[i], got[i], want)
		}
	}
}

// The module's roster is shared.Roster: for each golden frame, on rosters that it fits and
// on others.
func TestEmbedReducesTheGoldenFrames(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := embedded(t, s, elsewhere(t), 0, "reducer")
	files, err := filepath.Glob("../../shared/testdata/wire/*.frame")
	if err != nil || len(files) < 20 {
		t.Fatalf("%v, %v", files, err)
	}
	snapshot := readFile(t, "../../shared/testdata/wire/existing_users.frame")
	for _, file := range files {
		frame := readFile(t, file)
		if strings.Contains(frame, "9007199254740993") {
			frame = strings.ReplaceAll(frame, "9007199254740993", "41") // a revision that no room reaches
		}
		for rev := 40; rev <= 45; rev++ {
			sameOutcomes(tb, fmt.Sprintf("%s at %d", filepath.Base(file), rev), strings.Replace(snapshot, `"rev":41`, fmt.Sprintf(`"rev":%d`, rev), 1), frame)
		}
		sameOutcomes(tb, filepath.Base(file)+" from the beginning", frame)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// The module hashes as shared/testdata/vectors.json says, numbers too large for JavaScript
// included. Somebody without an id is in no roster.
func TestEmbedHashesTheVectors(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := embedded(t, s, elsewhere(t), 0, "vectors")
	wrong := eval[[]string](tb, `(text) => {
		const v = JSON.parse(text, (_, value, { source }) => typeof value === "number" && !Number.isSafeInteger(value) ? BigInt(source) : value);
		const hash = (users, room_info) => {
			const r = new rollcall.Roster();
			const why = r.apply("existing_users", { room: "r", epoch: "e", rev: 1, users, room_info });
			return why || r.hash;
		};
		const wrong = [];
		const want = (what, got, want) => got === want || wrong.push(what + ": " + got + ", want " + want);
		for (const { user, hash: h } of v.hash_user.filter(({ user }) => user.id)) want("user " + user.id, hash([user]), h);
		for (const { room_info, hash: h } of v.hash_room_info) want("room " + room_info.title, hash([], room_info), h);
		if (v.hash_user.length < 10 || v.hash_room_info.length < 3) wrong.push("vectors are missing");
		return wrong;
	}`, readFile(t, "../../shared/testdata/vectors.json"))
	if len(wrong) > 0 {
		t.Error(strings.Join(wrong, "\n"))
	}
}

// someText returns a text that hashes and sorts in every way there is.
func someText(r *rand.Rand) string {
	pieces := []string{"", "a", "10", "9", "Zoë", "李", "\U0001F35C", "\uE000", "\uFFFD", "<&>\"\\", "__proto__", "محمد", "\u2028"}
	text := pieces[r.IntN(len(pieces))]
	if r.IntN(2) == 0 {
		text += pieces[r.IntN(len(pieces))]
	}
	return text
}

// someUser returns a user with something in each of its fields, or nothing: those that are
// added to shared.User later too.
func someUser(t *testing.T, r *rand.Rand, id string) (u shared.User) {
	fields := reflect.ValueOf(&u).Elem()
	for i := range fields.NumField() {
		f := fields.Field(i)
		switch _, isInfo := f.Interface().(shared.Info); {
		case r.IntN(3) == 0:
		case isInfo:
			pairs := map[string]string{}
			for range r.IntN(8) {
				pairs["k"+someText(r)] = someText(r)
				pairs[someText(r)+"0"] = someText(r)
			}
			encoded, _ := json.Marshal(pairs)
			if err := json.Unmarshal(encoded, f.Addr().Interface()); err != nil {
				t.Fatal(err)
			}
		case f.Kind() == reflect.String:
			f.SetString(someText(r))
		case f.CanInt():
			f.SetInt(r.Int64N(1 << 48))
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		default:
			t.Fatalf("a user has a field of type %v, which this test can't fill", f.Type())
		}
	}
	u.ID = id
	u.JoinedAt %= 50 // so that many arrive together
	return u
}

// Whatever a server sends, the module has the roster that Go has, and the same doubts.
func TestEmbedReducesAnyStream(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := embedded(t, s, elsewhere(t), 0, "streams")
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	var frames []string
	var now reducer
	for range 1500 {
		e := someEvent(t, r, &now.roster)
		_ = now.apply(e)
		frames = append(frames, string(shared.Encode(e)))
	}
	sameOutcomes(tb, fmt.Sprintf("seed %d", seed), frames...)
}

// someEvent returns an event that mostly fits a roster.
func someEvent(t *testing.T, r *rand.Rand, roster *shared.Roster) shared.Event {
	id := shared.SubjectID(fmt.Sprint(r.IntN(40)))
	_, here := roster.Get(id)
	rev := roster.Rev() + 1
	if r.IntN(40) == 0 {
		rev += uint64(r.IntN(3)) - 1
	}
	fits := r.IntN(40) != 0
	switch n := r.IntN(100); {
	case n < 3:
		return shared.ExistingUsers{Room: "r", Epoch: "e", Rev: rev, More: r.IntN(3) == 0,
			Info: shared.RoomInfo{Topic: someText(r)}, Users: []shared.User{someUser(t, r, id)}}
	case n < 6:
		return shared.RoomInfoChanged{Rev: rev, RoomInfo: shared.RoomInfo{Title: someText(r), Topic: someText(r), Locked: r.IntN(2) == 0}}
	case n < 8:
		return shared.Resumed{Epoch: roster.Epoch(), Rev: roster.Rev() + uint64(r.IntN(2))}
	case n < 10:
		return shared.Unknown{Name: "poll_opened", Rev: rev}
	case n < 11:
		return shared.Watchers{Count: 2}
	case n < 20:
		return shared.Heartbeat{Rev: roster.Rev(), Count: roster.Len(), Hash: roster.Hash() ^ shared.Hash(r.IntN(8)/7)}
	case here == fits && n < 60:
		return shared.UserUpdated{Rev: rev, User: someUser(t, r, id)}
	case here == fits:
		return shared.DisconnectUser{Rev: rev, ID: id, Reason: shared.ReasonLeft}
	}
	return shared.NewUser{Rev: rev, User: someUser(t, r, id)}
}

// What clients do when, by a clock that the script turns: see testdata/embed.js.
func TestEmbedKeepsTheClientsPromises(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := embedded(t, s, elsewhere(t), 0, "promises")
	results := eval[map[string]string](tb, `async () => (await import("/embed.js")).play(rollcall)`)
	if len(results) < 12 {
		t.Errorf("only %d promises were tried", len(results))
	}
	for name, problem := range results {
		if problem != "" {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

// The script is small, and its answer lets any page load and keep it.
func TestEmbedIsServedToEveryOrigin(t *testing.T) {
	t.Parallel()
	s := startServer(t, "-base", "/some/where/")
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.at+"/embed/rollcall.js", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	packed, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gzip.NewReader(bytes.NewReader(packed)); err != nil || res.StatusCode != 200 {
		t.Fatalf("%s, %v", res.Status, err)
	}
	if len(packed) > 6<<10 {
		t.Errorf("rollcall.js has %d bytes in gzip", len(packed))
	}
	for name, want := range map[string]string{
		"Content-Type": "text/javascript; charset=utf-8", "Cross-Origin-Resource-Policy": "cross-origin",
		"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=600",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	req.Header.Set("If-None-Match", res.Header.Get("ETag"))
	again, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	again.Body.Close()
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("with its ETag: %s", again.Status)
	}
}

// A page of another origin that may connect has the room live: it watches, joins on the same
// connection, changes, and is back after a restart of the server.
func TestEmbedInARoom(t *testing.T) {
	t.Parallel()
	other := elsewhere(t)
	s := startServer(t, append(grace(shortGrace), "-allow-origin", other.URL)...)
	ada := sit(t, s, 1, "ada")
	ada.goTo("/r/stand-up")
	ada.join("Ada")
	tb := embedded(t, s, other, 0, "embedded")
	tb.expect(noSocket, "status of", "Failed to load resource", `/ws\?room=stand-up`) // while the server restarts
	eval[bool](tb, `(base) => { globalThis.room = rollcall.connect({ base, room: "stand-up" }); return true }`, s.at)
	shows := func(what, state string, names ...string) {
		t.Helper()
		tb.holds(what, `(state, names) => room.current.state === state && room.current.members.map((u) => u.name).join() === names`, state, strings.Join(names, ","))
	}
	shows("it watches", "live", "Ada")
	ada.sees("Ada")
	eval[any](tb, `() => { room.join("Eve") }`)
	shows("it has joined", "live", "Ada", "Eve")
	ada.sees("Ada", "Eve")
	eval[any](tb, `() => { room.update({ name: "Evelyn", note: "elsewhere", status: "away" }) }`)
	ada.sees("Ada", "Evelyn")
	tb.holds("its note is shown", `() => { const u = room.roster.byID.get(room.current.you); return u.note === "elsewhere" && u.status === "away" }`)
	eval[any](tb, `() => { globalThis.failures = 0; room.subscribe(({ state }) => { if (state === "reconnecting") failures++ }) }`)
	s.stop()
	tb.holds("it tries again, in vain", `() => failures >= 2`)
	s.start()
	eval[any](tb, `() => { room.check() }`)
	tb.holds("both are back", `() => room.current.state === "live" && room.current.members.map((u) => u.name).sort().join() === "Ada,Evelyn"`)
	tb.holds("with the note", `() => room.roster.byID.get(room.current.you)?.note === "elsewhere"`)
	if n := eval[int](tb, `() => room.current.desyncs`); n != 0 {
		t.Errorf("it was out of step %d times", n)
	}
	eval[any](tb, `() => { room.leave() }`)
	ada.sees("Ada")
	ada.expect(noSocket, "status of", "Failed to load resource", "ERR_CONNECTION")
}

// elements puts elements into a page of another origin, and loads the module as a page would:
// it loads the element too, for it is there already.
func elements(tb *tab, s *server, html string) {
	tb.t.Helper()
	eval[bool](tb, `async (src, html) => {
		document.body.innerHTML = html;
		const script = Object.assign(document.createElement("script"), { type: "module", src });
		document.head.append(script);
		await new Promise((done, failed) => Object.assign(script, { onload: done, onerror: failed }));
		await customElements.whenDefined("roll-call");
		return true;
	}`, s.url("/embed/rollcall.js"), strings.ReplaceAll(html, "SRC", s.at))
}

// seesElement waits until what is at a selector inside an element has the given texts.
func (tb *tab) seesElement(what, selector, inside string, texts ...string) {
	tb.t.Helper()
	tb.holds(what, `(selector, inside, want) => [...document.querySelector(selector).shadowRoot.querySelectorAll(inside)].map((e) => e.textContent).join("|") === want`,
		selector, inside, strings.Join(texts, "|"))
}

// Two elements and a number on a page of another origin show who is here, under a policy that
// allows no style of the page's own; a face opens the list by keyboard, and Escape closes it.
func TestElementsOnAPage(t *testing.T) {
	t.Parallel()
	other := elsewhere(t)
	s := startServer(t, append(grace(shortGrace), "-allow-origin", other.URL)...)
	bot(t, s, "stand-up", "Ada Lovelace")
	bob := bot(t, s, "stand-up", "Bob")
	tb := sit(t, s, 0, "page")
	tb.goElsewhere(other.URL)
	elements(tb, s, `<roll-call id="a" src="SRC" room="stand-up"></roll-call>
		<div dir="rtl" lang="ar"><roll-call id="b" src="SRC" room="stand-up" mode="list"></roll-call></div>
		<roll-call id="c" src="SRC" room="stand-up" mode="count"></roll-call>
		<roll-call id="d" src="SRC" room="empty" mode="count"></roll-call>`)
	tb.seesElement("faces", "#a", "[part=stack] [part~=face]", "AL", "B")
	tb.seesElement("names", "#b", "[part=name]", "Ada Lovelace", "Bob")
	tb.seesElement("the number", "#c", "[part=count]", "2 people are here")
	tb.seesElement("nobody", "#d", "[part=count]", "0 people are here")
	if got := eval[string](tb, `() => document.querySelector("#b").shadowRoot.querySelector("ul").ariaLabel`); got != "شخصان هنا" {
		t.Errorf("the Arabic list is called %q", got)
	}
	mirrored := eval[bool](tb, `() => {
		const row = document.querySelector("#b").shadowRoot.querySelector("li");
		return row.querySelector(".face").getBoundingClientRect().left > row.querySelector(".name").getBoundingClientRect().right;
	}`)
	if !mirrored {
		t.Error("right to left, the face is not to the right of the name")
	}
	_ = bob.SetNote(t.Context(), "tea")
	tb.seesElement("a note", "#b", "[part=note]", "tea")
	bot(t, s, "stand-up", "李小龙")
	tb.seesElement("one more", "#a", "[part=stack] [part~=face]", "AL", "B", "李")
	tb.seesElement("one more by name", "#b", "[part=name]", "Ada Lovelace", "Bob", "李小龙")

	open := `() => { const a = document.querySelector("#a").shadowRoot; return !a.querySelector("ul").hidden && a.querySelector("button").ariaExpanded === "true" }`
	eval[any](tb, `() => { document.querySelector("#a").shadowRoot.querySelector("button").focus() }`)
	if isTrue(try[bool](tb, open)) == nil {
		t.Error("the list is open before anybody asks for it")
	}
	tb.press(kb.Enter)
	tb.holds("Enter opens the list", open)
	tb.seesElement("names in it", "#a", "[part=name]", "Ada Lovelace", "Bob", "李小龙")
	tb.press(kb.Tab)
	tb.press(kb.Escape)
	tb.holds("Escape closes it, and the focus is back", `() => { const a = document.querySelector("#a").shadowRoot; return a.querySelector("ul").hidden && a.activeElement === a.querySelector("button") }`)

	_ = bob.Leave(t.Context())
	tb.seesElement("one gone", "#a", "[part=stack] [part~=face]", "AL", "李")
	tb.seesElement("one gone from the list", "#b", "[part=name]", "Ada Lovelace", "李小龙")
	eval[any](tb, `() => { const a = document.querySelector("#a"), d = document.querySelector("#d"); document.body.append(a); a.setAttribute("max", "1"); d.setAttribute("room", "stand-up"); }`)
	tb.seesElement("a bound", "#a", "[part=stack] [part~=face]", "AL", "+1")
	tb.seesElement("another room", "#d", "[part=count]", "2 people are here")
	if n := eval[int](tb, `() => performance.getEntriesByType("resource").filter((e) => e.name.endsWith("rollcall.js")).length`); n != 1 {
		t.Errorf("rollcall.js was loaded %d times", n)
	}
	eval[any](tb, `() => { globalThis.last = document.querySelector("#b").room; document.body.textContent = "" }`)
	tb.holds("what is taken out is closed", `() => last.current.state === "closed"`)
}

// The element joins in the name that it is given.
func TestElementJoins(t *testing.T) {
	t.Parallel()
	other := elsewhere(t)
	g := newTokenIssuer(t)
	s := startServer(t, append(g.flags(), "-allow-origin", other.URL)...)
	tb := sit(t, s, 0, "page")
	tb.goElsewhere(other.URL)
	elements(tb, s, `<roll-call src="SRC" room="stand-up" name="Zoë" mode="list" hidden></roll-call>`)
	tb.expect(noSocket, "status of 401", "status of 403", "HTTP Authentication", "Failed to load resource", "rollcall:")
	tb.holds("without a token it is refused for good", `() => document.querySelector("roll-call").room.current.error?.code === "unauthorized"`)
	eval[any](tb, `(token) => { const e = document.querySelector("roll-call"); e.token = async () => token; e.hidden = false }`, g.token("-sub", "zoe", "-rooms", "stand-up"))
	tb.seesElement("itself", "roll-call", "[part=name]", "Zoë")
}

// A page of an origin that may not connect is told so, and what to set.
func TestARefusedOriginLearnsWhatToSet(t *testing.T) {
	t.Parallel()
	other := elsewhere(t)
	s := startServer(t)
	tb := embedded(t, s, other, 0, "refused")
	tb.expect(noSocket, "status of 403", "Failed to load resource", "-allow-origin "+other.URL)
	eval[bool](tb, `(base) => { globalThis.room = rollcall.connect({ base }); return true }`, s.at)
	tb.holds("it is told", `(want) => room.current.state === "reconnecting" && room.current.error.code === "bad_origin" && room.current.error.message.includes(want)`, "-allow-origin "+other.URL)
	eval[any](tb, `() => { room.close() }`)
}

// Initials and colours are those that our own page shows.
func TestEmbedFaces(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := embedded(t, s, elsewhere(t), 0, "faces")
	for _, name := range []string{"Ada Lovelace", "ada", "ßigma", "straße ünal", "李 小龙", "👨‍👩‍👧‍👦 family", "🇩🇪🇫🇷 team", "e\u0301mile zola", "შოთა რუსთაველი", "  x  y  z ", "42 Bob", "ﬁ Rst", "محمد علي", "O'Brien"} {
		if got, want := eval[string](tb, `async (url, name) => (await import(url)).initialsOf(name)`, s.url("/embed/roll-call.js"), name), shared.Initials(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	for i := range 20 {
		id := shared.SubjectID(fmt.Sprint(i))
		if got := eval[int](tb, `(id) => rollcall.hueOf(id)`, id); got != shared.Hue(id) {
			t.Errorf("%s: hue %d, want %d", id, got, shared.Hue(id))
		}
	}
}

// The page of the server shows the element in its three ways and a badge, and texts to copy that
// work where they are pasted.
func TestEmbedPage(t *testing.T) {
	t.Parallel()
	other := elsewhere(t)
	s := startServer(t, "-base", "/x/", "-allow-origin", other.URL, "-badges", "-public-names")
	bot(t, s, "stand-up", "Ada Lovelace")
	tb := sit(t, s, 0, "page")
	tb.goTo("/embed?room=Stand%20Up")
	tb.seesElement("faces", "[mode=stack]", "[part=stack] [part~=face]", "AL")
	tb.seesElement("names", "[mode=list]", "[part=name]", "Ada Lovelace")
	tb.seesElement("the number", "[mode=count]", "[part=count]", "1 person is here")
	tb.holds("the badge", `() => document.querySelector("img").naturalWidth > 60`)
	lines := eval[[]string](tb, `() => [...document.querySelectorAll("textarea")].map((e) => e.value)`)
	if len(lines) != 4 {
		t.Fatalf("%q", lines)
	}
	html := strings.Join(lines, "\n")
	pasted := sit(t, s, 1, "pasted")
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!doctype html><html lang="de"><title>Wiki</title><link rel="icon" href="data:,">`+html)
	}))
	t.Cleanup(page.Close)
	pasted.expect(noSocket, "status of 403", "Failed to load resource", "-allow-origin ")
	pasted.goElsewhere(page.URL)
	pasted.holds("the badge is there", `() => document.querySelector("img").naturalWidth > 60`)
	pasted.holds("the element is refused", `() => document.querySelector("roll-call").room?.current.error?.code === "bad_origin"`)
	friend := sit(t, s, 2, "friend")
	friend.goElsewhere(other.URL)
	friend.expect("violates the following Content Security Policy", "img-src", "badge.svg")
	elements(friend, s, html)
	friend.seesElement("faces", "[mode=stack]", "[part=stack] [part~=face]", "AL")
}

// The element shows a room on a page of another origin, in each engine.
func elementElsewhere(t *testing.T, b engines.Browser) {
	other := elsewhere(t)
	s := startServer(t, append(grace(shortGrace), "-allow-origin", other.URL)...)
	v := visit(t, b, s, "elsewhere")
	v.do("opening a page of another origin", func(ctx context.Context) error { return v.Open(ctx, other.URL) })
	v.holds("the element is there", `async (base) => {
		await import(base + "/embed/roll-call.js");
		document.body.innerHTML ||= '<roll-call room="stand-up" mode="list" src="' + base + '"></roll-call>';
		return customElements.get("roll-call") !== undefined;
	}`, s.at)
	see := func(what string, names ...string) {
		t.Helper()
		v.holds(what, `(want) => [...document.querySelector("roll-call").shadowRoot.querySelectorAll("[part=name]")].map((e) => e.textContent).join() === want`, strings.Join(names, ","))
	}
	ada := bot(t, s, "stand-up", "Ada")
	see("Ada is shown", "Ada")
	bot(t, s, "stand-up", "李小龙")
	see("both are", "Ada", "李小龙")
	_ = ada.Leave(t.Context())
	see("and who left is not", "李小龙")
	_, _ = evalIn[bool](v, `() => { document.querySelector("roll-call").remove(); return true }`)
}
