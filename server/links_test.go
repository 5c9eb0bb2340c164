package server

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fences   = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	headings = regexp.MustCompile(`(?m)^#+ (.*)$`)
	links    = regexp.MustCompile(`(?:\]\(|src(?:set)?=")([^)"\s]+)`)
	paths    = regexp.MustCompile("`((?:\\./)?(?:\\.ci|app|bench|docs|server|shared|web)/[\\w./-]*)")
	makes    = regexp.MustCompile("(?:^|`)make ([a-z]+)")
	notWords = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// documents returns the text of the README, the CHANGELOG and all of docs by their path
// in the repository.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		names, err := filepath.Glob(filepath.Join("..", pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s matches %d documents: %v", pattern, len(names), err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			texts[filepath.ToSlash(strings.TrimPrefix(name, "../"))] = string(text)
		}
	}
	return texts
}

// anchors returns the anchors that GitHub makes of a document's headings.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, h := range headings.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
		plain := notWords.ReplaceAllString(strings.ToLower(strings.TrimSpace(h[1])), "")
		found[strings.ReplaceAll(plain, " ", "-")] = true
	}
	return found
}

// exists reports whether the repository has a file or a directory of that path.
func exists(name string) bool {
	_, err := os.Stat(filepath.Join("..", name))
	return err == nil
}

// TestDocumentsLinkToWhatIsThere checks every relative link and anchor of the documents,
// and that each of docs can be reached by links from the README.
func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	texts := documents(t)
	linked := map[string][]string{}
	for name, text := range texts {
		for _, l := range links.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
			if strings.Contains(l[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(l[1], "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			if !exists(target) {
				t.Errorf("%s links to %s, which is not there", name, l[1])
			} else if anchor != "" && !anchors(texts[target])[anchor] {
				t.Errorf("%s links to %s, which has no such heading", name, l[1])
			}
			linked[name] = append(linked[name], target)
		}
	}
	reached := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if !reached[name] {
			reached[name] = true
			for _, next := range linked[name] {
				follow(next)
			}
		}
	}
	follow("README.md")
	for name := range texts {
		if !reached[name] {
			t.Errorf("no link leads from the README to %s", name)
		}
	}
}

// TestDocumentsNameWhatIsThere checks that the paths and the make targets that the
// documents name exist.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range documents(t) {
		for _, p := range paths.FindAllStringSubmatch(text, -1) {
			if !exists(p[1]) {
				t.Errorf("%s names %s, which is not there", name, p[1])
			}
		}
		for _, line := range strings.Split(text, "\n") {
			for _, m := range makes.FindAllStringSubmatch(line, -1) {
				if !strings.Contains(string(makefile), "\n"+m[1]+":") {
					t.Errorf("%s names make %s, which the Makefile does not have", name, m[1])
				}
			}
		}
	}
}

// TestTheMapHasEveryPackage checks that the architecture's map names the directory of
// each package, except what a package keeps below it for its own tests or its build.
func TestTheMapHasEveryPackage(t *testing.T) {
	text := documents(t)["docs/architecture.md"]
	for _, p := range list(t, nil, "./...") {
		dir := strings.TrimPrefix(p.ImportPath, module+"/")
		switch path.Base(dir) {
		case "pipetest", "wiretest", "mutants", "noaes", "nocipher", "nohttp", "nomd5", "noregexp", "nosha1", "noslog":
			continue
		}
		if strings.HasPrefix(dir, "docs/examples/") {
			dir = "docs/examples"
		}
		if !strings.Contains(text, "\n"+dir+"/ ") {
			t.Errorf("the map of docs/architecture.md lacks %s", dir)
		}
	}
}
