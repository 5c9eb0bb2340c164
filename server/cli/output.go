package cli

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"rollcall/server/attendance"
)

// output is the flag that says in which form a command prints.
type output struct {
	Output string `env:"-" short:"o" default:"table" enum:"table,json,csv" placeholder:"FORM" help:"Print a table, json or csv. (${default})"`
}

// list describes how a list is printed as rows. row calls at to format times, which are in
// milliseconds since the Unix epoch.
type list[T any] struct {
	header []string
	row    func(v T, at func(ms int64) string) []string
}

// print prints a list. As JSON its elements are those of the API.
func (l list[T]) print(w io.Writer, o output, all []T) error {
	switch o.Output {
	case "json":
		if all == nil {
			all = []T{} // [], not null
		}
		return printJSON(w, all)
	case "csv":
		rows := [][]string{l.header}
		for _, v := range all {
			rows = append(rows, cells(l.row(v, inUTC)))
		}
		return csv.NewWriter(w).WriteAll(rows)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	rows := strings.ToUpper(strings.Join(l.header, "\t")) + "\n"
	for _, v := range all {
		rows += printable(strings.Join(l.row(v, here), "\t")) + "\n"
	}
	if _, err := io.WriteString(table, rows); err != nil {
		return err
	}
	return table.Flush()
}

// printJSON prints a value as JSON, indented.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// inUTC formats a time for programs. 0 is no time.
func inUTC(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).UTC().Format(time.RFC3339)
}

// here formats a time for people, in the local time zone.
func here(ms int64) string {
	if ms == 0 {
		return "-"
	}
	return time.UnixMilli(ms).Format(time.DateTime)
}

// cells escapes a row for CSV; see attendance.Cell.
func cells(row []string) []string {
	for i, cell := range row {
		row[i] = attendance.Cell(cell)
	}
	return row
}

// printable replaces control characters other than tabs, and those that change the direction
// of writing, so that names can't control the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
