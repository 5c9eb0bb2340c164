package roomname_test

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"rollcall/shared"
	"rollcall/shared/roomname"
)

func of(t *testing.T, title string) string {
	t.Helper()
	room, err := roomname.Of(title)
	if err != nil {
		t.Fatalf("%+q: %v", title, err)
	}
	return room
}

// These names are the addresses that people have passed on: none may ever change.
func TestNamesThatAddressesRelyOn(t *testing.T) {
	for title, want := range map[string]string{
		"lobby":                 "lobby",
		"Lobby":                 "lobby",
		"stand-up-2026":         "stand-up-2026",
		"-":                     "-",
		"a--b-":                 "a--b-",
		"A-":                    "a-",
		"Team Standup!":         "team-standup",
		"team_standup":          "team-standup",
		"  Team –  Standup ":    "team-standup",
		"Frühstück":             "frühstück",
		"研发":                    "研发",
		"研发 周会":                 "研发-周会",
		"اجتماع الفريق":         "اجتماع-الفريق",
		"Straße 5":              "strasse-5",
		"ΣΩΚΡΆΤΗΣ Σ":            "σωκράτης-σ",
		"İstanbul":              "istanbul",
		"ｆｕｌｌ　ｗｉｄｔｈ":            "full-width",
		"हिन्दी":                "हिन्दी",
		"O’Connor":              "o-connor",
		"What's up?":            "what-s-up",
		"AC/DC":                 "ac-dc",
		"C++":                   "c-z3nrxld6",
		"C#":                    "c-sune2nxa",
		"🎉":                     "room-mfdcthgv",
		"🎉 Party":               "party-mfzknhoz",
		"???":                   "room-ua5sehdm",
		strings.Repeat("x", 65): strings.Repeat("x", 55) + "-su34l7pr",
	} {
		if got := of(t, title); got != want {
			t.Errorf("%q opens %q, want %q", title, got, want)
		}
	}
}

// Who reads or types these titles means the same room.
func TestTitlesThatPeopleDoNotTellApart(t *testing.T) {
	for _, titles := range [][]string{
		{"Team Standup", "team standup", "TEAM STANDUP!", "team-standup", " Team   Standup. ", "Team\tStandup", "Team_Standup", "“Team Standup”", "(Team) Standup", "Team\u00a0Standup", "Te\u00adam Standup"},
		{"Frühstück", "FRÜHSTÜCK", "fru\u0308hstu\u0308ck", "Frühstück…"},
		{"Straße", "STRASSE", "Straẞe"},
		{"ΟΔΟΣ", "οδος", "οδοσ"},
		{"ｒｏｏｍ　５", "Room 5", "room ⑤"},
		{"ﬁne", "FINE"},
		{"研发", "研发！", "「研发」", "研\u200b发"},
		{"کتاب\u200cها", "کتابها"},
		{"محمد", "محـــمد"},
		{"O'Brien", "O’Brien", "O´Brien", "Oʼbrien"},
		{"İzmir", "izmir", "IZMIR"},
		{"ᏣᎳᎩ", "ꮳꮃꭹ"},
		{"Q&A", "q & a", "Q &A"},
		{"C++", "c ++", "Ｃ＋＋"},
		{"❤", "❤\ufe0f", " ❤\ufe0e"},
		{"zero\u200bwidth", "zerowidth", "zero\u2060width", "\ufeffzerowidth"},
		{"한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"},
	} {
		want := of(t, titles[0])
		for _, title := range titles[1:] {
			if got := of(t, title); got != want {
				t.Errorf("%+q opens %q, and %+q opens %q", titles[0], want, title, got)
			}
		}
	}
}

// Who reads these titles tells them apart, so they are different rooms.
func TestTitlesThatPeopleTellApart(t *testing.T) {
	seen := map[string]string{}
	for _, title := range []string{
		"C", "C++", "C#", "C*", "C+", ".NET #", "A", "A+", "A-", "A*", "F", "F#",
		"100", "100%", "100 €", "100 $", "100°", "#100", "R D", "R&D", "R+D", "rd",
		"were", "we're", "Frühstück", "Fruhstuck", "Fruehstueck", "resume", "résumé",
		"🎉", "🎊", "🎉🎉", "🎉 Party", "🎊 Party", "Party", "❤", "💔",
		"🏴", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👩\u200d💻", "👩💻", "👍", "👍🏽", "👍🏿", "🇩🇪", "🇫🇷", "1️⃣", "1",
		"!!!", "???", "...", "研发", "研発", "研究", "かき", "がき", "カキ", "и", "й", "е", "ё", "ש", "שׁ",
		"x²", "x", strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("x", 66), strings.Repeat("研", 70) + "一", strings.Repeat("研", 70) + "二",
		"ab", "a b", "1 2", "12", "٣", "3", "a\u0301\u0301\u0301\u0301\u0301\u0301", "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
	} {
		room := of(t, title)
		if other, taken := seen[room]; taken {
			t.Errorf("%q and %q both open %q", title, other, room)
		}
		seen[room] = title
	}
}

