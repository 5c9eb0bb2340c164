package roll

import (
	"errors"
	"html/template"
	"net/url"
	"time"
)

// forms are those of a time in an address: what browsers send, and RFC 3339.
var forms = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339}

// span is the time that a page is about, and how it is asked for.
type span struct {
	Zone     string // an IANA name
	From, To string // as in the fields of the form
	Day      string // today, yesterday or week; "" for another time
	zone     *time.Location
	from, to time.Time
}

// location returns a zone of the IANA's.
func location(name string) (*time.Location, error) {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, errors.New("no name of a zone")
	}
	return time.LoadLocation(name)
}

// spanOf returns the time that a query asks for, or a default and a problem. zone is that of
// the browser, "" if it is not known.
func spanOf(query url.Values, zone string, say *words, now time.Time) (s span, problem string) {
	if asked := query.Get("zone"); asked != "" {
		zone = asked
	}
	var err error
	if s.zone, err = location(zone); err != nil {
		s.zone = time.UTC
		if zone != "" {
			problem = string(say.BadZone)
		}
	}
	s.Zone = s.zone.String()
	y, m, d := now.In(s.zone).Date()
	day := func(n int) time.Time { return time.Date(y, m, d+n, 0, 0, 0, 0, s.zone) }
	s.Day, s.from, s.to = "today", day(0), day(1)
	switch query.Get("day") {
	case "yesterday":
		s.Day, s.from, s.to = "yesterday", day(-1), day(0)
	case "week":
		s.Day, s.from = "week", day(-6)
	}
	if query.Has("from") || query.Has("to") {
		from, err1 := parse(query.Get("from"), s.zone)
		to, err2 := parse(query.Get("to"), s.zone)
		if err1 != nil || err2 != nil || !from.Before(to) {
			problem = string(say.BadTime)
		} else {
			s.Day, s.from, s.to = "", from, to
		}
	}
	s.From, s.To = s.from.Format(forms[0]), s.to.Format(forms[0])
	return s, problem
}

// parse returns the time of a field.
func parse(text string, zone *time.Location) (t time.Time, err error) {
	for _, form := range forms {
		if t, err = time.ParseInLocation(form, text, zone); err == nil {
			return t.In(zone), nil
		}
	}
	return t, err
}

// Query returns the time as a query, for links: a template.URL, of which templates do not
// escape the characters between the parameters.
func (s span) Query() template.URL {
	q := url.Values{"zone": {s.Zone}}
	if s.Day != "" {
		q.Set("day", s.Day)
	} else {
		q.Set("from", s.from.Format(time.RFC3339))
		q.Set("to", s.to.Format(time.RFC3339))
	}
	return template.URL(q.Encode())
}
