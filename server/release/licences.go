package main

import (
	"bytes"
	"crypto/sha256"
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

// permissive are the SPDX identifiers of the licences that require no more of a distributor
// than to include their text.
var permissive = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unlicense", "Zlib"}

// leastKnown is the least percentage of a file's words that must belong to known licences. The
// rest is names and years.
const leastKnown = 75

// licence is the licence of a module. If it has several names, all apply.
type licence struct {
	names []string
	text  []byte // with the notices to be included
}

var (
	licenceFile = regexp.MustCompile(`(?i)^(un)?licen[cs]e|^copying`)
	noticeFile  = regexp.MustCompile(`(?i)^notice`) // to be included, too (Apache-2.0, §4 d)
)

// licenceOf reads the licence of a module. It fails unless that is permissive.
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

// judge returns the licences in a text. It fails unless all are known and permissive, or the
// text was reviewed.
func judge(text []byte) (names []string, err error) {
	if names, ok := reviewed[fmt.Sprintf("%x", sha256.Sum256(text))]; ok {
		return names, nil
	}
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

// everybody returns the modules of all programs of the release.
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

// notices returns the texts of the licences of all modules, which they require to be included.
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
