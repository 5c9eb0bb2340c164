package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"rollcall/server/certs"
	"rollcall/server/entry"
	"rollcall/server/hub"
	"rollcall/server/site"
	"rollcall/shared"
)

// settings is all that an operator can set: a struct for each concern, a field
// for each setting. A field is a flag (-max-rooms), a variable of the environment
// (ROLLCALL_MAX_ROOMS) and a key of the configuration file (max-rooms); the
// first of these that says something counts, then the default.
type settings struct {
	Config configFile `placeholder:"FILE" help:"Read settings from this file: TOML, with a flag's name as key, as in 'grace = \"5s\"'. Flags and the environment go first."`

	network   `embed:"" group:"Network"`
	secrecy   `embed:"" group:"TLS"`
	access    `embed:"" group:"Who may enter"`
	rooms     `embed:"" group:"Rooms"`
	mesh      `embed:"" group:"Several servers"`
	abuse     `embed:"" group:"Limits"`
	operation `embed:"" group:"Operation"`
}

// Validate finds values that parse but can't be used, and what looks like a
// setting and is none. Its error names the flag or the variable.
func (s *settings) Validate(c *kong.Context) error {
	return cmp.Or(checkEnvironment(c.Model), s.network.check(), s.secrecy.check(), s.access.check(), s.rooms.check(), s.mesh.check(), s.abuse.check(), s.operation.check(len(s.NATS) > 0 || s.Cluster != ""))
}

// network is where and to whom is served.
type network struct {
	Addr         string         `default:"localhost:8000" placeholder:"HOST:PORT" help:"Where to listen: ':8000' is every interface, port 0 any that is free. (${default})"`
	Base         string         `default:"/" placeholder:"PATH" help:"The path that everything is under, as in '/rollcall/': for a proxy that hands on only that part of a site. (${default})"`
	AllowOrigin  []string       `placeholder:"ORIGIN" help:"Let pages of another origin connect, as in 'https://example.com' or '*.example.com'. May be repeated."`
	TrustedProxy []netip.Prefix `placeholder:"CIDR" help:"Believe a proxy in this network for whom it forwards, as in '10.0.0.0/8'. May be repeated; without it such headers count for nothing."`
	ProxySays    string         `default:"x-forwarded" enum:"x-forwarded,forwarded" placeholder:"KIND" help:"What that proxy sets: X-Forwarded-For, -Proto and -Host (x-forwarded), or the Forwarded of RFC 7239 (forwarded). The other kind is what a client says itself, and is not read. (${default})"`
}

func (n *network) check() error {
	for _, origin := range n.AllowOrigin {
		if err := site.CheckOrigin(origin); err != nil {
			return fmt.Errorf("--allow-origin: %w", err)
		}
	}
	if err := site.CheckBase(n.Base); err != nil {
		return fmt.Errorf("--base: %w", err)
	}
	return checkAddr("addr", n.Addr)
}

func checkAddr(flag, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("--%s: %q is not HOST:PORT: %w", flag, addr, err)
	}
	return nil
}

// secrecy is whether the server speaks TLS itself, and as whom.
type secrecy struct {
	TLSCert   string        `placeholder:"FILE" help:"Serve https, with this certificate and those that lead to its authority (PEM). It is read anew when it changes."`
	TLSKey    string        `placeholder:"FILE" help:"The certificate's key (PEM)."`
	ACMEHost  []string      `placeholder:"HOST" help:"Serve https, with certificates that an authority gives for this host, whose port 443 must lead here. May be repeated."`
	ACMEDir   string        `placeholder:"DIR" help:"Where certificates of the authority are kept."`
	ACMEEmail string        `placeholder:"ADDRESS" help:"Where the authority writes to when something is wrong."`
	ACMEURL   string        `name:"acme-url" default:"${acmeURL}" placeholder:"URL" help:"The authority's directory; to use it is to agree to its terms. (${default})"`
	HSTS      time.Duration `default:"8760h" placeholder:"TIME" help:"For how long browsers that have been here by https come by nothing else; 0 to leave it to them. (${default})"`
}

func (s *secrecy) check() error {
	switch {
	case (s.TLSCert == "") != (s.TLSKey == ""):
		return errors.New("--tls-cert and --tls-key need each other")
	case s.TLSCert != "" && len(s.ACMEHost) > 0:
		return errors.New("--acme-host: the certificate is that of --tls-cert")
	case len(s.ACMEHost) > 0 && s.ACMEDir == "":
		return errors.New("--acme-host needs --acme-dir")
	case s.HSTS < 0:
		return fmt.Errorf("--hsts: %v is below 0", s.HSTS)
	}
	for _, host := range s.ACMEHost {
		if err := certs.CheckHost(host); err != nil {
			return fmt.Errorf("--acme-host: %w", err)
		}
	}
	return nil
}

