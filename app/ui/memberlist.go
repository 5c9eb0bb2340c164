package ui

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"rollcall/shared"
)

// An order is how the list is sorted, by the name of the option.
type order string

const (
	orderArrival order = "arrival"
	orderName    order = "name"
	orderStatus  order = "status"
)

// searchFrom is the number of members from which the page offers a search.
const searchFrom = 20

// A memberList is what the page lists: all members by arrival, unless the user has
// chosen another order or searches. It is not safe for concurrent use.
type memberList struct {
	roster shared.Roster // every member the page knows of
	ghosts ghosts
	order  order
	query  string        // as typed, without surrounding space
	words  []string      // of the query, folded
	only   shared.Status // the status of the listed members; "" lists all
	whole  bool          // all are listed, whatever query and only say

	ordered   []shared.User     // members in an order other than by arrival; nil if they must be sorted
	matches   []shared.User     // members that match query and only; nil if they must be searched
	folded    map[string]string // names and notes as foldText returns them, while there is a query
	allFolded bool              // folded has those of every member
	census    *census           // nil if the members must be counted
}

// A userList is a list of users in order: the roster, or a selection of it.
type userList interface {
	Len() int
	At(i int) shared.User
}

type userSlice []shared.User

func (c userSlice) Len() int             { return len(c) }
func (c userSlice) At(i int) shared.User { return c[i] }

// apply applies an event to the roster, and updates what depends on it.
func (s *memberList) apply(e shared.Event) error {
	var was shared.User
	switch e := e.(type) {
	case shared.UserUpdated:
		was, _ = s.roster.Get(e.User.ID)
	case shared.DisconnectUser:
		was, _ = s.roster.Get(e.ID)
	}
	if err := s.roster.Apply(e); err != nil {
		return err
	}
	s.matches, s.allFolded = nil, false
	switch e := e.(type) {
	case shared.NewUser:
		s.insert(e.User)
	case shared.UserUpdated:
		s.remove(was)
		s.insert(e.User)
	case shared.DisconnectUser:
		s.remove(was)
	case shared.ExistingUsers:
		s.ordered, s.census = nil, nil
	}
	return nil
}

// insert updates what depends on the roster after a member has come.
func (s *memberList) insert(u shared.User) {
	s.census.add(u, 1)
	if s.ordered != nil {
		i, _ := slices.BinarySearchFunc(s.ordered, u, s.compare)
		s.ordered = slices.Insert(s.ordered, i, u)
	}
}

// remove updates what depends on the roster after a member has left.
func (s *memberList) remove(u shared.User) {
	s.census.add(u, -1)
	if i, ok := slices.BinarySearchFunc(s.ordered, u, s.compare); ok {
		s.ordered = slices.Delete(s.ordered, i, i+1)
	}
}

// dropOrder discards the sorted list before so many changes that sorting anew is
// cheaper.
func (s *memberList) dropOrder() { s.ordered = nil }

// setOrder changes the order.
func (s *memberList) setOrder(o order) { s.order, s.ordered, s.matches = o, nil, nil }

// setOnly restricts the list to members with a status; "" lists all.
func (s *memberList) setOnly(status shared.Status) { s.only, s.matches = status, nil }

// filtered reports whether only a selection of the members is listed.
func (s *memberList) filtered() bool { return !s.whole && (s.query != "" || s.only != "") }

// setQuery restricts the list to members in whose name or note every word of text is; ""
// lists all.
func (s *memberList) setQuery(text string) {
	s.query, s.matches = strings.TrimSpace(text), nil
	s.words = wordsOf(s.query)
	if s.query == "" {
		s.folded, s.allFolded = nil, false
	}
}

// visible returns the listed members in order, without ghosts.
func (s *memberList) visible() userList {
	if s.filtered() {
		if s.matches == nil {
			s.matches = s.search()
		}
		return userSlice(s.matches)
	}
	return s.sorted()
}

func (s *memberList) sorted() userList {
	if s.order == orderName && s.ordered == nil {
		s.ordered = sortedByName(slices.Collect(s.roster.All()))
	}
	if s.order == orderStatus && s.ordered == nil {
		s.ordered = slices.SortedFunc(s.roster.All(), byStatus)
	}
	if s.ordered == nil {
		return &s.roster
	}
	return userSlice(s.ordered)
}

