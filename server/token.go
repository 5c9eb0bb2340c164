package main

import (
	"errors"
	"fmt"
	"time"

	"rollcall/server/entry"
	"rollcall/shared"
)

// token is the command that makes tokens.
type token struct {
	JWTHMACSecretFile string        `name:"jwt-hmac-secret-file" required:"" placeholder:"FILE" help:"Sign with the last secret in this file."`
	JWTIssuer         string        `name:"jwt-issuer" placeholder:"NAME" help:"Who made the token (iss)."`
	JWTAudience       string        `name:"jwt-audience" placeholder:"NAME" help:"Whom it is for (aud)."`
	Sub               string        `env:"-" required:"" placeholder:"ID" help:"Who it lets in: one member, whatever the name."`
	Name              string        `env:"-" placeholder:"NAME" help:"The name that the member has; without one they choose."`
	Rooms             []string      `env:"-" placeholder:"ROOM" help:"The rooms that it is for; without one, all."`
	For               time.Duration `env:"-" default:"1h" placeholder:"TIME" help:"How long it is good for. (${default})"`
}

// Validate finds values that parse but can't be used. Its error names the flag.
func (t *token) Validate() error {
	if t.Sub == "" {
		return errors.New("--sub: a token is somebody's")
	}
	if t.For <= 0 {
		return fmt.Errorf("--for: %v is not above 0", t.For)
	}
	if t.Name != "" {
		if _, err := shared.CleanName(t.Name); err != nil {
			return fmt.Errorf("--name: %w", err)
		}
	}
	for _, room := range t.Rooms {
		if err := shared.CheckRoom(room); err != nil {
			return fmt.Errorf("--rooms: %w", err)
		}
	}
	return nil
}

// Run prints one token.
func (t *token) Run(p *program) error {
	signed, err := entry.Sign(t.JWTHMACSecretFile, entry.Grant{
		Subject: t.Sub, Name: t.Name, Rooms: t.Rooms, For: t.For,
		Rules: entry.Rules{Issuer: t.JWTIssuer, Audience: t.JWTAudience},
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, signed)
	return err
}
