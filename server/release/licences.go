package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/google/licensecheck"
)

// permissive are the licences, by SPDX's names, that ask whoever gives a program on
// for no more than to give their text with it.
var permissive = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unlicense", "Zlib"}

// leastKnown is how much of a file, in per cent of its words, must be of licences
// that are known. What is left is names and years.
const leastKnown = 75

// licence is on which terms a module may be used: all of the names hold.
type licence struct {
	names []string
	text  []byte // with what else is to be given on
}

var (
	licenceFile = regexp.MustCompile(`(?i)^(un)?licen[cs]e|^copying`)
	noticeFile  = regexp.MustCompile(`(?i)^notice`) // to be given on with it (Apache-2.0, §4 d)
)

// licenceOf reads the licence of a module, which must be one of the permissive.
func licenceOf(m module) (licence, error) {
	var l licence
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return l, fmt.Errorf("%s: %w", m.Path, err)
	}
	for _, e := range entries {
		isLicence := licenceFile.MatchString(e.Name())
		if e.IsDir() || !isLicence && !noticeFile.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			return l, err
		}
		if isLicence {
			names, err := judge(text)
			if err != nil {
				return l, fmt.Errorf("%s: %s: %w", m.Path, e.Name(), err)
			}
			l.names = append(l.names, names...)
		}
		l.text = append(append(l.text, bytes.TrimSpace(text)...), "\n\n"...)
	}
	if len(l.names) == 0 {
		return l, fmt.Errorf("%s: no licence in %s", m.Path, m.Version)
	}
	slices.Sort(l.names)
	l.names = slices.Compact(l.names)
	return l, nil
}

// judge returns the licences in a text, or why they are not good enough.
func judge(text []byte) (names []string, err error) {
	found := licensecheck.Scan(text)
	for _, match := range found.Match {
		if match.IsURL {
			continue // of a licence that is there, or is named with it
		}
		if !slices.Contains(permissive, match.ID) {
			return nil, fmt.Errorf("%s is not among those that are permissive", match.ID)
		}
		names = append(names, match.ID)
	}
	if len(names) == 0 || found.Percent < leastKnown {
		return nil, fmt.Errorf("only %.0f%% of it is a known licence", found.Percent)
	}
	return names, nil
}

// everybody is every module that is in something that people get.
func everybody() ([]module, error) {
	var all []module
	for _, p := range append([]program{page}, servers...) {
		found, err := p.modules()
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return distinct(all), nil
}

// printLicences lists every module with its licence.
func printLicences(w io.Writer) error {
	all, err := everybody()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, m := range all {
		l, err := licenceOf(m)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", m.Path, m.Version, strings.Join(l.names, " and "))
	}
	return table.Flush()
}

// notices is what the licences ask for: their texts, for all that is given on.
func notices() ([]byte, error) {
	all, err := everybody()
	if err != nil {
		return nil, err
	}
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		return nil, err
	}
	out := append([]byte("Rollcall\n\n"), own...)
	for _, m := range all {
		l, err := licenceOf(m)
		if err != nil {
			return nil, err
		}
		out = fmt.Appendf(out, "\n%s\n%s %s (%s)\n\n%s", strings.Repeat("-", 80), m.Path, m.Version, strings.Join(l.names, " and "), l.text)
	}
	return out, nil
}
