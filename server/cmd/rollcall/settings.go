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
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"rollcall/server"
	"rollcall/server/auth"
	"rollcall/server/certs"
	"rollcall/server/sink"
)

// settings is all that an operator can set: a struct for each concern, a field
// for each setting. A field is a flag (-max-sessions), a variable of the environment
// (ROLLCALL_MAX_SESSIONS) and a key of the configuration file (max-sessions); the
// first of these that says something counts, then the default.
type settings struct {
	Config configFile `placeholder:"FILE" help:"Read settings from this file: TOML, with a flag's name as key, as in 'grace = \"5s\"'. Flags and the environment go first."`

	network   `embed:"" group:"Network"`
	secrecy   `embed:"" group:"TLS"`
	access    `embed:"" group:"Who may enter"`
	rooms     `embed:"" group:"Rooms"`
	mesh      `embed:"" group:"Several servers"`
	memory    `embed:"" group:"Memory"`
	abuse     `embed:"" group:"Limits"`
	operation `embed:"" group:"Operation"`
}

// Validate finds values that parse but can't be used, and what looks like a
// setting and is none. Its error names the flag or the variable.
func (s *settings) Validate(c *kong.Context) error {
	return cmp.Or(checkEnvironment(c.Model), checkSecrets(c), s.network.check(), s.secrecy.check(), s.access.check(), s.mesh.check(), s.memory.check(s.clustered()), s.operation.check(s.clustered()), inFlags(s.config().Validate()))
}

// config is what the rooms are served with, but for what only the program has. What has no
// setting is as usual; a setting that is zero stays so, since zero may make no sense.
func (s *settings) config() server.Config {
	usual := server.Config{}.WithDefaults()
	return server.Config{
		JoinWithin:      usual.JoinWithin,
		MaxFrameBytes:   usual.MaxFrameBytes,
		LogBytes:        usual.LogBytes,
		Base:            s.Base,
		Host:            s.Host,
		AllowOrigin:     s.AllowOrigin,
		TrustedProxy:    s.TrustedProxy,
		Forwarded:       s.ProxySays == "forwarded",
		HSTS:            s.HSTS,
		Grace:           s.Grace,
		AwayAfter:       s.AwayAfter,
		AttendanceKept:  s.attendanceKept(),
		RememberRooms:   s.Database != "",
		PublicNames:     s.PublicNames,
		Badges:          s.Badges,
		MaxRooms:        usual.MaxRooms,
		MaxSessions:     s.MaxSessions,
		MaxRoomSessions: s.MaxRoomSessions,
		Limits: &server.Limits{
			MaxAddressConnections: s.MaxAddressConnections,
			MaxAddressJoins:       usual.Limits.MaxAddressJoins,
			MaxAddressRooms:       usual.Limits.MaxAddressRooms,
			MaxMessages:           usual.Limits.MaxMessages,
			Exempt:                s.Exempt,
		},
	}
}

// network is where and to whom is served.
type network struct {
	Addr         string         `default:"localhost:8000" placeholder:"HOST:PORT" help:"Where to listen: ':8000' is every interface, port 0 any that is free. (${default})"`
	Base         string         `default:"${base}" placeholder:"PATH" help:"The path that everything is under, as in '/rollcall/': for a proxy that hands on only that part of a site. (${default})"`
	Host         []string       `placeholder:"HOST" help:"A name that the server has, as in 'rollcall.example.com'; others get 421. May be repeated. Without it, a server that listens on loopback has the names of loopback only, and any other has every name."`
	AllowOrigin  []string       `placeholder:"ORIGIN" help:"Let pages of another origin connect, as in 'https://example.com' or '*.example.com'. May be repeated."`
	TrustedProxy []netip.Prefix `placeholder:"CIDR" help:"Believe a proxy in this network for whom it forwards, as in '10.0.0.0/8'. May be repeated; without it such headers count for nothing."`
	ProxySays    string         `default:"x-forwarded" enum:"x-forwarded,forwarded" placeholder:"KIND" help:"What that proxy sets: X-Forwarded-For, -Proto and -Host (x-forwarded), or the Forwarded of RFC 7239 (forwarded). The other kind is what a client says itself, and is not read. (${default})"`
}

func (n *network) check() error { return checkAddr("addr", n.Addr) }

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
	TLSCert  string        `placeholder:"FILE" help:"Serve https, with this certificate and those that lead to its authority (PEM). It is read anew when it changes."`
	TLSKey   string        `placeholder:"FILE" help:"The certificate's key (PEM)."`
	ACMEHost []string      `placeholder:"HOST" help:"Serve https, with certificates that an authority gives for this host, whose port 443 must lead here. May be repeated."`
	ACMEDir  string        `placeholder:"DIR" help:"Where certificates of the authority are kept."`
	ACMEURL  string        `name:"acme-url" default:"${acmeURL}" placeholder:"URL" help:"The authority's directory; to use it is to agree to its terms. (${default})"`
	HSTS     time.Duration `default:"8760h" placeholder:"TIME" help:"For how long browsers that have been here by https come by nothing else; 0 to leave it to them. (${default})"`
}

