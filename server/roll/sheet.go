package roll

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"rollcall/server/attendance"
	"rollcall/shared"
	"rollcall/shared/api"
	"rollcall/shared/i18n"
)

// sheet is what the page shows of a report.
type sheet struct {
	Live    bool // now is within the time
	AsOf    string
	When    string
	Figures []figure
	Gaps    []string
	Typed   bool   // names were typed
	More    string // how many people are left out; "" if nobody

	Labels           []label
	Grid, Gap, Now   string // drawings
	Line, Area, Most string
	Counts           []reading
	Rows             []row

	*view
	axis
	until time.Time // what comes later is not known yet
}

type (
	// figure is a number with what it counts.
	figure struct{ Kind, Value, What string }
	// label is a text at a tick.
	label struct{ X, Text string }
	// reading is how many people were there at a time.
	reading struct {
		At string
		N  int
	}
	// row is a person.
	row struct {
		ID, Name, Tag     string
		Hue               int
		Typed             bool
		Status, Said      string // as in a report, and as text
		By                string // who has corrected it by hand
		Came, Went, Lasts string
		Bars, Visits      string // as a drawing, and as text
	}
)

const (
	shownGaps   = 10
	toldVisits  = 20               // of a person, as text
	shortestDay = 30 * time.Minute // that an axis shows
)

// newSheet returns what a page shows of a summary.
func newSheet(s attendance.Summary, v *view, now time.Time) *sheet {
	sh := &sheet{view: v, until: now, Live: v.from.Before(now) && now.Before(v.to)}
	if v.to.Before(now) {
		sh.until = v.to
	}
	counts := countsOf(&s, sh.until)
	sh.axis = sh.axisFor(&s)
	sh.AsOf = now.In(v.zone).Format("15:04")
	sh.When = v.when()
	sh.addGaps(s.Gaps)
	sh.draw(counts)
	sh.addRows(&s)
	sh.addFigures(&s, counts)
	if s.More > 0 {
		sh.More = v.Words.More.With("n", v.Text.Number(s.More))
	}
	return sh
}

// axisFor returns an axis that shows everybody, and no more of the time than that.
func (sh *sheet) axisFor(s *attendance.Summary) axis {
	lo, hi := sh.until, sh.from
	for _, p := range s.People {
		if p.FirstJoined != nil && p.FirstJoined.Before(lo) {
			lo = *p.FirstJoined
		}
		switch {
		case p.FirstJoined == nil:
		case p.LastLeft == nil:
			hi = sh.until
		case p.LastLeft.After(hi):
			hi = *p.LastLeft
		}
	}
	if s.More > 0 || lo.Before(sh.from) {
		lo = sh.from
	}
	if s.More > 0 || hi.After(sh.until) || sh.Live {
		hi = sh.until
	}
	if hi.Sub(lo) < shortestDay {
		hi = lo.Add(shortestDay)
	}
	return newAxis(lo.In(sh.zone), hi.In(sh.zone), sh.Text.Dir == "rtl")
}

// clock returns a time, with the date where that is not clear.
func (sh *sheet) clock(t time.Time) string {
	t = t.In(sh.zone)
	if sh.to.Sub(sh.from) <= 25*time.Hour && t.Format(time.DateOnly) == sh.from.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format(string(sh.Words.Date) + " 15:04")
}

// between returns a time from its beginning to its end.
func (sh *sheet) between(from, to time.Time) string {
	if from, to = from.In(sh.zone), to.In(sh.zone); from.Format(time.DateOnly) == to.Format(time.DateOnly) {
		return sh.clock(from) + "–" + to.Format("15:04")
	}
	return sh.clock(from) + " – " + sh.clock(to)
}

// when says what time it is.
func (s *span) when() string {
	first, last := s.from.Format(time.DateOnly), s.to.Add(-time.Nanosecond).Format(time.DateOnly)
	switch {
	case s.Day == "":
		return s.from.Format("2006-01-02 15:04") + " – " + s.to.Format("2006-01-02 15:04")
	case first == last:
		return first
	}
	return first + " – " + last
}

// addGaps names the times of which visits may be missing.
func (sh *sheet) addGaps(gaps []api.Gap) {
	var boxes [][2]time.Time
	for i, g := range gaps {
		boxes = append(boxes, [2]time.Time{g.From, g.To})
		if i < shownGaps {
			sh.Gaps = append(sh.Gaps, sh.between(g.From, g.To))
		}
	}
	if more := len(gaps) - shownGaps; more > 0 {
		sh.Gaps = append(sh.Gaps, "+"+sh.Text.Number(more))
	}
	sh.Gap = sh.boxes(boxes)
}

