package main

import (
	"log/slog"
	"slices"

	"rollcall/server/api"
	"rollcall/server/api/keys"
	"rollcall/server/auth"
	"rollcall/shared"
	scopes "rollcall/shared/api"
)

// api returns the HTTP API, which needs Start. It is served where there are keys or tokens;
// the queries of other nodes are answered in any case.
func (s *settings) api(known *keys.File, tokens *auth.Verifier, others *others, records *records, log *slog.Logger) *api.API {
	c := api.Config{Base: s.Base, Keys: known, Shared: others != nil || s.Handover != "", Log: log}
	if records.store != nil {
		c.Erase = records.erase
	}
	if roll := records.roll; roll != nil {
		c.Attendance = &api.Attendance{
			Write: roll.Write, Occupancy: roll.Occupancy, Expected: roll.Expected, SetExpected: roll.SetExpected, SetMark: roll.SetMark,
			Kept: s.AttendanceKeep,
		}
	}
	if tokens != nil {
		c.Token = func(token string) (api.Grant, error) {
			p, err := tokens.Check(token)
			return api.Grant{ID: p.ID, Name: p.Name, Scopes: p.API, Everywhere: p.Everywhere(), Allows: p.Allows}, err
		}
	}
	if others == nil {
		return api.New(c)
	}
	c.Node = others.cluster.ID()
	c.Nodes = &api.Nodes{Ask: others.cluster.Ask, Missing: others.cluster.Missing}
	a := api.New(c)
	others.cluster.AnswerWith(a.Answer)
	return a
}

// keys returns the keys of the API; nil if there is no file.
func (s *settings) keys(log *slog.Logger) (*keys.File, error) {
	if s.APIKeysFile == "" {
		return nil, nil
	}
	known, err := keys.Open(s.APIKeysFile, log)
	return known, about("api-keys-file", err)
}

// readsRoll returns what tells whether a key or a token opens the page of a room's attendance,
// and by whom it is, as the API names callers; nil if there are neither keys nor tokens.
func readsRoll(known *keys.File, tokens *auth.Verifier) func(secret, room string) (by string, ok bool) {
	if known == nil && tokens == nil {
		return nil
	}
	return func(secret, room string) (string, bool) {
		if known != nil {
			if k, ok := known.Find(secret); ok {
				return "key " + k.Name, slices.Contains(k.Scopes, scopes.ScopeAttendance)
			}
		}
		if tokens == nil {
			return "", false
		}
		p, err := tokens.Check(secret)
		if err != nil || !p.Allows(room) {
			return "", false
		}
		return "token " + p.ID, p.Role == shared.RoleHost || slices.Contains(p.API, string(scopes.ScopeAttendance))
	}
}