func TestTitlesWithNothingToSee(t *testing.T) {
	for _, title := range []string{"", " ", "\t\n", "\u200b", "\u3164\u2800\ufe0f", "\u202e\u2066", "\x00\x7f"} {
		if room, err := roomname.Of(title); err == nil || shared.AsError(err).Code != shared.CodeBadRoom {
			t.Errorf("%+q opens %q, %v", title, room, err)
		}
	}
}

func TestCheck(t *testing.T) {
	for name, fine := range map[string]bool{
		"lobby": true, "--": true, "frühstück": true, "研发-周会": true, "c-z3nrxld6": true, "οδος": true,
		"": false, "Lobby": false, "fru\u0308hstück": false, "ÜBER": false, "straße": false, "οδοσ": false, "é--é": false, "ｆ": false,
	} {
		err := roomname.Check(name)
		if (err == nil) != fine || err != nil && shared.AsError(err).Code != shared.CodeBadRoom {
			t.Errorf("Check(%+q) = %v", name, err)
		}
	}
	if err := roomname.Check("straße"); err == nil || !strings.Contains(err.Error(), `"strasse"`) {
		t.Errorf("the error does not say what to use: %v", err)
	}
}

// fit are titles of every kind for the fuzzer to begin with.
var fit = []string{"lobby", "Team Standup!", "Frühstück", "研发", "ﷺﷺﷺﷺ", "C++", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩\u200d💻", "ΟΔΟΣ", "İi̇ŉǰΐ", "Ꭰꭰ",
	"\xff\xfe", "a\u0315\u0300\u05ae\u0062", "ᄒ\u200bᅡᆫ", "..", "a/../b", "<script>", "*.>", "CON", "\u1e9b\u0323", "\u2126", "0\u20e3", strings.Repeat("ᾳΣ", 60)}

// safe is what the name of a room has: the API describes it so. No capital letter is left.
var safe = regexp.MustCompile(`^[-\p{Ll}\p{Lm}\p{Lo}\p{N}\p{M}]+$`)

func TestEveryCapitalIsFolded(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if !unicode.In(r, unicode.Lu, unicode.Lt) {
			continue
		}
		if room := of(t, "x"+string(r)); !safe.MatchString(room) {
			t.Errorf("%+q opens %+q", r, room)
		}
	}
}

// Every title that can be seen opens a room, whose name is safe wherever names stand, and
// its own title.
func FuzzOf(f *testing.F) {
	for _, title := range fit {
		f.Add(title)
	}
	f.Fuzz(func(t *testing.T, title string) {
		room, err := roomname.Of(title)
		if err != nil {
			if strings.ContainsFunc(title, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.P) && r < 0x250 }) {
				t.Fatalf("%+q opens no room: %v", title, err)
			}
			return
		}
		if err := shared.CheckRoom(room); err != nil {
			t.Fatalf("%+q opens %+q: %v", title, room, err)
		}
		if again, err := roomname.Of(room); again != room || err != nil || roomname.Check(room) != nil {
			t.Fatalf("%+q opens %+q, which opens %+q, %v", title, room, again, err)
		}
		if upper, _ := roomname.Of(strings.ToUpper(room)); upper != room && !special(room) {
			t.Fatalf("%+q opens %+q, and in capitals %+q", title, room, upper)
		}
		if spaced, _ := roomname.Of(" " + title + "\u200b "); spaced != room {
			t.Fatalf("%+q opens %+q, and with space around it %+q", title, room, spaced)
		}
		if composed, _ := roomname.Of(norm.NFD.String(room)); composed != room {
			t.Fatalf("%+q opens %+q, and decomposed %+q", title, room, composed)
		}
		if !safe.MatchString(room) || utf8.RuneCountInString(room) > shared.MaxRoomRunes || len(room) > shared.MaxRoomBytes {
			t.Fatalf("%+q opens %+q", title, room)
		}
		address := shared.RoomPath("/", room)
		if u, err := url.Parse(address); err != nil || room != shared.Lobby && u.Path != "/r/"+room || path.Clean(address) != address {
			t.Fatalf("%+q has the address %q: %v", title, address, err)
		}
	})
}

// special reports whether room has a letter whose capital is another letter's: capitals do
// not have the dotless i, for example.
func special(room string) bool {
	return strings.ContainsFunc(room, func(r rune) bool { return r >= utf8.RuneSelf && unicode.ToLower(unicode.ToUpper(r)) != r })
}
