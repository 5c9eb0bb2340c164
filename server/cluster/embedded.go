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

// Inside says how the NATS servers inside several nodes find each other.
type Inside struct {
	// Listen is where the others connect to.
	Listen string
	// Join are addresses of others, HOST:PORT. One that is reached tells of the
	// rest. A first node has none.
	Join []string
	// Secret is known to all nodes: who has it is one of them.
	Secret string
	// Name must be the same on all; rollcall if it is empty.
	Name string
	Log  *slog.Logger
}

// MinSecret is the least length of a secret, in bytes.
const MinSecret = 16

// Embedded is a NATS server in this process. Its clients are in this process
// too: it listens for other servers only, and on the loopback interface, where
// a token of its own keeps others out.
type Embedded struct {
	server *server.Server
	token  string
}

// readyWithin bounds the start of an embedded server.
const readyWithin = 10 * time.Second

// Embed starts a NATS server in this process.
func Embed(in Inside) (*Embedded, error) {
	options, err := in.options()
	if err != nil {
		return nil, err
	}
	e := &Embedded{token: rand.Text()}
	options.Authorization = e.token
	if e.server, err = server.NewServer(options); err != nil {
		return nil, fmt.Errorf("the NATS server inside: %w", err)
	}
	log := &natsLog{log: in.Log}
	e.server.SetLoggerV2(log, false, false, false)
	e.server.Start()
	if !e.server.ReadyForConnections(readyWithin) {
		e.server.Shutdown()
		return nil, fmt.Errorf("the NATS server inside did not start: %s", log.last)
	}
	return e, nil
}

func (in Inside) options() (*server.Options, error) {
	host, port, err := net.SplitHostPort(in.Listen)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("%s: the port is no number", in.Listen)
	}
	if len(in.Secret) < MinSecret {
		return nil, fmt.Errorf("the secret of the cluster has fewer than %d bytes", MinSecret)
	}
	if n == 0 {
		n = server.RANDOM_PORT
	}
	options := &server.Options{
		ServerName: "rollcall-" + rand.Text()[:12],        // two of one name would refuse each other
		Host:       "127.0.0.1", Port: server.RANDOM_PORT, // DontListen breaks a cluster: nats-server 2.15
		NoSigs: true, NoLog: true,
		PingInterval: natsPing, MaxPingsOut: 2,
		Cluster: server.ClusterOpts{
			Name: nameOr(in.Name), Host: host, Port: n,
			Username: "rollcall", Password: in.Secret,
			PoolSize:     -1, // one connection from server to server: messages keep their order
			PingInterval: natsPing, MaxPingsOut: 2,
			ConnectRetries: 1 << 20,
		},
	}
	for _, address := range in.Join {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return nil, err
		}
		options.Routes = append(options.Routes, &url.URL{
			Scheme: "nats-route", Host: address, User: url.UserPassword("rollcall", in.Secret),
		})
	}
	return options, nil
}

// Address is where other servers reach this one.
func (e *Embedded) Address() string { return e.server.ClusterAddr().String() }

// options are those by which a client in this process connects.
func (e *Embedded) options() []nats.Option {
	return []nats.Option{nats.InProcessServer(e.server), nats.Token(e.token)}
}

// Close stops the server.
func (e *Embedded) Close() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

var _ server.Logger = (*natsLog)(nil)

// natsLog is what the server inside says, as far as an operator cares.
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
