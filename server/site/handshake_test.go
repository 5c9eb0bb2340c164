package site

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

func TestAHandshakeThatIsNone(t *testing.T) {
	r := start(t, hub.Config{})
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"a page's request": {"GET /ws?room=x HTTP/1.1\r\nHost: x\r\n\r\n", http.StatusUpgradeRequired},
		"HTTP/1.0":         {strings.Replace(wiretest.Upgrade("/ws?room=x"), "1.1", "1.0", 1), http.StatusUpgradeRequired},
		"another version":  {strings.Replace(wiretest.Upgrade("/ws?room=x"), "Version: 13", "Version: 8", 1), http.StatusBadRequest},
		"no key":           {strings.Replace(wiretest.Upgrade("/ws?room=x"), "Key: AAAA", "Key: ", 1), http.StatusBadRequest},
		"POST":             {strings.Replace(wiretest.Upgrade("/ws?room=x"), "GET", "POST", 1), http.StatusMethodNotAllowed},
	} {
		_, res := r.Request(c.request)
		if res.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", name, res.Status, c.want)
		}
	}
}

func TestRoomParam(t *testing.T) {
	for query, want := range map[string]string{"room=standup": "standup", "room=st%61ndup&x=1": "standup", "room=-": "-", "room=caf%C3%A9": "café"} {
		u := &http.Request{URL: &url.URL{RawQuery: query}}
		if got, err := roomParam(u); got != want || err != nil {
			t.Errorf("%s: %q, %v", query, got, err)
		}
	}
}

func TestABadRoomIsRefusedBeforeTheUpgrade(t *testing.T) {
	r := start(t, hub.Config{})
	for _, query := range []string{
		"", "?room=", "?room=Standup", "?room=a&room=b", "?room=a%20b", "?room=%3Cscript%3E", "?room=Caf%C3%A9", "?room=cafe%CC%81", "?room=a/b",
		"?room=" + strings.Repeat("x", shared.MaxRoomRunes+1), "?Room=standup", "?room=%zz",
	} {
		_, res := r.Request(wiretest.Upgrade("/ws" + query))
		var told struct {
			Event string
			Data  shared.Error
		}
		err := json.Unmarshal([]byte(body(t, res)), &told)
		if res.StatusCode != http.StatusBadRequest || err != nil || told.Event != shared.EventError ||
			told.Data.Code != shared.CodeBadRoom || told.Data.Message == "" {
			t.Errorf("%s: %s, %+v, %v", query, res.Status, told, err)
		}
		if got := res.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: Content-Type %s", query, got)
		}
	}
}

// A panic during a handshake leaves nothing behind: the connection is closed, and nothing
// is counted for its address.
func TestACrashInAHandshakeKeepsNothing(t *testing.T) {
	r := newRigOf(t, Config{Limits: Limits{Connections: 1, Joins: 1}}) // without a hub, Accept panics
	srv := httptest.NewUnstartedServer(r.site)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Start()
	defer srv.Close()
	for range 3 {
		ws, _, err := websocket.Dial(t.Context(), srv.URL+"/ws?room=lobby", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := ws.Read(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("it ends with %v", err)
		}
		_ = ws.CloseNow()
		wiretest.Eventually(t, "it is given back", func() bool {
			r.site.limits.mu.Lock()
			defer r.site.limits.mu.Unlock()
			h := r.site.limits.holder(addr("127.0.0.1"))
			return h.sessions == 0 && h.joins.used == 0
		})
	}
	r.site.Wait()
}
