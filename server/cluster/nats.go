package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// NATS says how to reach the NATS servers that carry a cluster's messages.
// Only core NATS is used: subjects, and no answer where nobody listens.
type NATS struct {
	URLs []string
	// Name keeps clusters apart that share the servers: the first part of every
	// subject, rollcall if it is empty.
	Name string
	// Credentials is a file with a user's JWT and seed; CA, Cert and Key are PEM
	// files. Each may be empty.
	Credentials, CA, Cert, Key string
	// Embedded is used instead of URLs, if there is one.
	Embedded *Embedded
}

// nameOr is the name of a cluster.
func nameOr(name string) string { return cmp.Or(name, "rollcall") }

// The NATS client's own defaults would notice a dead server after minutes, and
// then give up.
const (
	natsPing      = 2 * time.Second // twice unanswered, the link is down
	natsRetry     = 250 * time.Millisecond
	natsWrite     = 2 * time.Second
	natsPending   = 1 << 16 // messages received and not dealt with; further ones are dropped, and asked for again
	natsPendBytes = 64 << 20
	natsProbe     = time.Second
)

// overNATS is a Transport.
type overNATS struct {
	conn   *nats.Conn
	prefix string
	up     atomic.Bool
	log    *slog.Logger
}

// Dial connects this node to NATS, for Start. A server that can't be reached
// now is tried for until it is; an error means that it never will be.
func (c *Cluster) Dial(n NATS) (Transport, error) {
	t := &overNATS{prefix: nameOr(n.Name), log: c.config.Log}
	options, err := t.options(n)
	if err != nil {
		return nil, err
	}
	if t.conn, err = nats.Connect(strings.Join(n.URLs, ","), options...); err != nil {
		return nil, fmt.Errorf("NATS at %s: %w", strings.Join(n.URLs, ", "), err)
	}
	if t.conn.IsConnected() {
		t.up.Store(true)
	}
	for _, subject := range []string{t.toAll(), t.toNode(c.id)} {
		sub, err := t.conn.Subscribe(subject, func(m *nats.Msg) { c.Receive(m.Data) })
		if err == nil {
			err = sub.SetPendingLimits(natsPending, natsPendBytes)
		}
		if err != nil {
			t.conn.Close()
			return nil, fmt.Errorf("NATS: subscribing to %s: %w", subject, err)
		}
	}
	return t, nil
}

func (t *overNATS) options(n NATS) ([]nats.Option, error) {
	options := []nats.Option{
		nats.Name("rollcall"), nats.NoEcho(),
		nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(natsRetry), nats.ReconnectJitter(natsRetry/2, natsRetry/2),
		nats.PingInterval(natsPing), nats.MaxPingsOutstanding(2), nats.FlusherTimeout(natsWrite),
		nats.ReconnectBufSize(-1), // what can't be sent now is told anew
		nats.ConnectHandler(func(*nats.Conn) { t.up.Store(true) }),
		nats.ReconnectHandler(func(*nats.Conn) { t.up.Store(true) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			t.up.Store(false)
			if err != nil {
				t.log.Warn("NATS is gone", "err", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			t.log.Warn("NATS complains", "err", err)
		}),
	}
	if n.Embedded != nil {
		options = append(options, n.Embedded.options()...)
	}
	if n.Credentials != "" {
		options = append(options, nats.UserCredentials(n.Credentials))
	}
	if n.CA != "" {
		options = append(options, nats.RootCAs(n.CA))
	}
	if (n.Cert == "") != (n.Key == "") {
		return nil, errors.New("NATS: a client certificate takes both a certificate and a key")
	}
	if n.Cert != "" {
		options = append(options, nats.ClientCert(n.Cert, n.Key))
	}
	return options, nil
}

func (t *overNATS) toAll() string             { return t.prefix + ".all" }
func (t *overNATS) toNode(node string) string { return t.prefix + ".node." + node }

// Broadcast and Send give what they can't send now up for lost: streams repair
// themselves.
func (t *overNATS) Broadcast(message []byte)         { _ = t.conn.Publish(t.toAll(), message) }
func (t *overNATS) Send(node string, message []byte) { _ = t.conn.Publish(t.toNode(node), message) }

// Probe uses that NATS answers for a subject without a subscriber. A node that
// is there says hello, not in answer to the request.
func (t *overNATS) Probe(node string, message []byte, gone func()) {
	go func() {
		if _, err := t.conn.Request(t.toNode(node), message, natsProbe); errors.Is(err, nats.ErrNoResponders) {
			gone()
		}
	}()
}

func (t *overNATS) Connected() bool { return t.up.Load() }

func (t *overNATS) Close() {
	_ = t.conn.FlushTimeout(natsProbe)
	t.conn.Close()
}
