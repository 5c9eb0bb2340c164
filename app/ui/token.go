package ui

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
)

// tokenItem is where a tab keeps the token that it was opened with.
const tokenItem = "rollcall.token"

// takeToken is the token of this tab. One in the address is taken out of there, so
// that it is not seen, copied or kept with it.
func takeToken() string {
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

// nameIn is the name that a token gives, or "". Whether the token is good is for
// the server to say.
func nameIn(token string) string {
	var claims struct{ Name string }
	if parts := strings.Split(token, "."); len(parts) == 3 {
		if text, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			_ = json.Unmarshal(text, &claims) // no name then
		}
	}
	return claims.Name
}

// stranger reports whether the server would let nobody in from here.
func (p *Page) stranger() bool {
	return p.pass == "" && document().Get("documentElement").Call("hasAttribute", "data-gated").Bool()
}

// dropToken forgets a token that is not good, or not any more. One for other rooms
// stays for those.
func (p *Page) dropToken(why shared.Code) {
	switch why {
	case shared.CodeTokenExpired:
		p.expired = true
		fallthrough
	case shared.CodeUnauthorized:
		tab.del(tokenItem)
		fallthrough
	case shared.CodeForbidden:
		p.pass = ""
	}
}

// signIn is the page of one who may not enter. It names nobody.
func (p *Page) signIn() app.UI {
	text := say.SignIn
	if p.expired {
		text = say.SignInExpired
	}
	return app.Elem("div").Class("page").Body(
		app.Elem("header").Body(
			app.Elem("div").Class("brand").Body(app.Elem("b").Text("Rollcall")),
			app.Elem("h1").Text(p.room),
		),
		app.Elem("main").Class("lost").ID("sign-in").Body(app.Elem("p").Text(text)),
	)
}
