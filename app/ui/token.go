package ui

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// tokenItem holds the token that the tab was opened with.
const tokenItem = "rollcall.token"

// tokenFromURL returns the tab's token. It removes one from the address, so that it is
// not seen, copied or bookmarked.
func tokenFromURL() string {
	u := *app.Window().URL()
	query := u.Query()
	token := query.Get(shared.TokenParam)
	if token == "" {
		return tab.get(tokenItem)
	}
	tab.set(tokenItem, token)
	query.Del(shared.TokenParam)
	u.RawQuery = query.Encode()
	app.Window().Get("history").Call("replaceState", nil, "", u.String())
	return token
}

// tokenName returns the name in a token, or "". It does not verify the token: that is up
// to the server.
func tokenName(token string) string {
	var claims struct{ Name string }
	if parts := strings.Split(token, "."); len(parts) == 3 {
		if text, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			_ = json.Unmarshal(text, &claims) // then there is no name
		}
	}
	return claims.Name
}

// needsToken reports whether the server would refuse this page for want of a token.
func (p *Page) needsToken() bool {
	return p.token == "" && tokenRequired()
}

// tokenRequired reports whether the server requires a token.
func tokenRequired() bool {
	return document().Get("documentElement").Call("hasAttribute", "data-gated").Bool()
}

// dropToken forgets a token that is invalid or has expired. One for other rooms stays
// stored for these.
func (p *Page) dropToken(why shared.Code) {
	switch why {
	case shared.CodeTokenExpired:
		p.tokenExpired = true
		fallthrough
	case shared.CodeUnauthorized:
		tab.del(tokenItem)
		fallthrough
	case shared.CodeForbidden:
		p.token = ""
	}
}

// signIn returns the page of a user who may not enter. It names nobody.
func (p *Page) signIn() app.UI {
	text := msgs.SignIn
	if p.tokenExpired {
		text = msgs.SignInExpired
	}
	return pageBox().Body(
		app.Elem("header").Body(
			app.Elem("div").Class("brand").Body(app.Elem("b").Text("Rollcall")),
			app.Elem("h1").Dir("auto").Text(p.room),
		),
		app.Elem("main").Class("lost").ID("sign-in").Body(app.Elem("p").ID("problem").Attr("data-problem", problemSignIn).Text(text)),
	)
}
