package site

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/auth"
	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

const secret = "0123456789abcdef0123456789abcdef"

// gateOf returns an Admit for those with a token, and a function that signs one.
func gateOf(t *testing.T) (admit Admit, sign func(auth.Grant) string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	gate, err := auth.HMAC(file, auth.Rules{}, discard)
	if err != nil {
		t.Fatal(err)
	}
	admit = func(_ *http.Request, token, room string) (*Pass, error) {
		p, err := gate.Admit(token, room)
		return &Pass{ID: p.ID, Name: p.Name, Role: p.Role, Info: p.Info, Until: p.Until}, err
	}
	return admit, func(g auth.Grant) string {
		if g.For == 0 {
			g.For = time.Hour
		}
		token, err := auth.Sign(file, g)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
}

// gated starts a site that wants tokens, and returns a function that signs one.
func gated(t *testing.T) (r *rig, sign func(auth.Grant) string) {
	t.Helper()
	admit, sign := gateOf(t)
	return startOf(t, Config{Hub: hub.New(hub.Config{}), Admit: admit, Tokens: true}), sign
}

func TestWhoMayEnter(t *testing.T) {
	r, sign := gated(t)
	good := sign(auth.Grant{Subject: "ada"})
	for name, c := range map[string]struct {
		header string
		want   int
	}{
		"no token":                {"", http.StatusUnauthorized},
		"a bad one":               {"Authorization: Bearer " + good + "x", http.StatusUnauthorized},
		"one that has expired":    {"Authorization: Bearer " + sign(auth.Grant{Subject: "ada", For: -time.Hour}), http.StatusUnauthorized},
		"one for another room":    {"Authorization: Bearer " + sign(auth.Grant{Subject: "ada", Rooms: []string{"lobby"}}), http.StatusForbidden},
		"a password":              {"Authorization: Basic " + good, http.StatusUnauthorized},
		"a good one":              {"Authorization: Bearer " + good, http.StatusSwitchingProtocols},
		"in small letters":        {"Authorization: bearer " + good, http.StatusSwitchingProtocols},
		"as a browser":            {"Sec-WebSocket-Protocol: rollcall.v1, rollcall.token." + good, http.StatusSwitchingProtocols},
		"as a browser, a bad one": {"Sec-WebSocket-Protocol: rollcall.v1, rollcall.token.x", http.StatusUnauthorized},
		"for this room":           {"Authorization: Bearer " + sign(auth.Grant{Subject: "ada", Rooms: []string{"standup"}}), http.StatusSwitchingProtocols},
		"in the socket's address": {"X-Token: " + good, http.StatusUnauthorized},
	} {
		var header []string
		if c.header != "" {
			header = append(header, c.header)
		}
		_, res := r.Request(wiretest.Upgrade("/ws?room=standup&token="+good, header...))
		if res.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", name, res.Status, c.want)
		}
		if got := res.Header.Get("Sec-WebSocket-Protocol"); strings.Contains(got, good) {
			t.Errorf("%s: the token is sent back: %s", name, got)
		}
		refused := c.want != http.StatusSwitchingProtocols
		if got := res.Header.Get("WWW-Authenticate"); (got == "Bearer") != refused {
			t.Errorf("%s: WWW-Authenticate %q", name, got)
		}
		if refused && !strings.Contains(body(t, res), `"event":"error"`) {
			t.Errorf("%s: no error event", name)
		}
	}
}

