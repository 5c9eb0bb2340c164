// Package audit has Lighthouse visit the page as a phone and as a desktop, with few and
// with many people there. It writes docs/audit.md, and fails where a target is missed.
//
// Lighthouse comes from npm (package.json), as does axe, which a test in app/e2e runs;
// Chromium is the machine's.
package audit

import (
	"embed"
	"errors"
	"flag"
	"fmt"
	"path/filepath"

	"rollcall/bench/compare"
	"rollcall/bench/report"
)

//go:embed audit.md.tmpl
var templates embed.FS

// results are the data of the template.
type results struct {
	Machine  report.Machine
	Rollcall string // its version
	Large    int    // people in the large room
	Pages    []assessment
}

// settings are the command line.
type settings struct {
	large  int
	rounds int
	binary string // the program under test, an absolute path
}

// Run measures and writes the document. Its error names the targets that were missed.
func Run(args []string) error {
	var s settings
	f := flag.NewFlagSet("audit", flag.ContinueOnError)
	f.IntVar(&s.large, "large", 10_000, "people in the large room")
	f.IntVar(&s.rounds, "rounds", 3, "how often Lighthouse visits a page")
	f.StringVar(&s.binary, "rollcall", "../bin/rollcall", "the program under test")
	docs := f.String("docs", "../docs", "where the report goes")
	if err := f.Parse(args); err != nil {
		return err
	}
	r := results{Large: s.large}
	var err error
	if s.binary, err = filepath.Abs(s.binary); err != nil {
		return err
	}
	if r.Machine, err = report.ThisMachine(); err != nil {
		return err
	}
	if r.Rollcall, err = compare.Rollcall(s.binary).Version(); err != nil {
		return err
	}
	if r.Pages, err = s.lighthouse(); err != nil {
		return err
	}
	text, err := report.Fill(templates, "audit.md.tmpl", r)
	if err != nil {
		return err
	}
	err = report.Write(*docs, map[string]string{"audit.md": text})
	for _, p := range r.Pages {
		if !p.Reached() {
			err = errors.Join(err, fmt.Errorf("Lighthouse, %s, %d people: %s, the target is %s", p.Device, p.People, p.Got(), p.Want()))
		}
	}
	return err
}
