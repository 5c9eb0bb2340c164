package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"text/tabwriter"
)

// firstVisitMost is how many bytes the first visit of the whole app may load.
const firstVisitMost = 1_500_000

// visited is one thing that a first visit loads.
type visited struct {
	what  string
	bytes int64
}

// reportSize prints what a first visit loads, and what the program is made of. It fails
// where the visit is over its budget.
func reportSize(w io.Writer) error {
	visit, err := firstVisit(os.DirFS("."), distDir)
	if err != nil {
		return err
	}
	parts, err := anatomy()
	if err != nil {
		return err
	}
	printSizes(w, "A first visit loads", visit)
	fmt.Fprintf(w, "%d%% of the budget of %s bytes\n\n", 100*sum(visit)/firstVisitMost, grouped(firstVisitMost))
	printSizes(w, "The program, unpacked, is made of", parts)
	return withinBudget(visit)
}

func withinBudget(visit []visited) error {
	if over := sum(visit) - firstVisitMost; over > 0 {
		return fmt.Errorf("a first visit loads %s bytes more than the budget", grouped(over))
	}
	return nil
}

// firstVisit is what a browser that accepts brotli loads, page and worker together: each
// file of the build that an open page needs, and the page and the shell, which are served
// as they are. Who is in the room makes the page longer; a browser test measures that.
func firstVisit(tree fs.FS, dist string) ([]visited, error) {
	var visit []visited
	err := fs.WalkDir(tree, dist, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || path.Ext(file) != ".br" {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		visit = append(visit, visited{path.Base(file), info.Size()})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(visit) == 0 {
		return nil, errors.New(dist + " has no file in brotli")
	}
	page, err := fs.Stat(tree, "web/page.html")
	if err != nil {
		return nil, err
	}
	visit = append(visit, visited{"the page, and the shell", 2 * page.Size()})
	largestFirst(visit)
	return visit, nil
}

// anatomy links the program once more, with the names of its functions, and takes it
// apart.
func anatomy() ([]visited, error) {
	out, overlay := filepath.Join(cacheDir, "named.wasm"), "-overlay="+filepath.Join(cacheDir, "overlay.json")
	_, err := goForBrowser("build", "-trimpath", "-buildvcs=false", "-ldflags=-w", "-o", out, overlay, "./app")
	if err != nil {
		return nil, fmt.Errorf("linking the program with names: %w", err)
	}
	packages, err := goForBrowser("list", "-deps", overlay, "./app")
	if err != nil {
		return nil, fmt.Errorf("listing what it links: %w", err)
	}
	program, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	m, err := readModule(program)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", out, err)
	}
	return m.byPackage(string(packages)), nil
}

func sum(sizes []visited) (total int64) {
	for _, s := range sizes {
		total += s.bytes
	}
	return total
}

func largestFirst(sizes []visited) {
	slices.SortStableFunc(sizes, func(a, b visited) int { return int(b.bytes - a.bytes) })
}

// listed is how many lines of a list are printed; the others are one.
const listed = 24

func printSizes(w io.Writer, title string, sizes []visited) {
	fmt.Fprintf(w, "%s (bytes)\n", title)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i, s := range sizes {
		if i == listed {
			fmt.Fprintf(table, "%s\t  %d more\n", grouped(sum(sizes[i:])), len(sizes)-i)
			break
		}
		fmt.Fprintf(table, "%s\t  %s\n", grouped(s.bytes), s.what)
	}
	fmt.Fprintf(table, "%s\t  in all\n", grouped(sum(sizes)))
	_ = table.Flush() // to a terminal
}

// grouped writes a number with a gap between the thousands.
func grouped(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s %03d", grouped(n/1000), n%1000)
}