// tls is how the server is to speak TLS; nil if it is not to.
func (s *secrecy) tls(log *slog.Logger) (*tls.Config, error) {
	switch {
	case s.TLSCert != "":
		return certs.Files(s.TLSCert, s.TLSKey, log)
	case len(s.ACMEHost) > 0:
		return certs.ACME{Hosts: s.ACMEHost, Dir: s.ACMEDir, Email: s.ACMEEmail, Directory: s.ACMEURL}.Config(), nil
	}
	return nil, nil
}

// access is who may enter.
type access struct {
	Auth              string `default:"open" enum:"open,jwt" placeholder:"KIND" help:"Who may enter: anybody (open), or who brings a signed token (jwt). (${default})"`
	JWTHMACSecretFile string `name:"jwt-hmac-secret-file" placeholder:"FILE" help:"Take tokens that are signed with a secret in this file, one a line. It may change."`
	JWTJWKS           string `name:"jwt-jwks" placeholder:"FILE-OR-URL" help:"Take tokens that are signed with a key of this set (JWKS). It may change."`
	JWTIssuer         string `name:"jwt-issuer" placeholder:"NAME" help:"Take tokens of this issuer (iss) only."`
	JWTAudience       string `name:"jwt-audience" placeholder:"NAME" help:"Take tokens for this audience (aud) only."`
}

func (a *access) check() error {
	secret, set := a.JWTHMACSecretFile != "", a.JWTJWKS != ""
	switch {
	case a.Auth == "open" && (secret || set || a.JWTIssuer != "" || a.JWTAudience != ""):
		return errors.New("--jwt-...: tokens count for something with --auth=jwt only")
	case a.Auth == "jwt" && secret == set:
		return errors.New("--auth=jwt needs one of --jwt-hmac-secret-file and --jwt-jwks")
	}
	if err := entry.CheckJWKS(a.JWTJWKS); err != nil {
		return fmt.Errorf("--jwt-jwks: %w", err)
	}
	return nil
}

// gate lets in who may enter; nil lets in everybody.
func (a *access) gate(log *slog.Logger) (*entry.Gate, error) {
	rules := entry.Rules{Issuer: a.JWTIssuer, Audience: a.JWTAudience}
	switch {
	case a.JWTHMACSecretFile != "":
		return entry.HMAC(a.JWTHMACSecretFile, rules, log)
	case a.JWTJWKS != "":
		return entry.JWKS(a.JWTJWKS, rules, log)
	}
	return nil, nil
}

// rooms is who is shown, and how much is kept for them.
type rooms struct {
	Grace           time.Duration `default:"${grace}" placeholder:"TIME" help:"How long a member whose last connection closed is still shown. (${default})"`
	MaxRooms        int           `default:"${maxRooms}" placeholder:"N" help:"Rooms at a time. (${default})"`
	MaxSessions     int           `default:"${maxSessions}" placeholder:"N" help:"Connections at a time, of all rooms together. (${default})"`
	MaxRoomSessions int           `default:"${maxRoomSessions}" placeholder:"N" help:"Connections at a time, of one room. (${default})"`
	LogBytes        int           `default:"${logBytes}" placeholder:"N" help:"Bytes of changes that a room keeps for slow and returning clients; who needs more gets the whole roster. (${default})"`
}

// maxGrace bounds the grace: a member who is gone for longer is not here.
const maxGrace = time.Hour

func (r *rooms) check() error {
	if r.Grace <= 0 || r.Grace > maxGrace {
		return fmt.Errorf("--grace: %v is not above 0 and at most %v", r.Grace, maxGrace)
	}
	if r.LogBytes < hub.MinLogBytes || r.LogBytes > hub.MaxLogBytes {
		return fmt.Errorf("--log-bytes: %d is not between %d and %d", r.LogBytes, hub.MinLogBytes, hub.MaxLogBytes)
	}
	return cmp.Or(
		positive("max-rooms", r.MaxRooms),
		positive("max-sessions", r.MaxSessions),
		positive("max-room-sessions", r.MaxRoomSessions),
	)
}

