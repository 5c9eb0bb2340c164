package auth

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"rollcall/shared"
)

// raw returns a signed token of a header and claims that need not be valid.
func raw(t *testing.T, header, body string) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(header)) + "." + encode([]byte(body))
	sum, err := jwt.SigningMethodHS256.Sign(text, []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(sum)
}

// with returns the claims of a valid token, and more.
func with(more string) string {
	return fmt.Sprintf(`{"sub":"ada","exp":%d%s}`, time.Now().Add(time.Hour).Unix(), more)
}

// A token with a rooms claim is valid for those rooms only; one without it for all.
func TestRoomsOfAToken(t *testing.T) {
	const none = "nobody here"
	g := hmacVerifier(t, fileOf(t, secret), Rules{})
	for more, want := range map[string]string{
		``:                                  "a b lobby",
		`,"rooms":["a","b"]`:                "a b",
		`,"rooms":"a"`:                      "a",
		`,"rooms":[]`:                       "",
		`,"rooms":""`:                       "",
		`,"rooms":null`:                     none,
		`,"rooms":[null]`:                   none,
		`,"rooms":["a",null]`:               none,
		`,"rooms":["a",1]`:                  none,
		`,"rooms":{}`:                       none,
		`,"rooms":{"a":true}`:               none,
		`,"rooms":true`:                     none,
		`,"rooms":false`:                    none,
		`,"rooms":0`:                        none,
		`,"rooms":["a"],"rooms":["b"]`:      none,
		`,"rooms":["a"],"r\u006foms":["b"]`: none,
		`,"rooms":["a"],"rooms":null`:       none,
		`,"rooms":["a"],"Rooms":["b"]`:      "a",
		`,"Rooms":["b"],"rooms":["a"]`:      "a",
		`,"rooms":["a"],"ROOMS":null`:       "a",
		`,"rooms":["a"],"roomſ":["b"]`:      "a", // which encoding/json takes for the same
		`,"Rooms":["a"]`:                    "a b lobby",
	} {
		p, err := g.Check(raw(t, `{"alg":"HS256"}`, with(more)))
		var into []string
		for _, room := range []string{"a", "b", "lobby"} {
			if p.Allows(room) {
				into = append(into, room)
			}
		}
		if got := strings.Join(into, " "); (err != nil) != (want == none) || err == nil && got != want || err != nil && got != "" {
			t.Errorf("%s: into %q, %v, want %q", more, got, err, want)
		}
	}
}

