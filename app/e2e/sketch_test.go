//go:build !js

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	rollcall "rollcall/server"
)

// besideSketch serves the page of docs/sketch beside a server, as make dev does, with jQuery
// from this machine.
func besideSketch(t *testing.T) *server {
	t.Helper()
	page, err := os.ReadFile("../../docs/sketch/index.html")
	if err != nil {
		t.Fatal(err)
	}
	const jQuery = "https://code.jquery.com/jquery-3.7.1.min.js"
	if n := strings.Count(string(page), jQuery); n != 1 {
		t.Fatalf("the page loads jQuery %d times", n)
	}
	served := strings.Replace(string(page), jQuery, "/jquery.js", 1)
	s, _ := moderatedAs(t, rollcall.Config{}, func(rooms http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/", rooms)
		mux.HandleFunc("GET /jquery.js", func(w http.ResponseWriter, r *http.Request) {
			http.ServeFile(w, r, "/usr/share/javascript/jquery/jquery.min.js") // make jquery installs it
		})
		mux.HandleFunc("GET /sketch", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(served))
		})
		return mux
	})
	return s
}

// boxes waits until the sketch shows these names.
func (tb *tab) boxes(names ...string) {
	tb.t.Helper()
	tb.until(fmt.Sprintf("the boxes are %q", names), func() error {
		got, err := try[[]string](tb, `() => $(".box").map((i, box) => $(box).text()).get()`)
		if slices.Sort(got); err == nil && !slices.Equal(got, names) {
			err = fmt.Errorf("they are %q", got)
		}
		return err
	})
}

// The page that our first user sketched runs word for word: io.connect(), emit, on.
func TestTheSketch(t *testing.T) {
	t.Parallel()
	s := besideSketch(t)
	enter := func(seat int, name string) *tab {
		tb := sit(t, s, seat, name)
		tb.injectScript(fmt.Sprintf("window.prompt = () => %q;", name))
		tb.goTo("/sketch")
		return tb
	}
	ann := enter(0, "Ann")
	ann.boxes("Ann")
	bob, cem := enter(1, "Bob"), enter(2, "<b>Cem</b>")
	for _, tb := range []*tab{ann, bob, cem} {
		tb.boxes("<b>Cem</b>", "Ann", "Bob")
	}
	bob.goTo("/") // away from the page, and not in the room
	bob.seesBeforeJoining("Ann and <b>Cem</b> are here", "Ann", "<b>Cem</b>")
	for _, tb := range []*tab{ann, cem} {
		tb.boxes("<b>Cem</b>", "Ann")
	}
	again := enter(1, "Ann") // the same name, and somebody else
	for _, tb := range []*tab{ann, cem, again} {
		tb.boxes("<b>Cem</b>", "Ann", "Ann")
	}
	ids := eval[[]string](ann, `() => $(".box").map((i, box) => box.id).get()`)
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 3 {
		t.Errorf("the boxes are of %q", ids)
	}
}
