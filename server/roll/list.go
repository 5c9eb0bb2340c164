package roll

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rollcall/shared"
	"rollcall/shared/api"
)

// maxList bounds a form with a list, in bytes: one of api.MaxExpected people with the longest
// names is smaller.
const maxList = 4 << 20

// list is who is expected, as the fields of a form have it.
type list struct {
	People, Starts, Late string
	By                   string // who has set it, and when
}

// edit answers with the form for who is expected.
func (p *page) edit(ctx context.Context, w http.ResponseWriter, r *http.Request, v *view) {
	e, err := p.Roll.Expected(ctx, v.Room)
	if err != nil {
		p.send(w, r, v, p.failed(w, v, err), "sheet")
		return
	}
	v.List.People = linesOf(e.People)
	if e.SetAt != nil {
		v.List.By = e.SetBy + " · " + e.SetAt.In(v.zone).Format("2006-01-02 15:04")
	}
	if e.Starts != nil {
		v.List.Starts = e.Starts.In(v.zone).Format(forms[0])
	}
	if late, err := time.ParseDuration(e.LateAfter); err == nil {
		v.List.Late = strconv.Itoa(int(late.Minutes()))
	}
	p.send(w, r, v, http.StatusOK, "list")
}

// linesOf returns people as parse reads them.
func linesOf(people []api.ExpectedPerson) string {
	var lines strings.Builder
	for _, person := range people {
		switch {
		case person.Name == "":
			lines.WriteString(person.ID)
		case shared.CheckID(person.ID) == nil:
			lines.WriteString(person.ID + ", " + person.Name)
		default: // the id is made of the name
			lines.WriteString(person.Name)
		}
		lines.WriteByte('\n')
	}
	return lines.String()
}

// save sets who is expected. The form proves its session with its first part, before the rest
// is read.
func (p *page) save(w http.ResponseWriter, r *http.Request, v *view) {
	r.Body = http.MaxBytesReader(w, r.Body, maxList)
	parts, err := r.MultipartReader()
	if err != nil {
		p.refuse(w, r, v, http.StatusBadRequest, v.Words.Ended)
		return
	}
	proof, err := field(parts, "proof")
	found, ok := p.enter(v, proof)
	if err != nil || !ok {
		p.refuse(w, r, v, http.StatusForbidden, v.Words.Ended)
		return
	}
	v.span, _ = spanOf(r.URL.Query(), found.zone, v.Words, time.Now())
	for _, f := range []struct {
		name string
		to   *string
	}{{"starts", &v.List.Starts}, {"late", &v.List.Late}, {"people", &v.List.People}} {
		if *f.to, err = field(parts, f.name); err != nil {
			v.Problem = string(v.Words.LongList)
			p.send(w, r, v, http.StatusRequestEntityTooLarge, "list")
			return
		}
	}
	p.set(w, r, v)
}

// set sets who is expected as the fields have it, or shows them again with what is wrong.
func (p *page) set(w http.ResponseWriter, r *http.Request, v *view) {
	expected, lines, err := v.List.parse(v.zone)
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), madeWithin)
		defer cancel()
		err = p.Roll.SetExpected(ctx, v.Room, expected, v.by)
	}
	if invalid, ok := errors.AsType[*api.InvalidField](err); ok {
		v.Problem = v.Words.problemWith(invalid.Location, lines)
		p.send(w, r, v, http.StatusUnprocessableEntity, "list")
		return
	}
	if err != nil {
		p.send(w, r, v, p.failed(w, v, err), "list")
		return
	}
	seeOther(w, v.Here+"?"+string(v.Query()))
}

// field reads the next part of a form, which must have a name.
func field(parts *multipart.Reader, name string) (string, error) {
	part, err := parts.NextPart()
	if err != nil {
		return "", err
	}
	if part.FormName() != name {
		return "", fmt.Errorf("a part is not %s", name)
	}
	text, err := io.ReadAll(part)
	return string(text), err
}

// parse returns the list, and in which line of the text each person is. A line is a name, an
// id, or an id, a comma and a name: so a name may have a comma.
func (l *list) parse(zone *time.Location) (e api.Expected, lines []int, _ error) {
	if l.Starts != "" {
		starts, err := parse(l.Starts, zone)
		if err != nil {
			return e, nil, &api.InvalidField{Location: "starts"}
		}
		e.Starts = &starts
	}
	if l.Late != "" {
		e.LateAfter = strings.TrimSpace(l.Late) + "m"
	}
	n := 0
	for line := range strings.Lines(l.People) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		person := api.ExpectedPerson{Name: line}
		id, name, _ := strings.Cut(line, ",")
		if id = strings.TrimSpace(id); shared.CheckID(id) == nil {
			person = api.ExpectedPerson{ID: id, Name: strings.TrimSpace(name)}
		}
		e.People, lines = append(e.People, person), append(lines, n)
	}
	return e, lines, nil
}

// problemWith says what is wrong with a list, at a location of api.Expected.
func (w *words) problemWith(location string, lines []int) string {
	if index, ok := strings.CutPrefix(location, "people["); ok {
		index, _, _ = strings.Cut(index, "]")
		if i, err := strconv.Atoi(index); err == nil && i < len(lines) {
			return w.BadLine.With("n", strconv.Itoa(lines[i]))
		}
	}
	if location == "people" {
		return string(w.LongList)
	}
	return string(w.BadStart)
}
