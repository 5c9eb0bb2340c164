package site

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

// A bug in what reads for one connection ends that connection, whose client is told
// so, and leaves its stack in the log. Nobody else notices: a panic that nobody rescues
// would end this test.
func TestACrashCostsOneConnection(t *testing.T) {
	var log bytes.Buffer
	rooms := hub.New(hub.Config{})
	endpoint := newSockets(Config{Hub: rooms, Log: slog.New(slog.NewTextHandler(&log, nil))})
	broken := &sockets{log: endpoint.log, limits: endpoint.limits, turns: endpoint.turns} // no hub to ask for the size of a message
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := &lean{ResponseWriter: w}
		ws, err := websocket.Accept(l, r, &endpoint.options)
		if err != nil {
			t.Error(err)
			return
		}
		c := newConn(ws, l.stream, broken)
		if c.session, err = rooms.Connect("lobby", c); err != nil {
			t.Error(err)
			return
		}
		endpoint.running.Go(c.serve)
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
	endpoint.running.Wait()
	broken.running.Wait()
	if !strings.Contains(log.String(), "msg=crashed") || !strings.Contains(log.String(), "readBurst") {
		t.Errorf("no stack in the log: %s", &log)
	}
}
