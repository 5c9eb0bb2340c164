package cluster

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// EmbeddedConfig configures a NATS server in this process, which forms a cluster with those
// in other nodes.
type EmbeddedConfig struct {
	// Listen is the address, HOST:PORT, that the other servers connect to.
	Listen string
	// Join has addresses of other servers, HOST:PORT. From one that is reached this server
	// learns the rest. The first node has none.
	Join []string
	// Secret authenticates the nodes to each other. It has at least MinSecret bytes.
	Secret string
	// Name must be the same on all nodes; "rollcall" if empty.
	Name string
	Log  *slog.Logger
}

// MinSecret is the least length of EmbeddedConfig.Secret, in bytes.
const MinSecret = 16

// Embedded is a NATS server in this process, for clients in this process. It listens for
// other servers, and on the loopback interface, where a random token keeps clients of other
// processes out.
type Embedded struct {
	server *server.Server
	token  string
}

// readyWithin bounds the start of an embedded server.
const readyWithin = 10 * time.Second

// StartEmbedded starts a NATS server in this process, and returns when it is ready for
// clients. It fails if that takes more than 10 s.
func StartEmbedded(c EmbeddedConfig) (*Embedded, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	e := &Embedded{token: rand.Text()}
	options.Authorization = e.token
	if e.server, err = server.NewServer(options); err != nil {
		return nil, fmt.Errorf("the NATS server inside: %w", err)
	}
	log := &natsLog{log: c.Log}
	e.server.SetLoggerV2(log, false, false, false)
	e.server.Start()
	if !e.server.ReadyForConnections(readyWithin) {
		e.server.Shutdown()
		return nil, fmt.Errorf("the NATS server inside did not start: %s", log.last)
	}
	return e, nil
}

func (c EmbeddedConfig) options() (*server.Options, error) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("%s: the port is no number", c.Listen)
	}
	if len(c.Secret) < MinSecret {
		return nil, fmt.Errorf("the secret of the cluster has fewer than %d bytes", MinSecret)
	}
	if n == 0 {
		n = server.RANDOM_PORT
	}
	options := &server.Options{
		ServerName: "rollcall-" + rand.Text()[:12],        // random: servers refuse another of their own name
		Host:       "127.0.0.1", Port: server.RANDOM_PORT, // not DontListen, which breaks clustering in nats-server 2.15
		NoSigs: true, NoLog: true,
		PingInterval: natsPing, MaxPingsOut: 2,
		Cluster: server.ClusterOpts{
			Name: nameOr(c.Name), Host: host, Port: n,
			Username: "rollcall", Password: c.Secret,
			PoolSize:     -1, // one connection between two servers, so that messages keep their order
			PingInterval: natsPing, MaxPingsOut: 2,
			ConnectRetries: 1 << 20,
		},
	}
	for _, address := range c.Join {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return nil, err
		}
		options.Routes = append(options.Routes, &url.URL{
			Scheme: "nats-route", Host: address, User: url.UserPassword("rollcall", c.Secret),
		})
	}
	return options, nil
}

// Address returns the address that other servers reach this one at.
func (e *Embedded) Address() string { return e.server.ClusterAddr().String() }

// options returns the client options for connecting to e in this process.
func (e *Embedded) options() []nats.Option {
	return []nats.Option{nats.InProcessServer(e.server), nats.Token(e.token)}
}

// Close stops the server, and returns when it has stopped.
func (e *Embedded) Close() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

var _ server.Logger = (*natsLog)(nil)

// natsLog logs the messages of an embedded server that concern an operator. It keeps the
// last fatal one for StartEmbedded.
type natsLog struct {
	log  *slog.Logger
	last error
}

func (l *natsLog) Noticef(format string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(format, v...)) }
func (l *natsLog) Warnf(format string, v ...any)   { l.log.Warn("nats: " + fmt.Sprintf(format, v...)) }
func (l *natsLog) Errorf(format string, v ...any)  { l.log.Warn("nats: " + fmt.Sprintf(format, v...)) }
func (l *natsLog) Debugf(string, ...any)           {}
func (l *natsLog) Tracef(string, ...any)           {}

func (l *natsLog) Fatalf(format string, v ...any) {
	l.last = fmt.Errorf(format, v...)
	l.log.Error("nats: " + l.last.Error())
}
