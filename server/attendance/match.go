package attendance

import (
	"cmp"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"rollcall/server/store"
	"rollcall/shared"
	"rollcall/shared/api"
)

// fold returns what names are compared by: without case, diacritics, invisible characters and
// superfluous spaces, decomposed (NFKD). Vowel signs that are marks, as in Hindi, stay.
func fold(name string) string {
	name = norm.NFKD.String(cases.Fold().String(norm.NFKD.String(name)))
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) && unicode.Is(unicode.Diacritic, r) {
			return -1
		}
		return r
	}, name)
	return strings.Join(strings.Fields(cmp.Or(folded, name)), " ")
}

// byName begins the ids of people who are expected by name.
const byName = "~"

// nameID returns the id of whoever is expected under a folded name. No member has it.
func nameID(folded string) string { return byName + shared.MemberID("name "+folded) }

// entry is somebody on a list.
type entry struct {
	id      string // of a member, or a nameID
	name    string
	matches int    // how many people have the name
	chosen  string // who of them has a mark; "" if nobody
	seen    bool   // somebody was there
}

// list is a list of who is expected. Not safe for concurrent use.
type list struct {
	entries []*entry
	by      map[string]*entry // by the id of a member, or byName and a folded name
	names   bool              // some are expected by name
	late    time.Time         // whoever comes after it is late; zero if nobody is
	marks   map[string]store.Mark
}

// listFor returns the list that a report of a time is about. It is empty if it is about another
// time.
func listFor(e store.Expected, from, to time.Time) *list {
	l := &list{by: make(map[string]*entry), marks: e.Marks}
	starts := from
	if !e.Starts.IsZero() {
		if starts = e.Starts; !starts.Before(to) || !from.Before(starts.Add(api.ListedWithin)) {
			return l
		}
	}
	if e.LateAfter != nil {
		l.late = starts.Add(*e.LateAfter)
	}
	for _, p := range e.People {
		x, key := &entry{id: p.Member, name: p.Name}, p.Member
		if p.Member == "" {
			folded := fold(p.Name)
			x.id, key, l.names = nameID(folded), byName+folded, true
		}
		l.entries, l.by[key] = append(l.entries, x), x
	}
	return l
}

// find returns the entry of a person: that with the id, else that with the latest of the names
// that is on the list; nil if there is none.
func (l *list) find(p *api.Attendee) *entry {
	if x := l.by[p.ID]; x != nil || !l.names {
		return x
	}
	for i := len(p.Names) - 1; i >= 0; i-- {
		if x := l.by[byName+fold(p.Names[i])]; x != nil {
			return x
		}
	}
	return nil
}

// count counts a person among those who have the name of an entry. It must be called for all
// people before judge.
func (l *list) count(p *api.Attendee) {
	if x := l.find(p); x != nil {
		x.matches++
		if _, marked := l.marks[p.ID]; marked {
			x.chosen = p.ID
		}
	}
}

// judge sets what the list and the marks say of a person who was there.
func (l *list) judge(p *api.Attendee) {
	mark, marked := l.marks[p.ID]
	x := l.find(p)
	if x != nil && (x.chosen == "" || x.chosen == p.ID) {
		x.seen, p.Expected = true, true
		switch {
		case x.matches > 1 && x.chosen == "":
			p.Status = api.StatusAmbiguous
		case !l.late.IsZero() && p.FirstJoined.After(l.late):
			p.Status = api.StatusLate
		}
		if !marked {
			mark, marked = l.marks[x.id]
		}
	}
	if marked {
		setMark(p, mark)
	}
}

// missing returns the people on the list who were not there.
func (l *list) missing(yield func(api.Attendee) bool) {
	for _, x := range l.entries {
		if x.seen {
			continue
		}
		p := api.Attendee{
			Name: x.name, ID: x.id, Status: api.StatusAbsent, Expected: true,
			Reasons: []string{}, Names: []string{}, Intervals: []api.Interval{},
		}
		if mark, marked := l.marks[x.id]; marked {
			setMark(&p, mark)
		}
		if !yield(p) {
			return
		}
	}
}

func setMark(p *api.Attendee, m store.Mark) {
	p.Status, p.Mark = m.Mark, markOf(m)
}

func markOf(m store.Mark) *api.Mark { return &api.Mark{Mark: m.Mark, By: m.SetBy, At: m.SetAt} }
