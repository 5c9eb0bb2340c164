package compare

import (
	"embed"
	"fmt"

	"rollcall/bench/report"
)

// documentName is the document in the directory of documents.
const documentName = "benchmarks.md"

//go:embed *.tmpl
var templates embed.FS

// document is the data of the template. Its methods collect Wins, and figures that are
// missing.
type document struct {
	File
	N       string // members of the largest room
	Small   bool   // it is not the room of the targets
	Wins    []win
	missing []string
}

// targetRoom is the number of members of the room for which the targets are.
const targetRoom = 3000

// write writes the document and its pictures to a directory. It fails and changes nothing
// if the results are incomplete.
func write(file File, dir string) (err error) {
	d := &document{File: file, N: report.Count(file.Plan.Largest()), Small: file.Plan.Largest() != targetRoom}
	parts := map[string]string{}
	fill := func(path, template string, data any) {
		if err == nil {
			parts[path], err = report.Fill(templates, template, data)
		}
	}
	fill(documentName, "benchmarks.md.tmpl", d)
	fill(documentName, "benchmarks.md.tmpl", d) // again, because Wins are listed before the tables that find them
	for name, picture := range d.pictures() {
		fill("pictures/bench-"+name+".svg", "bars.svg.tmpl", picture)
	}
	if err == nil && len(d.missing) > 0 {
		err = fmt.Errorf("the results lack figures, the first of them %s", d.missing[0])
	}
	if err != nil {
		return err
	}
	return report.Write(dir, parts)
}
