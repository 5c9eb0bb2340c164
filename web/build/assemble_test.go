package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	program = []byte("\x00asm, or so")
	glue    = []byte("globalThis.Go = class {};")
)

// sources returns a copy of the real sources in web.
func sources(t *testing.T) fstest.MapFS {
	t.Helper()
	web := os.DirFS("..")
	copied := fstest.MapFS{}
	for _, pattern := range []string{"*.html", "*.css", "*.js", "icons/*", "embed/*", socketIO} {
		names, err := fs.Glob(web, pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		for _, name := range names {
			content, err := fs.ReadFile(web, name)
			if err != nil {
				t.Fatal(err)
			}
			copied[name] = &fstest.MapFile{Data: content}
		}
	}
	return copied
}

func assembled(t *testing.T, web fs.FS, program []byte) *site {
	t.Helper()
	s, err := assemble(web, program, glue)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) content(name string) string { return string(s.files[s.url(name)[1:]]) }

func TestNamesFollowTheContent(t *testing.T) {
	s := newSite()
	s.addHashed("style.css", []byte("a{}"))
	if url := s.url("style.css"); !regexp.MustCompile(`^/web/style\.[0-9a-f]{16}\.css$`).MatchString(url) {
		t.Errorf("style.css is at %s", url)
	}
	if a, b := hashedPath("x.js", []byte("1")), hashedPath("x.js", []byte("2")); a == b {
		t.Errorf("two contents at %s", a)
	}
	s.add("app-worker.js", nil)
	if url := s.url("app-worker.js"); url != "/app-worker.js" {
		t.Errorf("app-worker.js is at %s", url)
	}
}

func TestVersionFollowsEveryInput(t *testing.T) {
	version := assembled(t, sources(t), program).version
	if again := assembled(t, sources(t), program).version; again != version {
		t.Errorf("the same sources gave %s and %s", version, again)
	}
	if other := assembled(t, sources(t), []byte("another program")).version; other == version {
		t.Error("another program has the same version")
	}
	for _, name := range []string{"page.html", "notfound.html", "style.css", "worker.js", "icons/icon.svg"} {
		changed := sources(t)
		changed[name].Data = append(changed[name].Data, '\n')
		if other := assembled(t, changed, program).version; other == version {
			t.Errorf("%s changed and the version did not", name)
		}
	}
}

func TestDigestTellsSetsApart(t *testing.T) {
	seen := map[string]string{}
	for name, sets := range map[string][]map[string][]byte{
		"one":        {{"a": []byte("bc")}},
		"other name": {{"d": []byte("bc")}},
		"two files":  {{"a": []byte("b"), "c": nil}},
		"two sets":   {{"a": []byte("b")}, {"c": nil}},
		"no content": {{"a": nil}},
	} {
		d := digest(sets...)
		if other, ok := seen[d]; ok {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		seen[d] = name
	}
}

func TestManifestNamesIconsThatAreWhatItSays(t *testing.T) {
	s := assembled(t, sources(t), program)
	var m webManifest
	if err := json.Unmarshal([]byte(s.content("manifest.webmanifest")), &m); err != nil {
		t.Fatal(err)
	}
	if m.Name != "Rollcall" || m.StartURL != "./" || m.Scope != "./" || m.Display != "standalone" {
		t.Errorf("%+v", m)
	}
	have := map[string]bool{}
	for _, icon := range m.Icons {
		content, ok := s.files[strings.TrimPrefix(icon.Source, "./")]
		if !ok {
			t.Errorf("no file at %s", icon.Source)
			continue
		}
		have[icon.Sizes+" "+icon.Purpose] = true
		if icon.Type == "image/png" {
			c, err := png.DecodeConfig(bytes.NewReader(content))
			if size := strconv.Itoa(c.Width) + "x" + strconv.Itoa(c.Height); err != nil || size != icon.Sizes {
				t.Errorf("%s is %s, not %s: %v", icon.Source, size, icon.Sizes, err)
			}
		}
	}
	for _, wanted := range []string{"any any", "192x192 any", "512x512 any", "512x512 maskable"} {
		if !have[wanted] {
			t.Errorf("no icon %s", wanted)
		}
	}
}

func TestWorkerKeepsWhatAPageNeeds(t *testing.T) {
	s := assembled(t, sources(t), program)
	worker := s.content("app-worker.js")
	constant := func(name string, v any) {
		t.Helper()
		m := regexp.MustCompile(`(?m)^const ` + name + ` = (.*);$`).FindStringSubmatch(worker)
		if m == nil {
			t.Fatalf("the worker has no constant %s", name)
		}
		if err := json.Unmarshal([]byte(m[1]), v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var version, loader string
	var urls []string
	constant("version", &version)
	constant("program", &loader)
	constant("precache", &urls)
	if version != s.version || loader != s.url("app.js") {
		t.Errorf("version %s, program %s", version, loader)
	}
	kept := map[string]bool{}
	for _, url := range urls {
		kept[url] = true
		if _, ok := s.files[url[1:]]; !ok {
			t.Errorf("the worker keeps %s, which is not there: its install would fail", url)
		}
	}
	for _, name := range []string{"app.wasm", "start.js", "app.js", "wasm_exec.js", "style.css", "icon.svg", "manifest.webmanifest"} {
		if !kept[s.url(name)] {
			t.Errorf("the worker does not keep %s", name)
		}
	}
	if kept["/app-worker.js"] {
		t.Error("the worker keeps itself: no browser would ever see the next one")
	}
	source, err := os.ReadFile("../worker.js")
	if err != nil || !strings.HasSuffix(worker, string(source)) {
		t.Errorf("the worker is not worker.js: %v", err)
	}
}

func TestLoaderKnowsTheProgram(t *testing.T) {
	s := assembled(t, sources(t), program)
	text := s.content("app.js")
	for _, want := range []string{
		`compileStreaming(fetch(siteBase + "` + s.url("app.wasm")[1:] + `"))`,
		`goappInitWebAssembly().then(() => (globalThis.requestIdleCallback ?? setTimeout)(goappInitServiceWorker));`,
		`goappWasmContentLength = "` + strconv.Itoa(len(program)) + `"`,
		`siteBase + "app-worker.js"`,
		`const siteBase = new URL("..", document.currentScript.src).pathname;`,
		`"GOAPP_VERSION":"` + s.version + `"`,
		`"GOAPP_ROOT_PREFIX":""`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("app.js has no %s", want)
		}
	}
	for _, not := range []string{"{{", "eval(", "new Function", "NaN", "https://", "await instantiateStreaming", "\ngoappInitServiceWorker();"} {
		if strings.Contains(text, not) {
			t.Errorf("app.js has %s", not)
		}
	}
}

func TestIconsOfTheRightSize(t *testing.T) {
	content, err := os.ReadFile("../icons/apple-touch-icon.png")
	if err != nil {
		t.Fatal(err)
	}
	c, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil || c.Width != 180 || c.Height != 180 {
		t.Errorf("apple-touch-icon.png is %d by %d, %v", c.Width, c.Height, err)
	}
}

// The pages ask for files by name, and a name that no build makes is a panic of the server.
func TestPagesAskForFilesThatAreThere(t *testing.T) {
	web := sources(t)
	s := assembled(t, web, program)
	asked := 0
	for name, file := range web {
		if path.Ext(name) != ".html" {
			continue
		}
		for _, m := range regexp.MustCompile(`asset "([^"]*)"`).FindAllStringSubmatch(string(file.Data), -1) {
			asked++
			if _, ok := s.urls[m[1]]; !ok {
				t.Errorf("%s asks for %s", name, m[1])
			}
		}
	}
	if asked == 0 {
		t.Error("no page asks for anything")
	}
}
