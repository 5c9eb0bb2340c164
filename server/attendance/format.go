package attendance

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"rollcall/shared/api"
)

// Header is the first line of a report as CSV.
var Header = []string{"name", "id", "identity", "role", "status", "first_joined", "last_left", "seconds", "visits", "reasons"}

// statusGap is the status of a line of CSV that is about nobody, but about a time of which
// visits may be missing.
const statusGap = "gap"

// Write writes a report of a room and a time, [from, to), in a format: see Roll.Report and
// Report.Write. Nothing is written before an error that is known at the beginning.
func (r *Roll) Write(ctx context.Context, w io.Writer, room string, from, to time.Time, format string) error {
	report, err := r.Report(ctx, room, from, to)
	if err != nil {
		return err
	}
	defer report.Close()
	return report.Write(w, format)
}

// Write writes the report in a format; see Write. It may be called once, and not after People.
func (r *Report) Write(w io.Writer, format string) error {
	return Write(w, r.Span, r.People(), format)
}

// Write writes what a report is about and its people in a format, and everything to w before
// it returns. It holds one person at a time. After an error what was written is incomplete.
func Write(w io.Writer, about api.Span, people iter.Seq2[api.Attendee, error], format string) error {
	b := bufio.NewWriterSize(w, 64<<10)
	write := writeJSON
	switch format {
	case api.FormatJSON:
	case api.FormatJSONL:
		write = writeJSONL
	case api.FormatCSV:
		write = writeCSV
	default:
		return invalid("format", "is neither json nor csv nor jsonl")
	}
	if err := write(b, about, people); err != nil {
		return err
	}
	return b.Flush()
}

// encoder returns an encoder that writes names as they are.
func encoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

// writeJSON writes an api.Attendance, with a line for each person.
func writeJSON(w *bufio.Writer, about api.Span, people iter.Seq2[api.Attendee, error]) error {
	begin, err := json.Marshal(about)
	if err != nil {
		return err
	}
	_, _ = w.Write(begin[:len(begin)-1]) // w keeps the error
	_, _ = w.WriteString(`,"people":[`)
	e, separator := encoder(w), "\n"
	for p, err := range people {
		if err != nil {
			return err
		}
		_, _ = w.WriteString(separator)
		if err := e.Encode(p); err != nil {
			return err
		}
		separator = ","
	}
	_, err = w.WriteString("]}\n")
	return err
}

func writeJSONL(w *bufio.Writer, about api.Span, people iter.Seq2[api.Attendee, error]) error {
	e := encoder(w)
	if err := e.Encode(about); err != nil {
		return err
	}
	for p, err := range people {
		if err != nil {
			return err
		}
		if err := e.Encode(p); err != nil {
			return err
		}
	}
	return nil
}

func writeCSV(w *bufio.Writer, about api.Span, people iter.Seq2[api.Attendee, error]) error {
	lines := csv.NewWriter(w)
	_ = lines.Write(Header) // w keeps the error
	for _, g := range about.Gaps {
		lasted := strconv.FormatInt(int64(g.To.Sub(g.From)/time.Second), 10)
		_ = lines.Write([]string{"", "", "", "", statusGap, inUTC(&g.From), inUTC(&g.To), lasted, "", ""})
	}
	for p, err := range people {
		if err != nil {
			return err
		}
		if err := lines.Write(Line(&p)); err != nil {
			return err
		}
	}
	lines.Flush()
	return lines.Error()
}

// Line returns the cells of a person's line of CSV, which Header names.
func Line(p *api.Attendee) []string {
	return []string{
		Cell(p.Name), p.ID, p.Identity, p.Role, p.Status, inUTC(p.FirstJoined), inUTC(p.LastLeft),
		strconv.FormatInt(p.Seconds, 10), strconv.Itoa(p.Visits), strings.Join(p.Reasons, " "),
	}
}

// inUTC formats a time for programs (RFC 3339).
func inUTC(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Cell returns a cell of CSV with a quote before it if a spreadsheet would take it for a
// formula (OWASP, CSV injection).
func Cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
