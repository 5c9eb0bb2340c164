package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/template"
)

//go:embed audit.md.tmpl
var document string

// paintedWithin is when the names must be painted, in ms.
const paintedWithin = 800

// report writes the document of the figures.
func report(r results, file string) error {
	t, err := template.New("audit").Funcs(template.FuncMap{
		"seconds": func(ms float64) string { return fmt.Sprintf("%.2f s", ms/1000) },
		"ms":      func(ms float64) string { return fmt.Sprintf("%.0f ms", ms) },
		"mb":      func(b float64) string { return fmt.Sprintf("%.2f MB", b/1e6) },
		"kept": func(v verdict) string {
			switch {
			case v.Reached:
				return "reached"
			case v.Measured == notMeasured:
				return ""
			}
			return "**missed**"
		},
		"join": strings.Join,
	}).Parse(document)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := t.Execute(&b, r); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

// A verdict is a target and whether it is reached.
type verdict struct {
	What, Target, Measured string
	Reached                bool
}

// Verdicts are all targets of the page. What has not been measured is not reached.
func (r results) Verdicts() []verdict {
	return slices.Concat(r.accessVerdicts(), r.lighthouseVerdicts(), r.speedVerdicts())
}

const notMeasured = "not measured"

func (r results) accessVerdicts() []verdict {
	const what = "axe, violations over all states"
	if r.Axe == nil {
		return []verdict{{what, "0", notMeasured, false}}
	}
	n := r.Axe.Violations()
	return []verdict{{what, "0", fmt.Sprint(n), n == 0}}
}

func (r results) lighthouseVerdicts() (all []verdict) {
	if r.Lighthouse == nil {
		return []verdict{{"Lighthouse", "90/100/100/100 as a phone, 100 as a desktop", notMeasured, false}}
	}
	for _, p := range r.Lighthouse {
		want, got, reached := "", "", true
		for _, c := range categories {
			want += fmt.Sprintf("/%d", least[p.Device][c])
			got += fmt.Sprintf("/%d", p.Score(c))
			reached = reached && p.Score(c) >= least[p.Device][c]
		}
		what := fmt.Sprintf("Lighthouse, %s, %d people", p.Device, p.People)
		all = append(all, verdict{what, "at least " + want[1:], got[1:], reached})
	}
	return all
}

func (r results) speedVerdicts() []verdict {
	if r.Speed == nil {
		return []verdict{{"names painted, and usable", "under 800 ms; no later than go-app's hello", notMeasured, false}}
	}
	names, ready, floor := r.Speed.Ours(painted), r.Speed.Ours(usable), r.Speed.Theirs(usable)
	return []verdict{
		{"names painted, slow phone, cold", fmt.Sprintf("under %d ms", paintedWithin), fmt.Sprintf("%.0f ms", names), names < paintedWithin},
		{"usable, slow phone, cold", fmt.Sprintf("no later than go-app's hello: %.2f s", floor/1000), fmt.Sprintf("%.2f s", ready/1000), ready <= floor},
	}
}

// missed is an error that names the targets that are not reached.
func (r results) missed() error {
	var missed []error
	for _, v := range r.Verdicts() {
		if !v.Reached {
			missed = append(missed, fmt.Errorf("%s: %s, the target is %s", v.What, v.Measured, v.Target))
		}
	}
	return errors.Join(missed...)
}

// Ours and Theirs are medians over the visits.
func (s *speed) Ours(f figure) float64   { return middle(s.Rollcall, f) }
func (s *speed) Theirs(f figure) float64 { return middle(s.Hello, f) }

// What the template has a line for.
func (s *speed) Painted() figure { return painted }
func (s *speed) Usable() figure  { return usable }
func (s *speed) Loaded() figure  { return loaded }
