package entry

import (
	"errors"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"rollcall/shared"
)

// leeway is how far the clock of who signs may be ahead of ours. A token is good
// no longer for it.
const leeway = 5 * time.Second

// Rules are what every token must say, beside being signed. Empty ones ask for nothing.
type Rules struct {
	Issuer   string // the claim iss
	Audience string // one of the claim aud
}

// Gate checks tokens. Its methods are safe for concurrent use.
type Gate struct {
	keys   *keys
	parser *jwt.Parser
}

// newGate makes a gate for tokens that are signed in one of the given ways and no
// other: who could choose the way could sign with a public key as the secret.
func newGate(k *keys, methods []string, r Rules) *Gate {
	options := []jwt.ParserOption{
		jwt.WithValidMethods(methods), jwt.WithExpirationRequired(), jwt.WithLeeway(leeway), jwt.WithStrictDecoding(),
	}
	if r.Issuer != "" {
		options = append(options, jwt.WithIssuer(r.Issuer))
	}
	if r.Audience != "" {
		options = append(options, jwt.WithAudience(r.Audience))
	}
	return &Gate{keys: k, parser: jwt.NewParser(options...)}
}

// Pass is what a token allows.
type Pass struct {
	ID    string    // of the member
	Name  string    // the one name that the member has; "" to choose one
	Until time.Time // when the session ends
	rooms []string  // nil for all
}

// Allows reports whether the pass is for a room.
func (p Pass) Allows(room string) bool { return p.rooms == nil || slices.Contains(p.rooms, room) }

// claims are what a token says. Rooms may be a list, or one room; an empty list is
// none, and not to be taken for nothing said.
type claims struct {
	jwt.RegisteredClaims
	Name  string            `json:"name,omitempty"`
	Rooms *jwt.ClaimStrings `json:"rooms,omitempty"`
}

// Check returns what a token allows, or as a shared.Error with code unauthorized
// or token_expired why it allows nothing. The error has nothing of the token.
func (g *Gate) Check(token string) (Pass, error) {
	if token == "" {
		return Pass{}, shared.Errorf(shared.CodeUnauthorized, "this server wants a token")
	}
	var c claims
	if _, err := g.parser.ParseWithClaims(token, &c, g.keys.find); err != nil {
		if errors.Is(err, jwt.ErrTokenExpired) {
			return Pass{}, shared.Errorf(shared.CodeTokenExpired, "the token has expired")
		}
		return Pass{}, shared.Errorf(shared.CodeUnauthorized, "the token is not valid here")
	}
	return c.pass()
}

func (c claims) pass() (Pass, error) {
	if c.Subject == "" {
		return Pass{}, shared.Errorf(shared.CodeUnauthorized, "the token names no member (sub)")
	}
	if !time.Now().Before(c.ExpiresAt.Time) {
		return Pass{}, shared.Errorf(shared.CodeTokenExpired, "the token has expired")
	}
	p := Pass{ID: shared.SubjectID(c.Subject), Until: c.ExpiresAt.Time}
	if c.Rooms != nil {
		p.rooms = append([]string{}, *c.Rooms...)
	}
	if c.Name != "" {
		name, err := shared.CleanName(c.Name)
		if err != nil {
			return Pass{}, shared.Errorf(shared.CodeUnauthorized, "the token's name can't be one here")
		}
		p.Name = name
	}
	return p, nil
}

// Grant says what a new token is to allow.
type Grant struct {
	Subject string
	Name    string   // "" to leave the choice
	Rooms   []string // nil for all
	For     time.Duration
	Rules
}

// Sign makes a token, signed with the newest secret of a file; see HMAC.
func Sign(secretFile string, g Grant) (string, error) {
	secrets, err := readSecrets(secretFile)
	if err != nil {
		return "", err
	}
	now := time.Now()
	c := claims{RegisteredClaims: jwt.RegisteredClaims{
		Subject: g.Subject, Issuer: g.Issuer, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(g.For)),
	}, Name: g.Name}
	if g.Rooms != nil {
		c.Rooms = (*jwt.ClaimStrings)(&g.Rooms)
	}
	if g.Audience != "" {
		c.Audience = jwt.ClaimStrings{g.Audience}
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(secrets[len(secrets)-1])
}
