package transport

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"rollcall/server/hub"
	"rollcall/shared"
)

// A panic while reading from one connection ends that connection with an error event, and
// leaves its stack in the log. It affects nothing else: a panic that is not recovered would
// end this test.
func TestACrashCostsOneConnection(t *testing.T) {
	var said bytes.Buffer
	rooms := hub.New(hub.Config{})
	broken := New(Config{Log: slog.New(slog.NewTextHandler(&said, nil))}) // without a hub, receive panics
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := broken.upgrade(&hijacker{ResponseWriter: w}, r)
		if err != nil {
			t.Error(err)
			return
		}
		if c.session, err = rooms.Connect("lobby", c); err != nil {
			t.Error(err)
			return
		}
		broken.running.Go(c.serve)
	}))
	ws, _, err := websocket.Dial(t.Context(), srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := ws.Write(t.Context(), websocket.MessageText, shared.Encode(shared.GotANewUser{Name: "Ada"})); err != nil {
		t.Fatal(err)
	}
	_, told, err := ws.Read(t.Context())
	if err != nil || !strings.Contains(string(told), `"code":"internal"`) {
		t.Errorf("told %s, %v", told, err)
	}
	if _, _, err := ws.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusInternalError {
		t.Errorf("closed with %v", err)
	}
	srv.Close()
	rooms.Close()
	broken.Wait()
	if !strings.Contains(said.String(), "msg=crashed") || !strings.Contains(said.String(), "readBurst") {
		t.Errorf("no stack in the log: %s", &said)
	}
}
