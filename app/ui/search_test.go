//go:build js

package ui

import (
	"slices"
	"strings"
	"testing"

	"rollcall/shared"
)

// A member is found by what one would type for the name, whatever diacritics either has.
func TestSearchAsPeopleType(t *testing.T) {
	for _, c := range []struct{ name, query string }{
		{"Ada Brandt", "brandt ada"},
		{"Ada Brandt", "  DA   bran "},
		{"Greta Gauß", "gauss"},
		{"GRETA GAUSS", "Gauß"},
		{"Straẞe", "STRASSE"},
		{"Σωκράτης", "σωκρατησ"},
		{"ΣΩΚΡΆΤΗΣ", "σωκράτης"},
		{"José Núñez", "nunez jose"},
		{"Jose\u0301", "jos\u00e9"},
		{"Søren Kjær", "soren kjaer"},
		{"Łukasz Đorđe", "lukasz dorde"},
		{"İlker Işık", "ilker isik"},
		{"Siobhán O’Brien", "o'brien"},
		{"O'Brien", "obrien"},
		{"O´Brien", "O‘Brien"},
		{"Hawaiʻi", "hawaii"},
		{"Anne-Marie", "anne marie"},
		{"Anne Marie", "Anne–Marie"},
		{"ｆｕｌｌ ｗｉｄｔｈ", "full width"},
		{"ﬁona", "FIONA"},
		{"مُحَمَّد", "محمد"},
		{"אָדָם", "אדם"},
		{"林小雨", "小雨"},
		{"Zo\u200dë", "zoe"},
		{"ｚｏｅ", "Zoë"},
		{"Seán O’Connor", "oconnor sean"},
	} {
		s := &memberList{}
		users := []shared.User{{ID: "A", Name: c.name, JoinedAt: 1}, {ID: "B", Name: "Xaver Quick", JoinedAt: 2}}
		if err := s.apply(shared.ExistingUsers{Epoch: "e", Rev: 1, Users: users}); err != nil {
			t.Fatal(err)
		}
		s.setQuery(c.query)
		if got := ids(s.rows(0, s.len())); !slices.Equal(got, []string{"A"}) {
			t.Errorf("%q among %q finds %v", c.query, c.name, got)
		}
	}
}