func (s *memberList) search() []shared.User {
	all := s.sorted()
	if len(s.words) > 0 {
		s.foldAll()
	}
	found := []shared.User{}
	for i := range all.Len() {
		u := all.At(i)
		if (s.only == "" || u.Status == s.only) && s.matchesQuery(u) {
			found = append(found, u)
		}
	}
	return found
}

// matchesQuery reports whether each word of the query is in the name or the note of u.
func (s *memberList) matchesQuery(u shared.User) bool {
	name, note := s.folded[u.Name], s.folded[u.Note]
	return !slices.ContainsFunc(s.words, func(word string) bool {
		return !strings.Contains(name, word) && !strings.Contains(note, word)
	})
}

// foldAll folds the names and notes that are new since its last call, with one call into
// the browser.
func (s *memberList) foldAll() {
	if s.allFolded {
		return
	}
	s.allFolded = true
	if s.folded == nil || len(s.folded) > 4*s.roster.Len()+100 {
		s.folded = map[string]string{}
	}
	var fresh []string
	for u := range s.roster.All() {
		for _, text := range [...]string{u.Name, u.Note} {
			if _, known := s.folded[text]; !known {
				s.folded[text] = ""
				fresh = append(fresh, text)
			}
		}
	}
	for i, folded := range foldTexts(fresh) {
		s.folded[fresh[i]] = folded
	}
}

// visibleGhosts returns the listed ghosts in order.
func (s *memberList) visibleGhosts() []ghost {
	if s.filtered() || len(s.ghosts) == 0 {
		return nil // a search finds only members who are present
	}
	gs := slices.Clone(s.ghosts)
	slices.SortFunc(gs, func(a, b ghost) int { return s.compare(a.user, b.user) })
	return gs
}

// len returns the number of cards in the whole list.
func (s *memberList) len() int {
	if s.filtered() {
		return s.visible().Len()
	}
	return s.roster.Len() + len(s.ghosts)
}

// index returns the position of a member in the list, or where it would be.
func (s *memberList) index(u shared.User) int {
	all := s.visible()
	at := sort.Search(all.Len(), func(i int) bool { return s.compare(all.At(i), u) >= 0 })
	for _, g := range s.visibleGhosts() {
		if s.compare(g.user, u) < 0 {
			at++
		}
	}
	return at
}

func (s *memberList) compare(a, b shared.User) int {
	switch s.order {
	case orderName:
		return byNames(a, b)
	case orderStatus:
		return byStatus(a, b)
	}
	return byArrival(a, b)
}

func byStatus(a, b shared.User) int {
	return cmp.Or(cmp.Compare(statusRank(a.Status), statusRank(b.Status)), byArrival(a, b))
}

// statuses are those that a member can have, in the order of the list by status.
var statuses = []shared.Status{shared.StatusActive, shared.StatusIdle, shared.StatusAway}

func statusRank(s shared.Status) int { return slices.Index(statuses, s) }

func byArrival(a, b shared.User) int {
	return cmp.Or(cmp.Compare(a.JoinedAt, b.JoinedAt), cmp.Compare(a.ID, b.ID))
}

func byNames(a, b shared.User) int {
	if a.Name == b.Name { // saves a call into the browser
		return byArrival(a, b)
	}
	return cmp.Or(compareNames(a.Name, b.Name), cmp.Compare(a.Name, b.Name), byArrival(a, b))
}

// sortedByName sorts users in place and returns them.
func sortedByName(users []shared.User) []shared.User {
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = u.Name
	}
	slices.Sort(names) // names that the browser takes for equal keep this order
	rank := make(map[string]int, len(names))
	for i, name := range sortNames(slices.Compact(names)) {
		rank[name] = i
	}
	slices.SortFunc(users, func(a, b shared.User) int {
		return cmp.Or(cmp.Compare(rank[a.Name], rank[b.Name]), byArrival(a, b))
	})
	return users
}
