package main

import (
	"errors"
	"fmt"
	"time"

	"rollcall/server/auth"
	"rollcall/shared"
	"rollcall/shared/api"
	"rollcall/shared/roomname"
)

// token is the command that makes tokens.
type token struct {
	JWTHMACSecretFile string            `name:"jwt-hmac-secret-file" required:"" placeholder:"FILE" help:"Sign with the last secret in this file."`
	JWTIssuer         string            `name:"jwt-issuer" placeholder:"NAME" help:"Who made the token (iss)."`
	JWTAudience       string            `name:"jwt-audience" placeholder:"NAME" help:"Whom it is for (aud)."`
	Sub               string            `env:"-" required:"" placeholder:"ID" help:"Who it lets in: one member, whatever the name."`
	Name              string            `env:"-" placeholder:"NAME" help:"The name that the member has; without one they choose."`
	Role              string            `env:"-" enum:"member,host" default:"member" help:"What the member may do: ${enum}."`
	Info              map[string]string `env:"-" placeholder:"KEY=VALUE" help:"What the room is shown of the member beside the name."`
	Rooms             []string          `env:"-" placeholder:"ROOM" help:"The rooms that it is for; without one, all."`
	API               []string          `env:"-" name:"api" placeholder:"SCOPE" help:"What it allows in the HTTP API: read, attendance, moderate, admin. May be repeated; without one, nothing."`
	For               time.Duration     `env:"-" default:"1h" placeholder:"TIME" help:"How long it is good for. (${default})"`
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
	if _, err := shared.NewInfo(t.Info); err != nil {
		return fmt.Errorf("--info: %w", err)
	}
	for _, room := range t.Rooms {
		if err := roomname.Check(room); err != nil {
			return fmt.Errorf("--rooms: %w", err)
		}
	}
	for _, scope := range t.API {
		if !api.Scope(scope).Valid() {
			return fmt.Errorf("--api: %q is no scope", scope)
		}
	}
	return nil
}

// Run prints one token.
func (t *token) Run(p *program) error {
	grant := auth.Grant{
		Subject: t.Sub, Name: t.Name, Rooms: t.Rooms, API: t.API, For: t.For,
		Rules: auth.Rules{Issuer: t.JWTIssuer, Audience: t.JWTAudience},
	}
	if t.Role == shared.RoleHost.String() {
		grant.Role = shared.RoleHost
	}
	grant.Info, _ = shared.NewInfo(t.Info) // Validate has found it to be one
	signed, err := auth.Sign(t.JWTHMACSecretFile, grant)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, signed)
	return err
}