// A word is found in the name or in the note, never across both, and the note as it is now.
func TestSearchInNotes(t *testing.T) {
	s := &memberList{}
	users := []shared.User{
		{ID: "A", Name: "Ada", Note: "Zurück um drei", JoinedAt: 1},
		{ID: "B", Name: "Ben", Note: "lunch", JoinedAt: 2},
		{ID: "C", Name: "Zurab", JoinedAt: 3},
	}
	if err := s.apply(shared.ExistingUsers{Epoch: "e", Rev: 1, Users: users}); err != nil {
		t.Fatal(err)
	}
	finds := func(query, want string) {
		t.Helper()
		s.setQuery(query)
		if got := strings.Join(ids(s.rows(0, s.len())), ""); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	finds("zur", "AC")
	finds("ZURUCK ada", "A")
	finds("drei lunch", "")
	finds("adazur", "")
	finds("lunch", "B")
	users[1].Note = "back"
	if err := s.apply(shared.UserUpdated{Rev: 2, User: users[1]}); err != nil {
		t.Fatal(err)
	}
	finds("lunch", "")
	finds("back", "B")
}

// What was found is marked in the text as it was written, in whole characters.
func TestFound(t *testing.T) {
	for _, c := range []struct{ text, query, want string }{
		{"Ada Brandt", "brandt ad", "[Ad]a [Brandt]"},
		{"Ada", "", "Ada"},
		{"Ada", "x", "Ada"},
		{"Anna", "an na", "[Anna]"},
		{"banana", "ana", "b[ana]na"},
		{"Zoë Quinn", "zoe", "[Zoë] Quinn"},
		{"Zoe\u0308 Quinn", "zoe", "[Zoe\u0308] Quinn"},
		{"Straße", "ss", "Stra[ß]e"},
		{"Straße", "s", "[S]tra[ß]e"},
		{"O’Connor", "oconn", "[O’Conn]or"},
		{"ｚｏｅ", "oe", "ｚ[ｏｅ]"},
		{"ﬁona", "i", "[ﬁ]ona"},
		{"Ἀρχιμήδης", "αρχιμηδησ", "[Ἀρχιμήδης]"},
		{"مُحَمَّد علي", "محمد", "[مُحَمَّد] علي"},
		{"林小雨", "小", "林[小]雨"},
		{"한국", "한", "[한]국"},
		{"👩\u200d💻 Ann", "ann", "👩\u200d💻 [Ann]"},
		{"<b>", "b", "<[b]>"},
	} {
		var got strings.Builder
		for i, run := range found(c.text, wordsOf(c.query)) {
			if i%2 == 1 {
				run = "[" + run + "]"
			}
			got.WriteString(run)
		}
		if got.String() != c.want {
			t.Errorf("%q in %q: %q, want %q", c.query, c.text, got.String(), c.want)
		}
	}
}

// The page says how many it has found and marks what it has found, in names and notes of
// any direction, and forgets both with the query.
func TestTheSearchIsShown(t *testing.T) {
	many := members(searchFrom)
	many[3].Name, many[4].Note = "عادل المصري", "with عادل"
	r := joinedPage(t, many...)
	r.eventually("there is a search", func() bool { return byID("search").Truthy() })
	search := func(text string) {
		byID("search").Set("value", text)
		byID("search").Call("dispatchEvent", newEvent("input"))
	}
	search("عادل")
	r.eventually("two are found", func() bool { return slices.Equal(texts(".found"), []string{"2 found"}) })
	if got := texts("#people mark"); !slices.Equal(got, []string{"عادل", "عادل"}) {
		t.Errorf("marked is %q", got)
	}
	if got := texts("#people .name, #people .line"); !slices.Contains(got, "عادل المصري") || !slices.Contains(got, "with عادل") {
		t.Errorf("the texts are %q", got)
	}
	search("nobody at all")
	r.eventually("none is found", func() bool {
		return slices.Equal(texts(".found"), []string{"0 found"}) && strings.Contains(query(".more").Get("textContent").String(), "nobody at all")
	})
	search("")
	r.eventually("all are there", func() bool {
		return len(memberIDs()) == searchFrom+1 && len(texts(".found")) == 0 && len(texts("#people mark")) == 0
	})
}

// twoAway returns as many members as a search needs, 5 and 15 of them away.
func twoAway() []shared.User {
	many := members(searchFrom)
	many[5].Status, many[15].Status = shared.StatusAway, shared.StatusAway
	return many
}

const savedFilterText = "lobby\naway\nperson 1"

func TestTheFilterIsSaved(t *testing.T) {
	r := joinedPage(t, twoAway()...)
	r.eventually("there is a search", func() bool { return byID("search").Truthy() })
	byID("sort").Set("value", "name")
	byID("sort").Call("dispatchEvent", newEvent("change"))
	query(`.filters [data-status="away"]`).Call("click")
	byID("search").Set("value", "person 1")
	byID("search").Call("dispatchEvent", newEvent("input"))
	r.eventually("one is listed", func() bool { return slices.Equal(memberIDs(), []string{"u15"}) })
	if order, filter := local.get(orderItem), tab.get(filterItem); order != "name" || filter != savedFilterText {
		t.Errorf("saved are %q and %q", order, filter)
	}
	byID("sort").Set("value", "arrival")
	byID("sort").Call("dispatchEvent", newEvent("change"))
	query(`.filters [data-status="away"]`).Call("click")
	byID("search").Set("value", "")
	byID("search").Call("dispatchEvent", newEvent("input"))
	r.eventually("all are listed", func() bool { return len(memberIDs()) == searchFrom+1 })
	if order, filter := local.get(orderItem), tab.get(filterItem); order != "" || filter != "" {
		t.Errorf("kept are %q and %q", order, filter)
	}
}

// The next page of the tab has the order, and in the same room lists the same members.
func TestTheFilterIsRestored(t *testing.T) {
	for name, c := range map[string]struct {
		filter string
		shown  func(r *testPage) bool
	}{
		"the same room": {savedFilterText, func(*testPage) bool {
			return slices.Equal(memberIDs(), []string{"u15"}) && byID("search").Get("value").String() == "person 1"
		}},
		"another room": {strings.Replace(savedFilterText, "lobby", "elsewhere", 1), func(r *testPage) bool {
			ids := memberIDs()
			return len(ids) == searchFrom+1 && ids[0] == r.page.you && byID("search").Get("value").String() == ""
		}},
		"nobody is away any more": {strings.Replace(savedFilterText, "away", "idle", 1), func(*testPage) bool { return len(memberIDs()) == 11 }},
		"not a filter":            {"x", func(*testPage) bool { return len(memberIDs()) == searchFrom+1 }},
	} {
		t.Run(name, func(t *testing.T) {
			prepare(t)
			local.set(orderItem, "name")
			tab.set(filterItem, c.filter)
			r := start(t)
			r.submit("Me")
			r.welcome(twoAway()...)
			r.eventually("the list is as it was", func() bool { return byID("search").Truthy() && c.shown(r) })
			if order := byID("sort").Get("value").String(); order != "name" {
				t.Errorf("the order is %q", order)
			}
		})
	}
}