func (s *secrecy) check() error {
	switch {
	case (s.TLSCert == "") != (s.TLSKey == ""):
		return errors.New("--tls-cert and --tls-key need each other")
	case s.TLSCert != "" && len(s.ACMEHost) > 0:
		return errors.New("--acme-host: the certificate is that of --tls-cert")
	case len(s.ACMEHost) > 0 && s.ACMEDir == "":
		return errors.New("--acme-host needs --acme-dir")
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
		c, err := certs.Files(s.TLSCert, s.TLSKey, log)
		return c, about("tls-cert and --tls-key", err)
	case len(s.ACMEHost) > 0:
		c, err := certs.ACME{Hosts: s.ACMEHost, Dir: s.ACMEDir, Directory: s.ACMEURL}.Config()
		return c, about("acme-dir", err)
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
	PublicNames       bool   `help:"Name people in the widgets and badges of rooms, which otherwise say how many are there. Whoever may see a widget or a badge reads the names."`
	Badges            bool   `help:"Let pages of every origin show the badge of a room, as a wiki or a README does. With --auth=jwt no token is needed for it."`
	APIKeysFile       string `name:"api-keys-file" placeholder:"FILE" help:"Serve the HTTP API to programs that have a key in this file, to which 'rollcall key' adds one. It may change."`
}

func (a *access) check() error {
	secret, set := a.JWTHMACSecretFile != "", a.JWTJWKS != ""
	switch {
	case a.Auth == "open" && (secret || set || a.JWTIssuer != "" || a.JWTAudience != ""):
		return errors.New("--jwt-...: tokens count for something with --auth=jwt only")
	case a.Auth == "jwt" && secret == set:
		return errors.New("--auth=jwt needs one of --jwt-hmac-secret-file and --jwt-jwks")
	}
	if err := auth.CheckJWKS(a.JWTJWKS); err != nil {
		return fmt.Errorf("--jwt-jwks: %w", err)
	}
	return nil
}

// tokens returns what verifies tokens; nil if none are wanted.
func (a *access) tokens(log *slog.Logger) (verifier *auth.Verifier, err error) {
	rules := auth.Rules{Issuer: a.JWTIssuer, Audience: a.JWTAudience}
	switch {
	case a.JWTHMACSecretFile != "":
		verifier, err = auth.HMAC(a.JWTHMACSecretFile, rules, log)
		err = about("jwt-hmac-secret-file", err)
	case a.JWTJWKS != "":
		verifier, err = auth.JWKS(a.JWTJWKS, rules, log)
		if err == nil && a.JWTAudience == "" {
			log.Warn("without -jwt-audience, tokens that the same issuer has signed for other programs let in here too")
		}
		err = about("jwt-jwks", err)
	}
	return verifier, err
}

// admit says whose token lets its bearer in; nil lets in everybody.
func admit(tokens *auth.Verifier) func(token, room string) (*server.Identity, error) {
	if tokens == nil {
		return nil
	}
	return func(token, room string) (*server.Identity, error) {
		p, err := tokens.Admit(token, room)
		return &server.Identity{ID: p.ID, Name: p.Name, Role: p.Role, Info: p.Info, Until: p.Until}, err
	}
}

// rooms is who is shown, and how much is kept for them.
type rooms struct {
	Grace           time.Duration `default:"${grace}" placeholder:"TIME" help:"How long a member whose last connection closed is still shown. (${default})"`
	AwayAfter       time.Duration `default:"${awayAfter}" placeholder:"TIME" help:"How long a page is hidden before its person is away. (${default})"`
	MaxSessions     int           `default:"${maxSessions}" placeholder:"N" help:"Connections at a time, of all rooms together. (${default})"`
	MaxRoomSessions int           `default:"${maxRoomSessions}" placeholder:"N" help:"Connections at a time, of one room; of one address half of them. (${default})"`
}

// abuse is how much one client may have, before it is taken for one that means harm.
type abuse struct {
	MaxAddressConnections int            `default:"${maxAddressConnections}" placeholder:"N" help:"Connections at a time, of one address (of version 6: of its /64). 0 sets no limit. (${default})"`
	Exempt                []netip.Prefix `default:"${exempt}" placeholder:"CIDR" help:"Networks whose addresses have no limits. May be repeated. (${default})"`
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

// logger is what the program logs to, and ends it. Nobody who logs waits for whoever
// reads; what they could not take in time is lost, and the log says how much.
func (o *operation) logger(to io.Writer) (log *slog.Logger, end func()) {
	lines := sink.New(to, func(lost int) {
		log.Warn("lines of the log were lost: nobody took them in time", "lines", lost)
	})
	options := &slog.HandlerOptions{Level: o.LogLevel}
	if o.LogFormat == "json" {
		log = slog.New(slog.NewJSONHandler(lines, options))
	} else {
		log = slog.New(slog.NewTextHandler(lines, options))
	}
	return log, func() { lines.Close(flushWithin) }
}

// defaults returns the values that other packages own.
func defaults() kong.Vars {
	c := server.Config{}.WithDefaults()
	var exempt []string
	for _, network := range c.Limits.Exempt {
		exempt = append(exempt, network.String())
	}
	return kong.Vars{
		"acmeURL":               certs.DefaultDirectory,
		"base":                  c.Base,
		"grace":                 c.Grace.String(),
		"awayAfter":             c.AwayAfter.String(),
		"maxSessions":           strconv.Itoa(c.MaxSessions),
		"maxRoomSessions":       strconv.Itoa(c.MaxRoomSessions),
		"maxAddressConnections": strconv.Itoa(c.Limits.MaxAddressConnections),
		"exempt":                strings.Join(exempt, ","),
	}
}
