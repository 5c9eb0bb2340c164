package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"rollcall/shared"
)

// claims are the claims of a token that are used here. Rooms and API may be a list, or one
// room or scope. Nil Rooms means that the claim is missing and all rooms are allowed; an
// empty list allows none.
type claims struct {
	jwt.RegisteredClaims
	Name  string           `json:"name,omitempty"`
	Rooms jwt.ClaimStrings `json:"rooms,omitzero"`
	API   jwt.ClaimStrings `json:"api,omitzero"`
	Role  string           `json:"role,omitempty"`
	Info  shared.Info      `json:"info,omitzero"`
}

// UnmarshalJSON parses a claims set (RFC 7519 §4) more strictly than encoding/json would: a
// claim has its exact name, is not repeated, and has the right type. A claim that is null or
// empty is an error, since taking it for a missing one might allow more.
func (c *claims) UnmarshalJSON(text []byte) error {
	o, err := parseObject(text)
	if err != nil {
		return err
	}
	return errors.Join(
		o.text("iss", &c.Issuer), o.text("sub", &c.Subject), o.text("name", &c.Name),
		o.text("role", &c.Role), o.info("info", &c.Info),
		o.texts("aud", &c.Audience), o.texts("rooms", &c.Rooms), o.texts("api", &c.API),
		o.date("exp", &c.ExpiresAt), o.date("nbf", &c.NotBefore), o.date("iat", &c.IssuedAt),
	)
}

// pass returns what verified claims allow.
func (c *claims) pass() (Pass, error) {
	switch {
	case c.Subject == "":
		return Pass{}, shared.Errorf(shared.CodeUnauthorized, "the token names no member (sub)")
	case strings.ContainsRune(c.Subject, utf8.RuneError): // different invalid subjects would become equal
		return Pass{}, shared.Errorf(shared.CodeUnauthorized, "the token's sub is not valid Unicode")
	case !time.Now().Before(c.ExpiresAt.Time):
		return Pass{}, shared.Errorf(shared.CodeTokenExpired, "the token has expired")
	}
	p := Pass{ID: shared.SubjectID(c.Subject), Until: c.ExpiresAt.Time, API: c.API, rooms: c.Rooms, everywhere: c.Rooms == nil}
	if c.Name != "" {
		name, err := shared.CleanName(c.Name)
		if err != nil {
			return Pass{}, shared.Errorf(shared.CodeUnauthorized, "the token's name can't be one here")
		}
		p.Name = name
	}
	switch c.Role {
	case shared.RoleMember.String(), "":
	case shared.RoleHost.String():
		p.Role = shared.RoleHost
	default:
		return Pass{}, shared.Errorf(shared.CodeUnauthorized, "the token's role can't be one here")
	}
	p.Info = c.Info
	return p, nil
}

// object is a JSON object by the exact names of its members. Its methods parse a member into
// a variable, which they leave unchanged if the member is missing.
type object map[string]json.RawMessage

// parseObject parses an object from valid JSON. It fails if a name is repeated, since parsers
// differ on which member counts then.
func parseObject(text []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	o := object{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string) // by the grammar
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if _, twice := o[name]; twice {
			return nil, errors.New("a name is there twice")
		}
		o[name] = value
	}
	return o, nil
}

// text parses a string that is not empty.
func (o object) text(name string, to *string) error {
	value, ok := o[name]
	if !ok {
		return nil
	}
	var s *string
	if err := json.Unmarshal(value, &s); err != nil || s == nil || *s == "" {
		return fmt.Errorf("%s is no string with something in it", name)
	}
	*to = *s
	return nil
}

// texts parses a list of strings, or a single one.
func (o object) texts(name string, to *jwt.ClaimStrings) error {
	value, ok := o[name]
	if !ok {
		return nil
	}
	wrong := fmt.Errorf("%s is neither a string nor a list of strings", name)
	var all []*string
	if value[0] == '"' {
		all = make([]*string, 1)
		if err := json.Unmarshal(value, &all[0]); err != nil {
			return wrong
		}
	} else if err := json.Unmarshal(value, &all); err != nil || all == nil {
		return wrong
	}
	*to = jwt.ClaimStrings{}
	for _, s := range all {
		if s == nil {
			return wrong
		}
		*to = append(*to, *s)
	}
	return nil
}

// info parses an object of strings, none of which is null.
func (o object) info(name string, to *shared.Info) error {
	value, ok := o[name]
	if !ok {
		return nil
	}
	pairs, err := parseObject(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	texts := map[string]string{}
	for key, text := range pairs {
		var s *string
		if err := json.Unmarshal(text, &s); err != nil || s == nil {
			return fmt.Errorf("%s has a value that is no string", name)
		}
		texts[key] = *s
	}
	*to, err = shared.NewInfo(texts)
	return err
}

// maxDate is the last second of the year 9999. A later date is in milliseconds, or overflows.
const maxDate = 253402300799

// date parses a NumericDate (RFC 7519 §2): a number of seconds since 1970.
func (o object) date(name string, to **jwt.NumericDate) error {
	value, ok := o[name]
	if !ok {
		return nil
	}
	seconds, err := strconv.ParseFloat(string(value), 64) // of all JSON values only a number parses
	if err != nil || seconds < 0 || seconds > maxDate {
		return fmt.Errorf("%s is no time in seconds", name)
	}
	*to = jwt.NewNumericDate(time.UnixMilli(int64(seconds * 1000)))
	return nil
}
