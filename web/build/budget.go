package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

// firstVisitMost is how many bytes a first visit may load at most: 1% more than it does.
const firstVisitMost = 1_280_000

// visited is one thing that a first visit loads.
type visited struct {
	what  string
	bytes int64
}

// reportSize prints what a first visit loads, and the size of each package in the program. It
// fails if the visit exceeds its budget.
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

// firstVisit returns what a browser that accepts brotli loads, page and worker together: each
// compressed file of the build, and the page and the shell, as packed as the server sends them.
// The members of a room make the page longer; a browser test measures that.
func firstVisit(tree fs.FS, dist string) ([]visited, error) {
	var visit []visited
	err := fs.WalkDir(tree, dist, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || path.Ext(file) != ".br" || strings.HasPrefix(file, path.Join(dist, embedDir)) || strings.HasPrefix(file, path.Join(dist, socketIO)) {
			return err // no page of ours loads what is for others
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
	page, err := packedSize(tree, "web/page.html")
	if err != nil {
		return nil, err
	}
	visit = append(visit, visited{"the page, and the shell", 2 * page})
	largestFirst(visit)
	return visit, nil
}

// packedSize returns the size of a file that is compressed with gzip.
func packedSize(tree fs.FS, name string) (int64, error) {
	content, err := fs.ReadFile(tree, name)
	if err != nil {
		return 0, err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = z.Write(content)
	err = errors.Join(err, z.Close())
	return int64(packed.Len()), err
}

// anatomy links the program once more, with the names of its functions, and returns the size
// of each package in it.
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

// listed is how many lines of a list are printed; the rest is summed up in one.
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

// grouped formats a number with spaces between the thousands.
func grouped(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s %03d", grouped(n/1000), n%1000)
}
