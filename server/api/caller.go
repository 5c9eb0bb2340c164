package api

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"rollcall/shared/api"
)

// Grant is what a token allows.
type Grant struct {
	ID         string // of the member that it was signed for; all tokens of one share a limit
	Name       string // of that member; "" if it does not say
	Scopes     []string
	Everywhere bool                   // it is valid for all rooms
	Allows     func(room string) bool // reports whether it is valid for a room
}

// caller is who makes a call.
type caller struct {
	id     string // for the limits
	name   string // for the log
	by     string // for people, by whose word something is done
	member string // the id of the member whose word that is, or ""
	scopes []api.Scope
	allows func(room string) bool // nil for all rooms
}

// mayUse reports whether the caller has a scope.
func (c *caller) mayUse(s api.Scope) bool { return slices.Contains(c.scopes, s) }

// mayAsk reports whether the caller may ask about a room; "" is all of them.
func (c *caller) mayAsk(room string) bool {
	return c.allows == nil || room != "" && c.allows(room)
}

// identify returns who makes a call, or nil without a valid key or token. It looks only into
// the Authorization header (RFC 6750 §2.1), which a browser never adds by itself.
func (a *API) identify(r *http.Request) *caller {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return nil
	}
	if c := a.byKey(secret); c != nil {
		return c
	}
	return a.byToken(secret)
}

func (a *API) byKey(secret string) *caller {
	if a.config.Keys == nil {
		return nil
	}
	k, ok := a.config.Keys.Find(secret)
	if !ok {
		return nil
	}
	return &caller{id: "key " + k.Name, name: k.Name, by: k.Name, scopes: k.Scopes}
}

// byToken returns the caller of a token that has the claim api. Tokens without it, which only
// let people into rooms, are not valid here.
func (a *API) byToken(token string) *caller {
	if a.config.Token == nil {
		return nil
	}
	g, err := a.config.Token(token)
	if err != nil || len(g.Scopes) == 0 {
		return nil
	}
	c := &caller{id: "token " + g.ID, name: "(token)", by: cmp.Or(g.Name, g.ID), member: g.ID}
	for _, s := range g.Scopes {
		c.scopes = append(c.scopes, api.Scope(s))
	}
	if !g.Everywhere {
		c.allows = g.Allows
	}
	return c
}