// draw makes what all rows have in common, and the line of how many were there.
func (sh *sheet) draw(counts []count) {
	sh.Grid = sh.grid()
	if sh.Live {
		sh.Now = fmt.Sprintf("M%d 0V100", sh.at(sh.x(sh.until)))
	}
	for _, t := range sh.ticks {
		l := label{X: fmt.Sprintf("%.1f%%", float64(sh.at(sh.x(t)))/wide*100), Text: t.Format("15:04")}
		if sh.step >= aDay || t.Hour() == 0 && t.Minute() == 0 && sh.to.Sub(sh.from) > 25*time.Hour {
			l.Text = t.Format(string(sh.Words.Date))
		}
		sh.Labels = append(sh.Labels, l)
	}
	most := 0
	for _, c := range counts {
		most = max(most, c.n)
	}
	sh.Line = sh.steps(counts, most, sh.until)
	sh.Area = sh.Line + fmt.Sprintf("V%dH%dZ", floor, sh.at(0))
	sh.Most = sh.Words.AtMost.With("n", sh.Text.Number(most))
	for i, n := 0, 0; len(sh.Counts) < len(sh.ticks); {
		t := sh.ticks[len(sh.Counts)]
		for ; i < len(counts) && !counts[i].at.After(t); i++ {
			n = counts[i].n
		}
		if t.After(sh.until) {
			break
		}
		sh.Counts = append(sh.Counts, reading{sh.clock(t), n})
	}
}

// addRows adds the people: first those who were not there.
func (sh *sheet) addRows(s *attendance.Summary) {
	names, signed := make(map[string]int), false
	for _, p := range s.People {
		names[p.Name]++
		signed = signed || p.Identity == "token"
		sh.Typed = sh.Typed || p.Identity == "typed"
	}
	var came []row
	for _, p := range s.People {
		r := sh.rowOf(&p)
		r.Typed = signed && p.Identity == "typed"
		if names[p.Name] > 1 && p.Name != "" {
			r.Tag = shared.Tag(strings.TrimPrefix(p.ID, "~"))
		}
		if p.FirstJoined == nil {
			sh.Rows = append(sh.Rows, r)
		} else {
			came = append(came, r)
		}
	}
	sh.Rows = append(sh.Rows, came...)
}

func (sh *sheet) rowOf(p *api.Attendee) row {
	r := row{ID: p.ID, Name: cmp.Or(p.Name, p.ID), Hue: shared.Hue(p.ID), Status: p.Status, Said: string(i18n.Lookup(sh.Words.Statuses, p.Status))}
	if p.Mark != nil {
		r.By = p.Mark.By
	}
	if p.FirstJoined == nil {
		return r
	}
	r.Came, r.Went, r.Lasts = sh.clock(*p.FirstJoined), string(sh.Words.Still), sh.Words.lasting(p.Seconds)
	if p.LastLeft != nil {
		r.Went = sh.clock(*p.LastLeft)
	}
	var visits [][2]time.Time
	var told []string
	for i, visit := range p.Intervals {
		until, said := sh.until, sh.clock(visit.Joined)+" – "+string(sh.Words.Still)
		if visit.Left != nil {
			until, said = *visit.Left, sh.between(visit.Joined, *visit.Left)
		}
		visits = append(visits, [2]time.Time{visit.Joined, until})
		if i < toldVisits {
			told = append(told, said)
		}
	}
	if more := p.Visits - len(told); more > 0 {
		told = append(told, "+"+sh.Text.Number(more))
	}
	r.Bars, r.Visits = sh.bars(visits), strings.Join(told, ", ")
	return r
}

// lasting returns a time as text.
func (w *words) lasting(seconds int64) string {
	h, m := seconds/3600, seconds%3600/60
	if h == 0 {
		return w.Minutes.With("m", strconv.FormatInt(m, 10))
	}
	return w.Hours.With("h", strconv.FormatInt(h, 10), "m", strconv.FormatInt(m, 10))
}

// addFigures adds what a glance should tell.
func (sh *sheet) addFigures(s *attendance.Summary, counts []count) {
	add := func(kind string, n int, what i18n.Text) {
		sh.Figures = append(sh.Figures, figure{kind, sh.Text.Number(n), string(what)})
	}
	if s.Expected > 0 {
		of := sh.Words.OfAll.With("n", sh.Text.Number(s.Counts[api.StatusAbsent]), "all", sh.Text.Number(s.Expected))
		kind := api.StatusAbsent
		if s.Counts[kind] == 0 {
			kind = "nobody"
		}
		sh.Figures = append(sh.Figures, figure{kind, of, string(sh.Words.Missing)})
	}
	if sh.Live && len(counts) > 0 {
		add("now", counts[len(counts)-1].n, sh.Words.Now)
	}
	add("people", s.Came, sh.Words.People)
	for _, status := range []string{api.StatusLate, api.StatusAmbiguous, api.StatusExcused} {
		if n := s.Counts[status]; n > 0 {
			add(status, n, i18n.Lookup(sh.Words.Statuses, status))
		}
	}
}
