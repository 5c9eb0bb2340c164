package ui

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"rollcall/shared"
)

// An order is what the sheet is sorted by, as the choice names it.
type order string

const (
	orderArrival order = "arrival"
	orderName    order = "name"
)

// searchFrom is how many people a room has when one looks for somebody rather
// than at all of them.
const searchFrom = 20

// A sheet is who is to be seen, and where: everybody by arrival, unless the
// person wants another order or looks for somebody.
type sheet struct {
	roster shared.Roster // all that is known of who is here
	ghosts ghosts
	order  order
	query  string // as it was typed, without space around it

	byName []shared.User     // everybody by name, while that is the order; nil if it must be made
	found  []shared.User     // those of them who answer the query; nil if they must be looked for
	folded map[string]string // names as they are searched, while something is
}

// A lineup is people in order: the roster itself, or a choice of them.
type lineup interface {
	Len() int
	At(i int) shared.User
}

type choice []shared.User

func (c choice) Len() int             { return len(c) }
func (c choice) At(i int) shared.User { return c[i] }

// apply changes the roster, and with it what depends on it.
func (s *sheet) apply(e shared.Event) error {
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
	s.found = nil
	if s.byName == nil {
		return nil
	}
	switch e := e.(type) {
	case shared.NewUser:
		s.insert(e.User)
	case shared.UserUpdated:
		s.remove(was)
		s.insert(e.User)
	case shared.DisconnectUser:
		s.remove(was)
	case shared.ExistingUsers:
		s.byName = nil
	}
	return nil
}

func (s *sheet) insert(u shared.User) {
	i, _ := slices.BinarySearchFunc(s.byName, u, byNames)
	s.byName = slices.Insert(s.byName, i, u)
}

func (s *sheet) remove(u shared.User) {
	if i, ok := slices.BinarySearchFunc(s.byName, u, byNames); ok {
		s.byName = slices.Delete(s.byName, i, i+1)
	}
}

// many is told before so many changes that one by one is not the way.
func (s *sheet) many() { s.byName = nil }

// sortBy changes the order.
func (s *sheet) sortBy(o order) { s.order, s.byName, s.found = o, nil, nil }

// find looks for those whose name has the text in it; for everybody without one.
func (s *sheet) find(text string) {
	s.query, s.found = strings.TrimSpace(text), nil
	if s.query == "" {
		s.folded = nil
	}
}

// line is everybody on the sheet who is here, in order.
func (s *sheet) line() lineup {
	if s.query != "" {
		if s.found == nil {
			s.found = s.search()
		}
		return choice(s.found)
	}
	return s.everybody()
}

func (s *sheet) everybody() lineup {
	if s.order != orderName {
		return &s.roster
	}
	if s.byName == nil {
		s.byName = sortedByName(slices.Collect(s.roster.All()))
	}
	return choice(s.byName)
}

func (s *sheet) search() []shared.User {
	all, query := s.everybody(), fold([]string{s.query})[0]
	s.foldAll()
	found := []shared.User{}
	for i := range all.Len() {
		if u := all.At(i); strings.Contains(s.folded[u.Name], query) {
			found = append(found, u)
		}
	}
	return found
}

// foldAll folds the names that are new since it last did, all at once: each
// time the browser is asked costs more than a name.
func (s *sheet) foldAll() {
	if s.folded == nil || len(s.folded) > 2*s.roster.Len()+100 {
		s.folded = map[string]string{}
	}
	var fresh []string
	for i := range s.roster.Len() {
		if name := s.roster.At(i).Name; s.folded[name] == "" {
			fresh = append(fresh, name)
		}
	}
	for i, folded := range fold(fresh) {
		s.folded[fresh[i]] = folded
	}
}

// shown is the ghosts that stand on the sheet, in its order.
func (s *sheet) shown() []ghost {
	if s.query != "" || len(s.ghosts) == 0 {
		return nil // who looks for somebody looks for one who is here
	}
	gs := slices.Clone(s.ghosts)
	slices.SortFunc(gs, func(a, b ghost) int { return s.compare(a.user, b.user) })
	return gs
}

// len is the number of cards on the whole sheet.
func (s *sheet) len() int {
	if s.query != "" {
		return s.line().Len()
	}
	return s.roster.Len() + len(s.ghosts)
}

// index is where a member stands, or would stand.
func (s *sheet) index(u shared.User) int {
	all := s.line()
	at := sort.Search(all.Len(), func(i int) bool { return s.compare(all.At(i), u) >= 0 })
	for _, g := range s.shown() {
		if s.compare(g.user, u) < 0 {
			at++
		}
	}
	return at
}

func (s *sheet) compare(a, b shared.User) int {
	if s.order == orderName {
		return byNames(a, b)
	}
	return byArrival(a, b)
}

func byArrival(a, b shared.User) int {
	return cmp.Or(cmp.Compare(a.JoinedAt, b.JoinedAt), cmp.Compare(a.ID, b.ID))
}

func byNames(a, b shared.User) int {
	if a.Name == b.Name { // the browser need not be asked
		return byArrival(a, b)
	}
	return cmp.Or(compareNames(a.Name, b.Name), cmp.Compare(a.Name, b.Name), byArrival(a, b))
}

// sortedByName sorts users, which it may keep.
func sortedByName(users []shared.User) []shared.User {
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = u.Name
	}
	slices.Sort(names) // what the browser takes for the same stays in this order
	rank := make(map[string]int, len(names))
	for i, name := range sortNames(slices.Compact(names)) {
		rank[name] = i
	}
	slices.SortFunc(users, func(a, b shared.User) int {
		return cmp.Or(cmp.Compare(rank[a.Name], rank[b.Name]), byArrival(a, b))
	})
	return users
}