// abuse is how much one client may have, before it is taken for one that means harm.
type abuse struct {
	MaxAddressConnections int            `default:"1000" placeholder:"N" help:"Connections at a time, of one address (of version 6: of its /64). 0 sets no limit, here and below. (${default})"`
	MaxAddressJoins       int            `default:"20" placeholder:"N" help:"Sessions that an address may begin a second, on average; as many at once as it may have connections. (${default})"`
	MaxAddressRooms       int            `default:"100" placeholder:"N" help:"Rooms at a time, of one address. (${default})"`
	MaxMessages           int            `default:"20" placeholder:"N" help:"Messages of one session a second, on average; five times as many at once. Who sends more is read more slowly. (${default})"`
	Exempt                []netip.Prefix `default:"127.0.0.0/8,::1/128" placeholder:"CIDR" help:"Networks whose addresses have no limits. May be repeated. (${default})"`
	HeaderWithin          time.Duration  `default:"10s" placeholder:"TIME" help:"How long the head of a request, or a TLS handshake, may take. (${default})"`
	JoinWithin            time.Duration  `default:"${joinWithin}" placeholder:"TIME" help:"How long a session may take to its first message. (${default})"`
	MaxHeaderBytes        int            `default:"16384" placeholder:"N" help:"Size of the head of a request. (${default})"`
	MaxFrameBytes         int            `default:"${maxFrame}" placeholder:"N" help:"Size of a client's message. (${default})"`
}

// leastFrame is room for a name, a note and a key of any script, as JSON.
const leastFrame = 4 << 10

func (a *abuse) check() error {
	for flag, n := range map[string]int{
		"max-address-connections": a.MaxAddressConnections, "max-address-joins": a.MaxAddressJoins,
		"max-address-rooms": a.MaxAddressRooms, "max-messages": a.MaxMessages,
	} {
		if n < 0 {
			return fmt.Errorf("--%s: %d is below 0", flag, n)
		}
	}
	switch {
	case a.HeaderWithin <= 0:
		return fmt.Errorf("--header-within: %v is not above 0", a.HeaderWithin)
	case a.JoinWithin <= 0:
		return fmt.Errorf("--join-within: %v is not above 0", a.JoinWithin)
	case a.MaxHeaderBytes < 4<<10:
		return fmt.Errorf("--max-header-bytes: %d is below %d, which browsers may need", a.MaxHeaderBytes, 4<<10)
	case a.MaxFrameBytes < leastFrame || a.MaxFrameBytes > shared.MaxServerFrame:
		return fmt.Errorf("--max-frame-bytes: %d is not between %d and %d", a.MaxFrameBytes, leastFrame, shared.MaxServerFrame)
	}
	return nil
}

func (a *abuse) limits() site.Limits {
	return site.Limits{
		Connections: a.MaxAddressConnections,
		Joins:       a.MaxAddressJoins,
		Rooms:       a.MaxAddressRooms,
		Messages:    a.MaxMessages,
		Exempt:      a.Exempt,
	}
}

func positive(flag string, n int) error {
	if n <= 0 {
		return fmt.Errorf("--%s: %d is not above 0", flag, n)
	}
	return nil
}

// operation is how the server is watched, stopped and replaced.
type operation struct {
	Admin     string        `placeholder:"HOST:PORT" help:"Serve metrics, health and profiles here, for nobody but the operator, as in '127.0.0.1:9100'."`
	Drain     time.Duration `default:"20s" placeholder:"TIME" help:"How long stopping may take; a second signal ends it. (${default})"`
	Handover  string        `placeholder:"DIR" help:"Take over from the server that uses this directory, and let the next one take over from this: they share the port, and nobody is shown leaving."`
	LogLevel  slog.Level    `default:"info" placeholder:"LEVEL" help:"Least level to log: debug, info, warn or error. Names of people and rooms are in what is debug only. (${default})"`
	LogFormat string        `default:"text" enum:"text,json" placeholder:"FORMAT" help:"Log as text or as json, one line each. (${default})"`
}

// maxDrain bounds how long stopping may take.
const maxDrain = time.Hour

func (o *operation) check(clustered bool) error {
	if o.Handover != "" && clustered {
		return errors.New("--handover is for a server alone: nodes of a cluster take over from each other anyway")
	}
	if o.Drain <= 0 || o.Drain > maxDrain {
		return fmt.Errorf("--drain: %v is not above 0 and at most %v", o.Drain, maxDrain)
	}
	if o.Admin == "" {
		return nil
	}
	return checkAddr("admin", o.Admin)
}

// logger is what the program logs to.
func (o *operation) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: o.LogLevel}
	if o.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// defaults are the values that other packages own.
var defaults = kong.Vars{
	"acmeURL":         certs.DefaultDirectory,
	"grace":           shared.DefaultGrace.String(),
	"maxRooms":        strconv.Itoa(hub.DefaultMaxRooms),
	"maxSessions":     strconv.Itoa(hub.DefaultMaxSessions),
	"maxRoomSessions": strconv.Itoa(hub.DefaultMaxRoomSessions),
	"joinWithin":      shared.JoinWithin.String(),
	"maxFrame":        strconv.Itoa(shared.MaxClientFrame),
	"logBytes":        strconv.Itoa(hub.DefaultLogBytes),
}