// Without a token, a page names nobody and asks for one; with a token, it is the usual page.
func TestThePageOfAStranger(t *testing.T) {
	r, sign := gated(t)
	s, err := r.hub.Connect("standup", wiretest.DiscardPeer{})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive([]byte(`{"event":"got_a_new_user","data":{"name":"Ada Lovelace"}}`))
	good := sign(auth.Grant{Subject: "grace"})
	for target, c := range map[string]struct {
		status int
		member bool
	}{
		"/r/standup":               {http.StatusOK, false},
		"/r/standup?token=":        {http.StatusOK, false},
		"/r/standup?token=x":       {http.StatusUnauthorized, false},
		"/r/standup?token=" + good: {http.StatusOK, true},
		"/r/standup?token=" + sign(auth.Grant{Subject: "grace", Rooms: []string{"lobby"}}): {http.StatusForbidden, false},
	} {
		res := r.get("GET", target)
		text := body(t, res)
		if res.StatusCode != c.status || strings.Contains(text, "Lovelace") != c.member || strings.Contains(text, `id="roster"`) != c.member ||
			strings.Contains(text, `id="sign-in"`) == c.member || strings.Contains(text, "<dialog") != c.member {
			t.Errorf("%.40s: %s: %s", target, res.Status, text)
		}
		if strings.Contains(text, good) || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%.40s: the token is in the page, or the page is kept", target)
		}
	}
	if text := body(t, r.get("GET", "/shell")); !strings.Contains(text, " data-gated") {
		t.Error("the shell does not tell that one needs a token")
	}
	if text := body(t, newRig(t, hub.Config{}).get("GET", "/")); strings.Contains(text, "data-gated") {
		t.Error("an open site asks for a token")
	}
}

// The token decides who a member is, whatever key and name the client sends.
func TestTheTokenSaysWho(t *testing.T) {
	r, sign := gated(t)
	enter := func(room string, g auth.Grant, e shared.GotANewUser) (*wiretest.Client, shared.ExistingUsers) {
		t.Helper()
		w, res := r.Request(wiretest.Upgrade("/ws?room="+room, "Authorization: Bearer "+sign(g)))
		if res.StatusCode != http.StatusSwitchingProtocols {
			t.Fatal(res.Status)
		}
		w.Send(wiretest.Message(e))
		got := w.Next()
		snapshot, ok := got.(shared.ExistingUsers)
		if !ok {
			t.Fatalf("%+v instead of a snapshot", got)
		}
		return w, snapshot
	}
	id := shared.SubjectID("ada")
	_, first := enter("standup", auth.Grant{Subject: "ada", Name: "Ada"}, shared.GotANewUser{Name: "Mallory", Key: "0123456789abcdef"})
	if first.You != id || len(first.Users) != 1 || first.Users[0].Name != "Ada" {
		t.Errorf("%+v", first)
	}
	_, second := enter("standup", auth.Grant{Subject: "ada"}, shared.GotANewUser{Name: "Ada again"})
	if second.You != id || len(second.Users) != 1 {
		t.Errorf("the second session is somebody else: %+v", second)
	}
	name, note := "Mallory", "here"
	w, _ := enter("lobby", auth.Grant{Subject: "ada", Name: "Ada"}, shared.GotANewUser{})
	w.Send(wiretest.Message(shared.UpdateUser{Name: &name}))
	if e, ok := w.Next().(shared.Error); !ok || e.Code != shared.CodeBadName {
		t.Errorf("renamed: %+v", e)
	}
	w.Send(wiretest.Message(shared.UpdateUser{Note: &note}))
	if e, ok := w.Next().(shared.UserUpdated); !ok || e.User.Note != note || e.User.Name != "Ada" {
		t.Errorf("%+v", e)
	}
}

func TestASessionEndsWithItsToken(t *testing.T) {
	admit, sign := gateOf(t)
	synctest.Test(t, func(t *testing.T) {
		r, stop := startPiped(t, Config{Hub: hub.New(hub.Config{}), Admit: admit, Tokens: true})
		defer stop()
		w, res := r.Request(wiretest.Upgrade("/ws?room=standup", "Authorization: Bearer "+sign(auth.Grant{Subject: "ada", For: 10 * time.Second})))
		if res.StatusCode != http.StatusSwitchingProtocols {
			t.Fatal(res.Status)
		}
		w.Send(wiretest.Message(shared.GotANewUser{Name: "Ada"}))
		w.Next()
		began := time.Now()
		if e, ok := w.Next().(shared.Error); !ok || e.Code != shared.CodeTokenExpired {
			t.Errorf("%+v", e)
		}
		if c, ok := w.Next().(wiretest.Closed); !ok || c.Code != shared.CloseTokenExpired {
			t.Errorf("closed with %+v", c)
		}
		if took := time.Since(began); took < 9*time.Second || took > 10*time.Second {
			t.Errorf("the session lived for %v", took)
		}
	})
}
