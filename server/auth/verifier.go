package auth

import (
	"errors"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"rollcall/shared"
)

// leeway is how far the signer's clock may be ahead of ours. It does not prolong a token.
const leeway = 5 * time.Second

// Rules are claims that every token must have. Empty ones are not checked.
type Rules struct {
	Issuer   string // the claim iss
	Audience string // one of the claim aud
}

// Verifier verifies tokens. Its methods are safe for concurrent use.
type Verifier struct {
	keys   *keys
	parser *jwt.Parser
}

// newVerifier returns a verifier that accepts the given signing methods only. If a token
// could choose any method, an attacker could sign with a public key as the secret.
func newVerifier(k *keys, methods []string, r Rules) *Verifier {
	options := []jwt.ParserOption{
		jwt.WithValidMethods(methods), jwt.WithExpirationRequired(), jwt.WithLeeway(leeway), jwt.WithStrictDecoding(),
	}
	if r.Issuer != "" {
		options = append(options, jwt.WithIssuer(r.Issuer))
	}
	if r.Audience != "" {
		options = append(options, jwt.WithAudience(r.Audience))
	}
	return &Verifier{keys: k, parser: jwt.NewParser(options...)}
}

// Pass is what a token allows. The zero Pass allows nothing.
type Pass struct {
	ID         string // of the member: shared.SubjectID of the claim sub
	Name       string // the name that the member must have; if empty, the member chooses
	Role       shared.Role
	Info       shared.Info
	Until      time.Time // when the token expires, and the session with it
	API        []string  // what the token may be used for in the HTTP API, as scopes
	everywhere bool
	rooms      []string
}

// Everywhere reports whether the pass is valid for all rooms.
func (p Pass) Everywhere() bool { return p.everywhere }

// Allows reports whether the pass is valid for a room.
func (p Pass) Allows(room string) bool { return p.everywhere || slices.Contains(p.rooms, room) }

// Admit verifies a token for a room. Its errors are those of Check, and a shared.Error with
// code forbidden if the token is valid, but not for the room.
func (v *Verifier) Admit(token, room string) (Pass, error) {
	p, err := v.Check(token)
	if err == nil && !p.Allows(room) {
		err = shared.Errorf(shared.CodeForbidden, "the token is not for this room")
	}
	return p, err
}

// Check verifies a token and returns what it allows. Every error is a [shared.Error], to be
// found with errors.As, with code unauthorized or token_expired. It contains nothing of the
// token.
func (v *Verifier) Check(token string) (Pass, error) {
	if token == "" {
		return Pass{}, shared.Errorf(shared.CodeUnauthorized, "this server wants a token")
	}
	var c claims
	if _, err := v.parser.ParseWithClaims(token, &c, v.keys.find); err != nil {
		if errors.Is(err, jwt.ErrTokenExpired) {
			return Pass{}, shared.Errorf(shared.CodeTokenExpired, "the token has expired")
		}
		return Pass{}, shared.Errorf(shared.CodeUnauthorized, "the token is not valid here")
	}
	return c.pass()
}

// Grant describes a new token.
type Grant struct {
	Subject string
	Name    string // if empty, the member chooses
	Role    shared.Role
	Info    shared.Info
	Rooms   []string      // nil for all
	API     []string      // scopes in the HTTP API
	For     time.Duration // from now until the token expires
	Rules
}

// Sign returns a token signed with the last secret of a file; see [HMAC].
func Sign(secretFile string, g Grant) (string, error) {
	secrets, err := readSecrets(secretFile)
	if err != nil {
		return "", err
	}
	now := time.Now()
	c := claims{RegisteredClaims: jwt.RegisteredClaims{
		Subject: g.Subject, Issuer: g.Issuer, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(g.For)),
	}, Name: g.Name, Rooms: g.Rooms, API: g.API, Role: string(g.Role), Info: g.Info}
	if g.Audience != "" {
		c.Audience = jwt.ClaimStrings{g.Audience}
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(secrets[len(secrets)-1])
}