// A token is invalid unless each claim has its exact name, is not repeated and has its type.
func TestClaimsThatAreNotWhatTheySeem(t *testing.T) {
	ada, bad := shared.SubjectID("ada"), "refused"
	g := hmacVerifier(t, fileOf(t, secret), Rules{})
	strict := hmacVerifier(t, fileOf(t, secret), Rules{Issuer: "a.test", Audience: "rollcall"})
	in := time.Now().Add(time.Hour).Unix()
	for _, c := range []struct {
		verifier *Verifier
		body     string
		want     string // the member; "" if it is nobody's, bad if it is no token
	}{
		{g, with(`,"SUB":"root"`), ada},
		{g, with(`,"Exp":1,"EXP":"x"`), ada},
		{g, with(`,"other":null,"more":{"sub":"root"}`), ada},
		{g, with(`,"sub":"root"`), bad},
		{g, with(`,"sub":"ada"`), bad},
		{g, with(`,"other":1,"other":2`), bad},
		{g, fmt.Sprintf(`{"SUB":"ada","exp":%d}`, in), bad},
		{g, fmt.Sprintf(`{"sub":"","exp":%d}`, in), bad},
		{g, fmt.Sprintf(`{"sub":null,"exp":%d}`, in), bad},
		{g, fmt.Sprintf(`{"sub":7,"exp":%d}`, in), bad},
		{g, fmt.Sprintf(`{"sub":["ada"],"exp":%d}`, in), bad},
		{g, fmt.Sprintf(`{"sub":"ada\ud800","exp":%d}`, in), bad}, // would be the same as the next
		{g, fmt.Sprintf("{\"sub\":\"ada\xff\",\"exp\":%d}", in), bad},
		{g, `{"sub":"ada","exp":null}`, bad},
		{g, fmt.Sprintf(`{"sub":"ada","exp":"%d"}`, in), bad},
		{g, fmt.Sprintf(`{"sub":"ada","EXP":%d}`, in), bad},
		{g, fmt.Sprintf(`{"sub":"ada","exp":%d000}`, in), bad}, // milliseconds: for 50,000 years
		{g, `{"sub":"ada","exp":1e300}`, bad},
		{g, `{"sub":"ada","exp":1e999}`, bad},
		{g, `{"sub":"ada","exp":9223372036854775807}`, bad},
		{g, `{"sub":"ada","exp":-1}`, bad},
		{g, `{"sub":"ada","exp":true}`, bad},
		{g, `{"sub":"ada","exp":[1]}`, bad},
		{g, fmt.Sprintf(`{"sub":"ada","exp":%d.5}`, in), ada},
		{g, fmt.Sprintf(`{"sub":"ada","exp":%de0}`, in), ada},
		{g, with(`,"nbf":null`), bad},
		{g, with(fmt.Sprintf(`,"nbf":"%d"`, in)), bad},
		{g, with(`,"nbf":1e300`), bad},
		{g, with(`,"nbf":0`), ada},
		{g, with(fmt.Sprintf(`,"NBF":%d`, in)), ada},
		{g, with(`,"iat":null`), bad},
		{g, with(`,"iat":"now"`), bad},
		{g, with(`,"role":null`), bad},
		{g, with(`,"role":""`), bad},
		{g, with(`,"role":"Host"`), bad},
		{g, with(`,"role":"admin"`), bad},
		{g, with(`,"role":["host"]`), bad},
		{g, with(`,"info":null`), bad},
		{g, with(`,"info":"red"`), bad},
		{g, with(`,"info":["red"]`), bad},
		{g, with(`,"info":{"team":null}`), bad},
		{g, with(`,"info":{"team":1}`), bad},
		{g, with(`,"info":{"team":"red","team":"blue"}`), bad},
		{g, with(`,"info":{"":"red"}`), bad},
		{g, with(`,"info":{"team":"a\nb"}`), bad},
		{g, with(`,"info":{"team":"` + strings.Repeat("a", shared.MaxInfoBytes) + `"}`), bad},
		{g, with(`,"info":{"1":"","2":"","3":"","4":"","5":"","6":"","7":"","8":"","9":""}`), bad},
		{g, with(`,"name":null`), bad},
		{g, with(`,"name":""`), bad},
		{g, with(`,"name":" "`), bad},
		{g, with(`,"name":["Ada"]`), bad},
		{g, with(`,"name":"` + strings.Repeat("a", shared.MaxNameRunes+1) + `"`), bad},
		{g, with(`,"name":"Ada","Name":"Root"`), ada},
		{g, with(`,"aud":null`), bad},
		{g, with(`,"aud":[null]`), bad},
		{g, with(`,"aud":7`), bad},
		{strict, with(`,"iss":"a.test","aud":"rollcall"`), ada},
		{strict, with(`,"iss":"a.test","AUD":"rollcall"`), bad},
		{strict, with(`,"iss":"a.test","aud":[]`), bad},
		{strict, with(`,"iss":"a.test","aud":""`), bad},
		{strict, with(`,"ISS":"a.test","aud":"rollcall"`), bad},
		{strict, with(`,"iss":null,"aud":"rollcall"`), bad},
		{strict, with(`,"iss":["a.test"],"aud":"rollcall"`), bad},
		{g, `null`, bad},
		{g, `[]`, bad},
		{g, `"ada"`, bad},
		{g, `{}`, bad},
		{g, with(``) + with(``), bad},
	} {
		got := bad
		if p, err := c.verifier.Check(raw(t, `{"alg":"HS256"}`, c.body)); err == nil {
			if got = p.ID; p.Name == "Root" {
				t.Errorf("%s: is called Root", c.body)
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.body, got, c.want)
		}
	}
}

// A token with critical extensions (RFC 7515 §4.1.11) is invalid.
func TestCriticalExtensions(t *testing.T) {
	g := hmacVerifier(t, fileOf(t, secret), Rules{})
	for header, fine := range map[string]bool{
		`{"alg":"HS256","typ":"JWT"}`:                          true,
		`{"alg":"HS256","exotic":1}`:                           true,
		`{"alg":"HS256","crit":["exotic"],"exotic":1}`:         false,
		`{"alg":"HS256","crit":["b64"],"b64":false}`:           false,
		`{"alg":"HS256","crit":["alg"]}`:                       false,
		`{"alg":"HS256","crit":[]}`:                            false,
		`{"alg":"HS256","crit":null}`:                          false,
		`{"alg":"HS256","crit":"exotic"}`:                      false,
		`{"crit":["exotic"],"alg":"HS256","crit":["alg"]}`:     false,
		`{"alg":"HS256","cr\u0069t":["exotic"],"exotic":true}`: false,
	} {
		if _, err := g.Check(raw(t, header, with(``))); (err == nil) != fine {
			t.Errorf("%s: %v", header, err)
		}
	}
}

func TestAZeroPassAllowsNothing(t *testing.T) {
	if (Pass{}).Allows(shared.Lobby) {
		t.Error("it allows the lobby")
	}
}

// What a token says of its member's role and info is part of the pass.
func TestRoleAndInfoOfAToken(t *testing.T) {
	g := hmacVerifier(t, fileOf(t, secret), Rules{})
	red, err := shared.NewInfo(map[string]string{"team": "red", "desk": ""})
	if err != nil {
		t.Fatal(err)
	}
	for more, want := range map[string]Pass{
		``:                                     {},
		`,"role":"member"`:                     {},
		`,"role":"host"`:                       {Role: shared.RoleHost},
		`,"ROLE":"host","Info":{"team":"red"}`: {},
		`,"info":{}`:                           {},
		`,"info":{"team":"red","desk":""}`:     {Info: red},
		`,"role":"host","info":{"desk":"","team":"red"}`: {Role: shared.RoleHost, Info: red},
	} {
		p, err := g.Check(raw(t, `{"alg":"HS256"}`, with(more)))
		if err != nil || p.Role != want.Role || p.Info != want.Info {
			t.Errorf("%s: %q, %v, %v", more, p.Role, p.Info, err)
		}
	}
}
