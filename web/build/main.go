// Command build makes what browsers get: it compiles the browser program, and writes it with
// the style sheet, the icons, the manifest and the worker to web/dist, compressed and with
// hashes in the names. Package web embeds that directory.
//
// It is run from the top of the source tree:
//
//	go run ./web/build [-dev | -size]
//
// With -size it then prints what a first visit loads and the size of each package in the
// program, and fails if the visit exceeds its budget.
//
// Nothing is fetched, and nothing is written outside web/dist, .cache and
// wasm_exec.js. An unchanged tree leaves web/dist untouched.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
)

func main() {
	dev := flag.Bool("dev", false, "build with the tag dev, and compress fast rather than well")
	size := flag.Bool("size", false, "print the budget of a first visit, and fail where it is exceeded")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "web/build: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	err := build(*dev)
	if err == nil && *size {
		err = reportSize(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "web/build:", err)
		os.Exit(1)
	}
}

const (
	cacheDir = ".cache/web"
	distDir  = "web/dist"
)

func build(dev bool) error {
	if _, err := os.Stat("web/build/main.go"); err != nil {
		return fmt.Errorf("run it from the top of the source tree: %w", err)
	}
	root, err := goRoot()
	if err != nil {
		return err
	}
	program, err := compile(root, dev)
	if err != nil {
		return err
	}
	glue, err := glueCode(root)
	if err != nil {
		return err
	}
	s, err := assemble(os.DirFS("web"), program, glue)
	if err != nil {
		return err
	}
	levels := best
	if dev {
		levels = fast
		sketch, err := os.ReadFile("docs/sketch/index.html")
		if err != nil {
			return err
		}
		s.add("sketch.html", sketch)
	}
	files, err := compress(s, levels, cacheDir)
	if err != nil {
		return err
	}
	files["version"] = []byte(s.version + "\n")
	return writeTree(distDir, files)
}

// assemble makes the site from the sources in web and the compiled program. A file can refer
// only to files added before it, since their names depend on their content.
func assemble(web fs.FS, program, glue []byte) (*site, error) {
	s := newSite()
	s.addHashed("app.wasm", program)
	s.addHashed("wasm_exec.js", glue)
	sources, err := fs.Glob(web, "icons/*")
	if err != nil {
		return nil, err
	}
	for _, source := range append(sources, "style.css") {
		content, err := fs.ReadFile(web, source)
		if err != nil {
			return nil, err
		}
		if name := path.Base(source); name == "favicon.ico" { // browsers ask for it by this path alone
			s.add(name, content)
		} else {
			s.addHashed(name, content)
		}
	}
	start, err := startScript(web, len(program))
	if err != nil {
		return nil, err
	}
	s.addHashed("start.js", start)
	s.add("manifest.webmanifest", manifest(s.url))

	worker, err := fs.ReadFile(web, "worker.js")
	if err != nil {
		return nil, err
	}
	pages, err := pageTemplates(web)
	if err != nil {
		return nil, err
	}
	s.version = digest(s.files, pages, map[string][]byte{
		"worker.js": worker,
		"app.js":    loader(s.url, len(program), ""),
	})
	s.addHashed("app.js", loader(s.url, len(program), s.version))
	s.add("app-worker.js", renderWorker(worker, s))
	// What follows is for no page with the program: it is in no version and not kept by the worker.
	for _, name := range []string{"attendance.css", "attendance.js"} {
		content, err := fs.ReadFile(web, name)
		if err != nil {
			return nil, err
		}
		s.addHashed(name, content)
	}
	return s, addEmbed(s, web)
}

// startScript returns start.js, which runs in the page, and rehearse.js, which runs in a worker
// that start.js makes, as one file, so that the worker needs no further request. It begins with
// the size of the program: a header says it of what is compressed only.
func startScript(web fs.FS, size int) ([]byte, error) {
	script := fmt.Appendf(nil, "const programSize = %d;\n", size)
	for _, part := range []struct{ name, where string }{{"start.js", "window"}, {"rehearse.js", "WorkerGlobalScope"}} {
		content, err := fs.ReadFile(web, part.name)
		if err != nil {
			return nil, err
		}
		script = fmt.Appendf(script, "if (globalThis.%s) {\n%s}\n", part.where, content)
	}
	return script, nil
}

// pageTemplates returns the sources of the pages that the server renders. They are not served
// as files, but are part of the version.
func pageTemplates(web fs.FS) (map[string][]byte, error) {
	names, err := fs.Glob(web, "*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string][]byte{}
	for _, name := range names {
		if pages[name], err = fs.ReadFile(web, name); err != nil {
			return nil, err
		}
	}
	return pages, nil
}
