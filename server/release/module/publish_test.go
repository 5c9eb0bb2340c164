//go:build publish

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// visitor is a program of another module that mounts the rooms.
const visitor = `package main

import (
	"fmt"
	"net"
	"net/http"

	"MODULE/server"
	"MODULE/web"
)

func main() {
	rooms, err := server.New(server.Config{Base: "/presence/", Assets: web.Assets()})
	if err != nil {
		panic(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/presence/", rooms)
	fmt.Println("http://" + l.Addr().String())
	panic(http.Serve(l, mux))
}
`

// maxSizes bounds the two example programs, in bytes, stripped.
var maxSizes = map[string]int64{"bot": 8 << 20, "mount": 14 << 20}

// A program in another module gets the release by the go command alone, mounts it, and
// serves the page with all its files.
func TestPublished(t *testing.T) {
	tree, out := filepath.Join(t.TempDir(), "tree"), t.TempDir()
	if err := moduleTree("../../..", tree, otherPath); err != nil {
		t.Fatal(err)
	}
	if err := buildPage(tree); err != nil {
		t.Fatal(err)
	}
	if err := proxy(out, tree, "v0.1.0", time.Now()); err != nil {
		t.Fatal(err)
	}
	where, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	cache := strings.TrimSpace(string(where))
	dir := t.TempDir()
	env := []string{
		"GOFLAGS=-mod=mod -modcacherw", "GOMODCACHE=" + t.TempDir(), "GOSUMDB=off", "CGO_ENABLED=0", "GOWORK=off",
		"GOPROXY=file://" + out + ",file://" + filepath.Join(cache, "cache/download"),
	}
	for name, text := range map[string]string{"go.mod": "module visitor.test\n\ngo 1.26.0\n", "main.go": strings.ReplaceAll(visitor, "MODULE", otherPath)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(dir, env, "go", "get", otherPath+"@v0.1.0"); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, env, "go", "build", "-o", "visitor", "."); err != nil {
		t.Fatal(err)
	}
	for name, most := range maxSizes {
		if err := run(dir, env, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", name, otherPath+"/docs/examples/"+name); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("docs/examples/%s has %.1f MB", name, float64(info.Size())/1e6)
		if info.Size() > most {
			t.Errorf("docs/examples/%s has more than %d bytes", name, most)
		}
	}
	checkVisitor(t, filepath.Join(dir, "visitor"))
}

// checkVisitor runs the program and looks at its page.
func checkVisitor(t *testing.T, file string) {
	cmd := exec.Command(file)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url = strings.TrimSpace(url)
	page := fetch(t, url+"/presence/")
	files := regexp.MustCompile(`(?:href|src|data-program)="(/presence/[^"]*\.[a-z]+)"`).FindAllStringSubmatch(page, -1)
	wasm := false
	for _, f := range files {
		if content := fetch(t, url+f[1]); len(content) == 0 {
			t.Errorf("%s is empty", f[1])
		} else if strings.HasSuffix(f[1], ".wasm") {
			wasm = strings.HasPrefix(content, "\x00asm")
		}
	}
	if len(files) < 5 || !wasm {
		t.Errorf("the page has %d files, with a program: %v", len(files), wasm)
	}
	joinInBrowser(t, url+"/presence/r/kitchen")
}

// joinInBrowser opens the page of a room and enters it.
func joinInBrowser(t *testing.T, url string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.Flag("disable-gpu", true), chromedp.WSURLReadTimeout(time.Minute))
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	defer stopAllocator()
	browser, stopBrowser := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	defer stopBrowser()
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(browser, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx,
		chromedp.Navigate(url),
		chromedp.WaitEnabled(chromedp.CSS("form#name-form [type=submit]")), // by the program
		chromedp.SendKeys(chromedp.CSS("form#name-form input[name=name]"), "Ada\r"),
		chromedp.WaitVisible(chromedp.CSS("#people > li[data-member]")),
	); err != nil {
		t.Fatalf("in a browser: %v", err)
	}
	if name, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("#people > li[data-member] .name"))); err != nil || !strings.Contains(name, "Ada") {
		t.Errorf("in a browser the first member is %q: %v", name, err)
	}
}

func fetch(t *testing.T, url string) string {
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", res.Status)
	}
	if err != nil {
		t.Errorf("%s: %v", url, err)
	}
	return string(body)
}
