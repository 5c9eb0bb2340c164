package attendance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"rollcall/server/store"
	"rollcall/shared"
	"rollcall/shared/api"
)

// Expected returns the list of who should be in a room, with an id for everybody on it.
func (r *Roll) Expected(ctx context.Context, room string) (api.ExpectedAnswer, error) {
	answer := api.ExpectedAnswer{Room: room, Expected: api.Expected{People: []api.ExpectedPerson{}}}
	e, err := r.store.Expected(ctx, room)
	if err != nil || e.SetAt.IsZero() {
		return answer, err
	}
	answer.SetBy, answer.SetAt = e.SetBy, &e.SetAt
	if !e.Starts.IsZero() {
		answer.Starts = &e.Starts
	}
	if e.LateAfter != nil {
		answer.LateAfter = e.LateAfter.String()
	}
	for _, p := range e.People {
		if p.Member == "" {
			p.Member = nameID(fold(p.Name))
		}
		answer.People = append(answer.People, api.ExpectedPerson{ID: p.Member, Name: p.Name})
	}
	return answer, nil
}

// SetExpected sets the list of who should be in a room, in place of the one before; one
// without people removes that. by says who sets it. A list has at most api.MaxExpected people.
// Nobody is on it twice; of two people with the same name, at least one needs an id.
func (r *Roll) SetExpected(ctx context.Context, room string, e api.Expected, by string) error {
	s := store.Expected{SetBy: by, SetAt: time.Now()}
	if len(e.People) > api.MaxExpected {
		return invalid("people", fmt.Sprintf("has more than %d elements", api.MaxExpected))
	}
	if e.Starts != nil {
		s.Starts = *e.Starts
	}
	if e.LateAfter != "" {
		late, err := time.ParseDuration(e.LateAfter)
		if err != nil || late < 0 || late > api.MaxLateAfter {
			return invalid("late_after", "is not a duration from 0s to 24h, as in 5m")
		}
		s.LateAfter = &late
	}
	seen := make(map[string]int)
	for i, p := range e.People {
		listed, id, err := clean(p)
		if err != nil {
			err.Location = fmt.Sprintf("people[%d].%s", i, err.Location)
			return err
		}
		if before, ok := seen[id]; ok {
			return invalid(fmt.Sprintf("people[%d]", i), fmt.Sprintf("is the same as people[%d]: two people with one name need ids", before))
		}
		seen[id] = i
		s.People = append(s.People, listed)
	}
	return r.store.SetExpected(ctx, room, s)
}

// clean returns somebody on a list as they are kept, and the id.
func clean(p api.ExpectedPerson) (l store.Listed, id string, _ *api.InvalidField) {
	if p.Name != "" || p.ID == "" {
		var err error
		if l.Name, err = shared.CleanName(p.Name); err != nil {
			return l, "", invalid("name", "is not a name: "+messageOf(err))
		}
	}
	named := nameID(fold(l.Name))
	switch {
	case p.ID == "" || p.ID == named && l.Name != "":
		return l, named, nil
	case shared.CheckID(p.ID) != nil:
		return l, "", invalid("id", "is not the id of a member, or of this name")
	}
	l.Member = p.ID
	return l, p.ID, nil
}

// messageOf returns what an error of package shared says to people.
func messageOf(err error) string {
	if e, ok := errors.AsType[shared.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// SetMark corrects by hand what somebody is in the reports of a room: api.StatusPresent,
// api.StatusExcused, or as it was recorded if mark is empty. The id is that of a member, or of
// somebody who is expected by name. by says who corrects it. A mark stays until it is removed,
// or a list is set that starts at another time.
func (r *Roll) SetMark(ctx context.Context, room, id, mark, by string) (api.Marked, error) {
	answer := api.Marked{Room: room, ID: id}
	if mark != "" && mark != api.StatusPresent && mark != api.StatusExcused {
		return answer, invalid("mark", "is neither present nor excused nor empty")
	}
	if shared.CheckID(strings.TrimPrefix(id, byName)) != nil {
		return answer, invalid("id", "is not an id of a report")
	}
	m := store.Mark{Mark: mark, SetBy: by, SetAt: time.Now().UTC().Truncate(time.Millisecond)}
	err := r.store.SetMark(ctx, room, id, m)
	if errors.Is(err, store.ErrTooManyMarks) {
		return answer, invalid("id", fmt.Sprintf("would be one too many: a room has at most %d marks", store.MaxMarks))
	}
	if mark != "" {
		answer.Mark = markOf(m)
	}
	return answer, err
}
